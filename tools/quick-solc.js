// The npm compiler, in about 0.6 of the time. Its output is the same, byte for byte (tests/evm/test_quick_solc.py).
//
// It is C++ compiled to WebAssembly with exceptions by way of JavaScript: whatever may throw is called through a
// function invoke_<signature> of JavaScript, which catches. Two fifths of all time go to that crossing. Here the same
// functions are WebAssembly too, made when the compiler is loaded; a build that is not as expected is left alone.
// docs/decisions/0011-quick-solc.md has the figures.
"use strict";
const fs = require("node:fs");

const PLAIN = /^invoke_[vi]i*$/; // all arguments are i32: 99.8 % of all calls
const THROWING = new Set(["___cxa_throw", "___cxa_rethrow", "___resumeException"]);
const SIZE = 1 << 17; // of our copy of the table of functions; the compiler's has 46,477
const SAVE = SIZE - 3, RESTORE = SIZE - 2, THREW = SIZE - 1;

// WebAssembly's binary format, as far as needed.
const I32 = 0x7f, NOTHING = 0x40, FUNCTION = 0x60, ANY_FUNCTION = 0x70;
const END = 0x0b, IF = 0x04, TRY = 0x06, CATCH_ALL = 0x19, RETHROW = 0x09;
const CALL = 0x10, CALL_INDIRECT = 0x11, GET = 0x20, SET = 0x21, CONST = 0x41, IS_ZERO = 0x45;
const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));
const text = (name) => [...unsigned(name.length), ...Buffer.from(name)];
const vector = (items) => [...unsigned(items.length), ...items.flat()];
const sized = (bytes) => [...unsigned(bytes.length), ...bytes];
const section = (id, items) => [id, ...sized(vector(items))];

function unsigned(value) {
    return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

// For values that are not negative.
function signed(value) {
    return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}

// A module's bytes. Each function calls an entry of the exported table; when C++ throws, it sets "threw" and returns.
function moduleOf(names) {
    const types = [];
    const type = (parameters, results) => {
        const wanted = [FUNCTION, ...vector(times(parameters, () => [I32])), ...vector(times(results, () => [I32]))];
        const known = types.findIndex((each) => String(each) === String(wanted));
        return unsigned(known >= 0 ? known : types.push(wanted) - 1);
    };
    const call = (parameters, results) => [CALL_INDIRECT, ...type(parameters, results), 0];
    const position = (index) => [CONST, ...signed(index)];
    const functions = names.map((name) => {
        const results = name.startsWith("invoke_i") ? 1 : 0;
        const count = name.length - "invoke_i".length;
        const stack = [...unsigned(count + 1)];
        const body = [
            ...position(SAVE), ...call(0, 1), SET, ...stack,
            TRY, results ? I32 : NOTHING,
            ...times(count, (index) => [GET, ...unsigned(index + 1)]).flat(), GET, 0, ...call(count, results),
            CATCH_ALL,
            CALL, 0, IS_ZERO, IF, NOTHING, RETHROW, 1, END,
            GET, ...stack, ...position(RESTORE), ...call(1, 0),
            CONST, 1, CONST, 0, ...position(THREW), ...call(2, 0),
            ...(results ? [CONST, 0] : []),
            END, END,
        ];
        return { type: type(count + 1, results), code: sized([...vector([[1, I32]]), ...body]) };
    });
    const exported = names.map((name, index) => [...text(name), 0, ...unsigned(index + 1)]);
    const wasThrown = [...text("glue"), ...text("wasThrown"), 0, ...type(0, 1)];
    return Uint8Array.from([
        ...Buffer.from("\0asm"), 1, 0, 0, 0,
        ...section(1, types),
        ...section(2, [wasThrown]),
        ...section(3, functions.map((each) => each.type)),
        ...section(4, [[ANY_FUNCTION, 0, ...unsigned(SIZE)]]),
        ...section(7, [...exported, [...text("table"), 1, 0]]),
        ...section(10, functions.map((each) => each.code)),
    ]);
}

// What the compiler exports three functions of its stack and its exceptions as; undefined of another build.
function exportNames() {
    const glue = fs.readFileSync(require.resolve("solc/soljson.js"), "latin1");
    const name = (of) => glue.match(new RegExp(`Module\\["${of}"\\] = asm\\["(\\w+)"\\]`))?.[1];
    const found = ["stackSave", "stackRestore", "_setThrew"].map(name);
    return found.every(Boolean) ? found : undefined;
}

function quicker(Instance, names) {
    return function (module, imports) {
        const spaces = Object.values(imports ?? {});
        const space = spaces.find((each) => Object.values(each).some((value) => value.name?.startsWith("invoke_")));
        const functions = Object.entries(space ?? {}).filter(([, value]) => typeof value === "function");
        const replaced = functions.filter(([, value]) => PLAIN.test(value.name)).map(([, value]) => value.name);
        const bytes = moduleOf([...new Set(replaced)]);
        if (!space || !WebAssembly.validate(bytes)) return new Instance(module, imports);
        let thrown = 0; // by C++; an error of JavaScript goes through
        const wasThrown = () => {
            const was = thrown;
            thrown = 0;
            return was;
        };
        const ours = new Instance(new WebAssembly.Module(bytes), { glue: { wasThrown } }).exports;
        const changed = functions.map(([key, value]) => {
            if (THROWING.has(value.name)) return [key, (...given) => ((thrown = 1), value(...given))];
            return [key, ours[value.name] ?? value];
        });
        Object.assign(space, Object.fromEntries(changed));

        const instance = new Instance(module, imports);
        const table = Object.values(instance.exports).find((each) => each instanceof WebAssembly.Table);
        for (let index = 0; index < table.length; index++) ours.table.set(index, table.get(index));
        const set = table.set.bind(table);
        table.set = (index, ...entry) => {
            set(index, ...entry);
            ours.table.set(index, ...entry);
        };
        [SAVE, RESTORE, THREW].forEach((index, at) => ours.table.set(index, instance.exports[names[at]]));
        return instance;
    };
}

function load() {
    const names = exportNames();
    if (!names) return require("solc");
    const { Instance } = WebAssembly;
    WebAssembly.Instance = quicker(Instance, names);
    try {
        return require("solc");
    } finally {
        WebAssembly.Instance = Instance;
    }
}

module.exports = load();
