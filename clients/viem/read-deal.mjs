// Reads deals with nothing but their ABI. Run it without arguments to see which it takes.
import { readFileSync } from "node:fs";
import { createPublicClient, formatUnits, http } from "viem";

const [url, lens, address, holder] = process.argv.slice(2);
const fail = (text, code) => console.error(text) ?? process.exit(code);
process.on("uncaughtException", (error) => fail(`${url}: ${error.shortMessage ?? error.message}`, 1));
if (!address) fail("usage: node clients/viem/read-deal.mjs RPC_URL LENS FACTORY_OR_DEAL [HOLDER]", 2);
const NONE = 2n ** 256n - 1n;
const RUNGS = (
    "pay,pay interest of,pay principal of,repay all of,repay early,fill,hold cash back,pay the rest to," +
    "repay lenders until it is met,pay the rest of interest to"
).split(",");
const METRICS = [
    "debt service coverage (DSCR)",
    "interest coverage (IC)",
    "overcollateralisation (OC)",
    "note factor",
    "loan life coverage (LLCR)",
    "pool factor",
    "reserve",
    "reported field",
];
const client = createPublicClient({ transport: http(url) });
const abi = (name) => JSON.parse(readFileSync(new URL(`../../abi/${name}.json`, import.meta.url), "utf8"));
const read = (functionName, ...args) =>
    client.readContract({ address: lens, abi: abi("DealLens"), functionName, args });
const logs = (address, name, eventName) =>
    client.getContractEvents({ address, abi: abi(name), eventName, fromBlock: 0n });
// A deal's texts are chosen by the one who launches it: signs that are not seen are printed as their numbers.
const plain = (text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (sign) => `\\u{${sign.codePointAt().toString(16)}}`);
const percent = (wad) => `${formatUnits(wad, 16)} %`;

const launched = await logs(address, "DealFactory", "Launched");
for (const deal of launched.length ? launched.map((log) => log.args.deal) : [address]) await print(deal);

async function print(deal) {
    const terms = await read("termsOf", deal);
    terms.name = plain(terms.name);
    for (const each of terms.tranches) [each.id, each.symbol] = [plain(each.id), plain(each.symbol)];
    const amount = (units) => formatUnits(units, Number(terms.assetDecimals));
    const shares = (units) => formatUnits(units, Number(terms.shareDecimals));
    const target = (kind, index) =>
        ({ 0: `fee ${index} to ${terms.fees[index]?.payee}`, 5: `reserve ${index}` })[kind] ?? terms.tranches[index].id;
    const inWords = ({ kind, targets: indices, fraction, test, whilePasses, ofPrincipal }) => {
        const targets = indices.map((index) => target(kind, index));
        const limit = fraction === 10n ** 18n ? "" : `, at most ${percent(fraction)} of what is left`;
        const condition = test === NONE ? "" : `, while test ${test} ${whilePasses ? "passes" : "fails"}`;
        const words = [RUNGS[kind], targets.join(" and ")].join(" ").trim();
        return words + limit + condition + (ofPrincipal ? ", from principal" : "");
    };
    const closing = new Date(Number(terms.closingAt) * 1000).toISOString().slice(0, 10);
    console.log(`${terms.name} at ${deal}: closing ${closing}, ${terms.periods} periods`);
    for (const { id, symbol, share, face, supply, coupons } of terms.tranches) {
        const steps = coupons.map(({ coupon, fromPeriod }) => `${percent(coupon)} from period ${fromPeriod}`);
        const coupon = steps.join(", ") || "none";
        console.log(`${id}: ${symbol} at ${share}, face ${amount(face)}, ${shares(supply)} shares, coupon ${coupon}`);
    }
    for (const name of ["normal", "enforcement"])
        terms[name].forEach((rung, index) => console.log(`${name} ladder, rung ${index + 1}: ${inWords(rung)}`));
    for (const [index, { kind, rate, capitalPart }] of terms.promote.tiers.entries()) {
        const end = [`until ${percent(rate)} a year`, `until the promote is ${percent(rate)} of profit`, "then"][kind];
        console.log(`promote, tier ${index + 1}: ${end}, ${percent(capitalPart)} to the capital of both`);
    }
    for (const [index, { metric, tranche, reserve, field, over, isAbove, threshold }] of terms.tests.entries()) {
        const { id, unit } = metric === 7n ? terms.fields[field] : { unit: 1n };
        const of =
            metric === 7n ? ` ${id}` : metric === 6n ? ` ${reserve}` : metric < 5n ? ` of ${target(1, tranche)}` : "";
        const what = METRICS[metric] + of + (over > 1n ? ` over ${over} periods` : "");
        const limit = formatUnits(threshold, [Number(terms.assetDecimals), 18, 0][unit]);
        console.log(`test ${index}: ${what} ${isAbove ? "above" : "below"} ${limit} fails`);
    }
    if (terms.call.exists)
        console.log(`clean-up call: by ${terms.call.payee}, from ${percent(terms.call.below)} of the faces on`);
    for (const { args: last } of (await logs(deal, "Deal", "Settled")).slice(-1)) {
        const { collections, enforced, rungs } = await read("settlementOf", deal, last.period, last.figures);
        const ladder = enforced ? "enforcement" : "normal";
        console.log(`last settlement: period ${last.period}, ${amount(collections)} collected, ${ladder} ladder`);
        for (const { rung, paid } of rungs) console.log(`${inWords(rung)}: ${amount(paid)}`);
    }
    for (const [index, { id }] of holder ? terms.tranches.entries() : []) {
        const [found] = await read("holdersOf", deal, index, [holder]);
        console.log(`${holder}: ${shares(found.shares)} shares of ${id}, claimable ${amount(found.claimable)}`);
    }
}
