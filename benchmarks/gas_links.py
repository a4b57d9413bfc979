"""Gas of meters and certificates from receipts on Anvil, beside the goals of their design. Part of `make gas`."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from eth_account import Account

from penstock.evm import nodes
from penstock.evm.artifacts import load_artifacts
from penstock.evm.chain import Receipt
from penstock.evm.rpc import Rpc
from penstock.links import signing
from penstock.links.keccak import keccak
from penstock.links.meters_storage import Batch, NewMeter, interval_id
from penstock.links.sumtree import Leaf, Proof, Tree, build
from penstock.onchain.links import interface

START = 1_767_225_600
HOUR, DAY, USD = 3600, 86_400, 10**6
MANY = 200_000
EVERYTHING = 2**256 - 1


class _Bench:
    """One Anvil with a meter of few devices, one of 200,000, and one of consumption."""

    def __init__(self, chain: Rpc) -> None:
        self.chain, artifacts = chain, load_artifacts()
        self.usd = chain.deploy(artifacts["MockUSD"], 6)
        extension = chain.deploy(artifacts["MetersExtension"])
        self.meters = chain.deploy(artifacts["Meters"], extension.address).as_(interface())
        self.certificates = chain.deploy(artifacts["Certificates"], self.meters.address)
        self.owner, self.hall, self.asker, self.payee = chain.accounts[:4]
        self.reporters = sorted(chain.accounts[5:8], key=lambda each: int(each, 16))
        for who in chain.accounts:
            self.usd.send("mint", who, 10**15)
            for to in (self.meters, self.certificates):
                self.usd.send("approve", to.address, EVERYTHING, sender=who)
        self.meters.send("createReporters", self.reporters, 2, self.owner)
        keys = [keccak(index.to_bytes(32, "big")) for index in range(MANY)]
        self.few = build([Leaf(key, 5_000) for key in keys[:1000]])
        self.many = build([Leaf(key, 5_000) for key in keys])
        for fleet, unit, who in ((self.few, 0, self.owner), (self.many, 0, self.owner), (self.few, 1, self.hall)):
            self.register(fleet, unit, who)
        self.first = self.meters.call("meterOf", 1).first

    def register(self, fleet: Tree, unit: int, who: str) -> Receipt:
        given = (
            self.usd.address,
            unit,
            HOUR,
            fleet.total,
            1,
            26 * HOUR,
            DAY,
            DAY,
            b"US-NC".ljust(32, b"\0"),
            fleet.root,
        )
        terms = NewMeter(*given, keccak(b"papers"), 200 * USD, 20 * USD)
        return self.meters.send("register", astuple(terms), sender=who)

    def sign(self, digest: bytes) -> bytes:
        keys = [self.chain.key(each) for each in self.reporters[:2]]
        return b"".join(bytes(Account.unsafe_sign_hash(digest, key).signature) for key in keys)

    def report(self, meter: int, hour: int, tree: Tree) -> Receipt:
        batch = Batch(meter, self.first + hour * HOUR, tree.root, tree.total)
        signatures = self.sign(signing.digest_of_batch(batch, self.chain.chain_id, self.meters.address))
        return self.meters.send("report", astuple(batch), astuple(tree.top), signatures, sender=self.asker)

    def report_many(self, meter: int, hours: range, tree: Tree) -> Receipt:
        batches = [Batch(meter, self.first + hour * HOUR, tree.root, tree.total) for hour in hours]
        signatures = self.sign(signing.digest_of_batches(batches, self.chain.chain_id, self.meters.address))
        tops = [astuple(tree.top)] * len(batches)
        return self.meters.send("reportMany", list(map(astuple, batches)), tops, signatures, sender=self.asker)

    def until(self, time: int) -> None:
        self.chain.set_time(max(self.chain.now(), time))


def measure_links() -> list[tuple[str, int, str, str]]:
    """Rows of a table: what, gas, the goal, and whether it is reached."""
    with nodes.anvil(timestamp=START) as node:
        return [_row(*each) for each in _figures(_Bench(Rpc(node.ipc or node.url)))]


def _row(what: str, gas: int, goal: int | None) -> tuple[str, int, str, str]:
    if goal is None:
        return what, gas, "–", ""
    return what, gas, f"≤ {goal:,}", "reached" if gas <= goal else f"{gas - goal:,} above"


def _figures(b: _Bench) -> list[tuple[str, int, int | None]]:
    few = build([Leaf(each.key, index) for index, each in enumerate(b.few.leaves)])
    many = build([Leaf(each.key, index % 5000) for index, each in enumerate(b.many.leaves)])
    found: list[tuple[str, int, int | None]] = []
    found.append(("register a meter", b.register(b.few, 0, b.owner).gas_used, None))
    found.append(("pledge", b.meters.send("pledge", 1, b.payee, 3_500_000, 0, sender=b.owner).gas_used, None))
    b.until(b.first + 2 * HOUR)
    b.report(1, 0, few)
    found.append(("report, 2 of 3", b.report(1, 1, few).gas_used, 105_000))
    b.report(3, 1, few)
    b.report(2, 1, many)
    answers = [_answer(b, 1, 1, few, b.few, None), _answer(b, 2, 1, many, b.many, 125_000)]
    b.until(b.first + 26 * HOUR)
    found.append(("report 24 hours in one transaction", b.report_many(3, range(2, 26), few).gas_used, None))
    b.report_many(1, range(2, 26), few)
    found += answers
    b.until(b.first + 80 * HOUR)
    b.meters.send("finalise", 1, 2)
    found.append(("finalise 24 intervals", b.meters.send("finalise", 1, 24).gas_used, 25_000 + 24 * 8_500))
    found.append(("finalise a gap of 24 intervals", b.meters.send("finalise", 1, 24).gas_used, 25_000 + 24 * 2_300))
    b.meters.send("finalise", 3, 40)
    return found + _certificates(b)


def _answer(b: _Bench, meter: int, hour: int, tree: Tree, fleet: Tree, goal: int | None) -> tuple[str, int, int | None]:
    """Two questions, so that the answer that is measured is not the first credit of its account."""
    place, units = interval_id(meter, b.first + hour * HOUR), (tree.total - 7, tree.total - 10)
    for unit in units:
        b.meters.send("ask", place, unit, sender=b.asker)
    for unit in units:
        index = tree.owner_of(unit)
        proofs = _struct(tree.proof(index)), _struct(fleet.proof(index))
        gas = b.meters.send("answer", place, unit, *proofs, sender=b.owner).gas_used
    return f"answer at {len(tree.leaves):,} devices, both proofs", gas, goal


def _certificates(b: _Bench) -> list[tuple[str, int, int | None]]:
    lots = [interval_id(1, b.first + hour * HOUR) for hour in range(2, 9)]
    b.certificates.send("setPrice", 1, 3_500_000, sender=b.owner)
    found: list[tuple[str, int, int | None]] = []
    b.certificates.send("issue", lots[0])
    found.append(("issue a lot", b.certificates.send("issue", lots[1]).gas_used, 85_000))

    def buy(lot: int, amount: int) -> Receipt:
        return b.certificates.send("buy", lot, amount, EVERYTHING, b.hall, sender=b.hall)

    buy(lots[0], 1000)
    found.append(("buy, first of the lot", buy(lots[1], 100_000).gas_used, 92_000))
    found.append(("buy, again", buy(lots[1], 1000).gas_used, 75_000))
    load = interval_id(3, b.first + 3 * HOUR)

    def retire(lot: int, load: int) -> Receipt:
        return b.certificates.send("retire", lot, 500, bytes(32), load, sender=b.hall)

    found.append(("retire against a load, first of the hour", retire(lots[1], load).gas_used, 85_000))
    found.append(("retire against a load, again", retire(lots[1], load).gas_used, 68_000))
    return found


def _struct(proof: Proof) -> Any:
    return ((proof.leaf.key, proof.leaf.amount), proof.path, proof.sides)


if __name__ == "__main__":
    for row in measure_links():
        print(*row, sep=" | ")
