"""Gas from real receipts on Anvil: docs/GAS.md and benchmarks/results/gas.json. Run by `make gas`."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field, replace
from typing import Any

import rlp
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address

from benchmarks.features import by_features
from benchmarks.gas_deal import USD, Bench, bench, terms_of
from benchmarks.gas_links import measure_links
from benchmarks.prices import Prices, add_flags, cents, read_flags
from penstock import paths
from penstock.evm.artifacts import EVM_VERSION, OPTIMIZER_RUNS, VIA_IR, load_artifacts
from penstock.evm.chain import Contract, Receipt
from penstock.model.terms import (
    Metric,
)

HOLDERS = (1, 10, 100, 1_000, 10_000)
TRANCHES = (2, 3, 4, 5, 6, 7, 8)
RUNGS = (4, 8, 9, 16, 24, 32)
GOALS = {
    "settle": ("deposit + settle", "55,770", "137,488 (2 tx)", 75_000),
    "claim": ("claim", "48,229", "59,161", 53_000),
    "transfer_policy": ("share transfer, cash unclaimed, policy on", "47,552", "47,433 without any policy", 48_000),
    "launch": ("launch one deal, 3 tranches", "–", "1,701,908 (2 tiers)", 1_200_000),
}


@dataclass
class Measured:
    """The figures, in gas, and where each goes. sent : each transaction, signed. wide : the figures of a wide deal."""

    figures: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    wide: dict[str, int] = field(default_factory=dict)

    def note(self, b: Bench, name: str, receipt: Receipt) -> None:
        self.figures[name], self.parts[name] = receipt.gas_used, breakdown(b, receipt)
        self.sent[name] = signed(b, receipt)


def signed(b: Bench, receipt: Receipt) -> bytes:
    """A transaction as it was sent, of the kind Anvil's accounts send (EIP-1559)."""
    sent = b.chain._ask("eth_getTransactionByHash", receipt.hash)
    names = ("chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas")
    fields: list[Any] = [int(sent[name], 16) for name in names]
    fields += [bytes.fromhex(sent["to"][2:]), int(sent["value"], 16), bytes.fromhex(sent["input"][2:]), []]
    fields += [int(sent.get("yParity", sent["v"]), 16), int(sent["r"], 16), int(sent["s"], 16)]
    return b"\x02" + bytes(rlp.encode(fields))


def measure_actions() -> Measured:
    """The four rows of the specification, in steady state, with a trace of each."""
    found = Measured()
    with bench(tracing=True) as b:
        terms, (holder, other) = terms_of(), b.chain.accounts[2:4]
        deal, receipt = b.launch(terms)
        found.note(b, "launch", receipt)
        share = b.share(deal)
        found.first["first settlement"] = b.settle(deal).gas_used
        found.first["transfer to somebody new"] = share.send("transfer", holder, 1000 * USD).gas_used
        share.send("transfer", other, 1000 * USD)
        b.settle(deal)
        found.first["first claim, no stablecoin held"] = deal.send("claim", 0, sender=holder).gas_used
        found.note(b, "settle", b.settle(deal))
        found.note(b, "claim", deal.send("claim", 0, sender=holder))
        b.settle(deal)
        found.note(b, "transfer_policy", share.send("transfer", other, 100 * USD, sender=holder))
        for index, tranche in enumerate(terms.tranches[1:], start=1):
            b.share(deal, index).send("transfer", holder, 1000 * USD)
            b.settle(deal)
            deal.send("claim", index, sender=holder)
            b.settle(deal)
            found.claims[tranche.id] = deal.send("claim", index, sender=holder).gas_used
        deal, _ = b.launch(terms, policy=False)
        share = b.share(deal)
        for each in (holder, other):
            share.send("transfer", each, 1000 * USD)
        b.settle(deal)
        found.figures["transfer"] = share.send("transfer", other, 100 * USD, sender=holder).gas_used
        found.wide = _measure_wide(b, holder, other)
    return found


def _measure_wide(b: Bench, holder: str, other: str) -> dict[str, int]:
    deal, launched = b.launch(terms_of(narrow=False))
    share = b.share(deal)
    for each in (holder, other):
        share.send("transfer", each, 1000 * USD)
    for _ in range(2):
        b.settle(deal)
        deal.send("claim", 0, sender=holder)
    settled, claimed = b.settle(deal), deal.send("claim", 0, sender=holder)
    b.settle(deal)
    moved = share.send("transfer", other, 100 * USD, sender=holder)
    receipts = {"settle": settled, "claim": claimed, "transfer_policy": moved, "launch": launched}
    return {name: receipt.gas_used for name, receipt in receipts.items()}


# Where gas goes

CALLS = {"CALL": 7, "STATICCALL": 6, "DELEGATECALL": 6}


def breakdown(b: Bench, receipt: Receipt) -> dict[str, int]:
    """Gas of one transaction by what it was spent on, from its trace; what the stablecoin spends is kept together."""
    sent = b.chain._ask("eth_getTransactionByHash", receipt.hash)
    data = bytes.fromhex(sent["input"][2:])
    options = {"disableStorage": True, "enableMemory": False}
    steps = b.chain._ask("debug_traceTransaction", receipt.hash, options)["structLogs"]
    parts = dict.fromkeys(PARTS, 0)
    parts["intrinsic"] = 21_000
    parts["calldata"] = sum(16 if byte else 4 for byte in data)
    warm = {int(sent["from"], 16), int(sent["to"], 16)}
    token, token_depth = int(b.usd.address, 16), 0
    for step in steps:
        op, cost, depth = step["op"], int(step["gasCost"]), int(step["depth"])
        inside = token_depth and depth > token_depth
        if not inside:
            token_depth = 0
        if op in CALLS:
            target = int(step["stack"][-2], 16)
            parts["stablecoin" if target == token else "cold accounts"] += 0 if target in warm else 2_600
            warm.add(target)
            if target == token:
                token_depth = depth
        elif op in ("CREATE", "CREATE2"):
            parts["new contracts"] += 32_000
        elif inside:
            parts["stablecoin"] += cost
        elif op == "SLOAD":
            parts["storage reads"] += cost
        elif op == "SSTORE":
            parts["storage writes"] += cost
        elif op.startswith("LOG"):
            parts["logs"] += cost
    if parts["new contracts"]:
        parts["new contracts"] += 200 * _code_made(b, receipt)
    parts["compute"] = receipt.gas_used - sum(parts.values())
    return {name: gas for name, gas in parts.items() if gas}


PARTS = (
    "intrinsic",
    "calldata",
    "cold accounts",
    "storage reads",
    "storage writes",
    "logs",
    "stablecoin",
    "new contracts",
)


def _code_made(b: Bench, receipt: Receipt) -> int:
    """Bytes of code a launch stores: the deal with its terms, and its shares."""
    event = next(each for each in receipt.events(b.artifacts["DealFactory"].abi) if each.name == "Launched")
    deal = b.chain.at(event["deal"], b.artifacts["IDeal"].abi)
    shares = [deal.call("shareOf", index) for index in range(len(terms_of().tranches))]
    return sum(len(b.chain.code(address)) for address in (deal.address, *shares))


# How it grows


def by_tranches() -> list[tuple[int, int, int]]:
    """(tranches, launch, settle)."""
    rows = []
    with bench() as b:
        for count in TRANCHES:
            with b.chain.undone():
                deal, receipt = b.launch(terms_of(count))
                b.settle(deal)
                b.settle(deal)
                rows.append((count, receipt.gas_used, b.settle(deal).gas_used))
    return rows


def by_rungs() -> list[tuple[int, int]]:
    """(rungs, settle)."""
    rows = []
    with bench() as b:
        for count in RUNGS:
            with b.chain.undone():
                deal, _ = b.launch(terms_of(rungs=count))
                b.settle(deal)
                b.settle(deal)
                rows.append((count, b.settle(deal).gas_used))
    return rows


def by_holders() -> list[tuple[int, int, int, int | str]]:
    """(holders, settle, claim, transfer): every holder got its shares by a transaction of its own."""
    rows: list[tuple[int, int, int, int | str]] = []
    with bench() as b:
        deal, _ = b.launch(terms_of())
        share, other = b.share(deal), b.chain.accounts[2]
        b.settle(deal)
        deal.send("claim", 0)
        made = 1
        for count in HOLDERS:
            _more_holders(b, share, [other, *_strangers(10**4)][made - 1 : count - 1])
            made = count
            settled = b.settle(deal).gas_used
            claimed = deal.send("claim", 0).gas_used
            b.settle(deal)
            moved = share.send("transfer", other, USD).gas_used if count > 1 else "–"
            rows.append((count, settled, claimed, moved))
    return rows


def _strangers(count: int) -> list[str]:
    return [to_checksum_address(f"0x{10**6 + number:040x}") for number in range(count)]


def _more_holders(b: Bench, share: Contract, new: list[str]) -> None:
    selector = share.abi.function("transfer").selector
    for start in range(0, len(new), 500):
        some = new[start : start + 500]
        b.registry.send("allow", some)
        # A block for all of them: Anvil slows down with every block
        b.chain._ask("evm_setAutomine", False)
        for address in some:
            data = selector + encode(["address", "uint256"], [address, USD])
            call = {"from": b.sponsor, "to": share.address, "data": "0x" + data.hex(), "gas": hex(200_000)}
            b.chain._ask("eth_sendTransaction", call)
        b.chain._ask("evm_mine")
        b.chain._ask("evm_setAutomine", True)
        assert share.call("balanceOf", some[-1]) == USD


# Writing it down


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row) + " |")
    return "\n".join(lines)


def costs(found: Measured, prices: Prices) -> list[tuple[str, str, str, str]]:
    """Of each action: its name, and US cents on mainnet, an OP-stack rollup and Arbitrum."""
    rows = []
    for name, (row, *_) in GOALS.items():
        mainnet, op, arbitrum = cents(prices, found.figures[name], found.sent[name])
        rows.append((row, f"{mainnet:,.1f}", f"{op:,.3f}", f"{arbitrum:,.3f}"))
    return rows


def by_tests() -> list[tuple[str, int, int]]:
    """A settlement of the same deal with another first test, narrow and wide, once its window is full."""
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("DSCR", {}),
        ("IC", {"metric": Metric.IC}),
        ("note factor", {"metric": Metric.NOTE_FACTOR}),
        ("DSCR over 4 periods", {"over": 4}),
        ("both tests over 4 periods", {"over": 4}),
    )
    rows = []
    with bench() as b:
        for name, changes in kinds:
            gas = []
            for narrow in (True, False):
                terms = terms_of(narrow=narrow)
                first, *others = (replace(test, **changes) for test in terms.tests)
                tests = (first, *(others if name.startswith("both") else terms.tests[1:]))
                deal, _ = b.launch(replace(terms, tests=tests))
                for _ in range(5):
                    b.settle(deal)
                gas.append(b.settle(deal).gas_used)
            rows.append((name, gas[0], gas[1]))
    return rows


def page(
    found: Measured,
    prices: Prices,
    tranches: list[Any],
    rungs: list[Any],
    holders: list[Any],
    tests: list[Any],
    features: list[Any],
    links: list[Any],
    sizes: list[Any],
) -> str:
    """docs/GAS.md."""
    reached = []
    for name, (row, limit, peer, goal) in GOALS.items():
        gas = found.figures[name]
        met = "reached" if gas <= goal else f"{gas - goal:,} above"
        reached.append((row, gas, limit, peer, f"≤ {goal:,}", met))
    names = list(GOALS)
    parts = [(part, *(found.parts[name].get(part, 0) for name in names)) for part in (*PARTS, "compute")]
    parts.append(("**receipt**", *(found.figures[name] for name in names)))
    ways = f"solc 0.8.30, via IR {'on' if VIA_IR else 'off'}, optimizer runs {OPTIMIZER_RUNS}, {EVM_VERSION}"
    return f"""# Gas

Written by `make gas` from receipts on Anvil; do not edit. {ways}.

The deal: 3 tranches, 80 quarters, 9 rungs, a fee, a debt-service reserve of two periods, two tests, a second ladder, a
holder registry; a stablecoin with 6 decimals (OpenZeppelin's ERC-20). Each figure is a whole cold transaction in steady
state: earlier periods settled, allowance unlimited, the holder already has stablecoin and has claimed before, the buyer
already has shares, the seller's cash is unclaimed.

## Beside the goals
*Limit*: storage and token work alone, worked out by hand. *Best peer*: with per-holder claims. Both from the
specification.

{table(("", "gas", "limit", "best peer", "goal", ""), reached)}

Without a policy a share transfer takes {found.figures["transfer"]:,}. The claim is of the senior tranche;
{", ".join(f"{name} {gas:,}" for name, gas in found.claims.items())}. The deal is narrow
([decision 0012](decisions/0012-narrow-and-wide.md)); the same deal, wide: settle {found.wide["settle"]:,},
claim {found.wide["claim"]:,}, transfer {found.wide["transfer_policy"]:,}, launch {found.wide["launch"]:,}.

## In money
US cents a transaction, at {prices.coin:,.0f} dollars an ether and, in gwei a unit of gas, {prices.mainnet:g} on
mainnet, {prices.op:g} on the OP-stack rollup and {prices.arbitrum:g} on Arbitrum. The rollup's L1 data fee is included
(Fjord's formula; mainnet base fee {prices.l1_base:g} gwei, blob base fee {prices.blob:g}, scalars
{prices.op_base_scalar:,} and {prices.op_blob_scalar:,}), and so is Arbitrum's ({prices.arbitrum_l1:g} gwei for a unit
of mainnet gas). Every price is a flag: `make gas ARGS="--coin 4000 --mainnet 5"`.

{table(("", "mainnet", "OP-stack rollup", "Arbitrum"), costs(found, prices))}

First times cost more, because slots are filled that were zero:

{table(("first time", "gas"), list(found.first.items()))}

## Where each unit goes
*stablecoin* is all that happens inside the asset, with finding it; *new contracts* is creation and code. The rest is
the deal's, its share's and the registry's. *compute* is arithmetic, memory, copying the terms, and warm calls.

{table(("", *(GOALS[name][0] for name in names)), parts)}

## How it grows
Each tranche brings a credit, a balance and two rungs; a narrow deal stores four amounts a slot.

{table(("tranches", "launch", "settle"), tranches)}

Each further rung that pays:

{table(("rungs", "settle"), rungs)}

Holders do not matter; each got its shares by a transaction of its own:

{table(("holders", "settle", "claim", "transfer"), holders)}

What the first test of the deal measures. A test over several periods reads one slot and writes another, in a wide deal
one more:

{table(("first test", "settle", "settle, wide"), tests)}

What each feature of the terms adds to a settlement of the deal, in steady state:

{table(("with", "settle", "adds"), features)}

## Meters and certificates
A whole cold transaction each, with the goals of the design; meters of 1,000 devices unless it says another number.

{table(("", "gas", "goal", ""), links)}

## Sizes
{table(("contract", "bytes of code (limit 24,576)"), sizes)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures gas on Anvil, writes docs/GAS.md and docs/gas.json.")
    add_flags(parser)
    prices = read_flags(parser.parse_args())
    found = measure_actions()
    sizes = [
        (name, len(made.deployed_bytecode)) for name, made in sorted(load_artifacts().items()) if made.in_production
    ]
    text = page(
        found, prices, by_tranches(), by_rungs(), by_holders(), by_tests(), [*by_features()], measure_links(), sizes
    )
    docs = paths.root() / "docs"
    (docs / "GAS.md").write_text(text, encoding="utf-8")
    keys = ("settle", "claim", "transfer", "transfer_policy", "launch")
    (paths.root() / "benchmarks" / "results" / "gas.json").write_text(
        json.dumps({key: found.figures[key] for key in keys}, indent=2) + "\n"
    )
    print(text)


if __name__ == "__main__":
    main()
