// Completes package-lock.json after `npm install --package-lock-only`: npm leaves out an optional platform
// package that the registry in use does not hold, and `npm ci` then calls the lock out of step.
// Such an entry has no integrity hash; npm reads it only on the platform it names.
import { readFileSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const cpus = { amd64: "x64", arm64: "arm64" };
for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
        const platform = /^@foundry-rs\/(\w+)-(\w+)-(\w+)$/.exec(name);
        if (!platform || lock.packages[`node_modules/${name}`]) continue;
        const [, , os, cpu] = platform;
        lock.packages[`node_modules/${name}`] = { version, cpu: [cpus[cpu]], dev: true, optional: true, os: [os] };
    }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", JSON.stringify(lock, null, 4) + "\n");
