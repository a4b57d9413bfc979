"""
Offerings of drawn terms, walked at random: subscribers, time, cancelling, closing, a coin that blocks, a policy that
changes its mind, revenue afterwards. After every step the contract's numbers are the model's.

INVARIANTS 49 to 51.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from penstock.evm.errors import ChainRevert
from penstock.model.calendar import timestamp
from penstock.model.errors import ModelError
from penstock.model.offering import Closing
from penstock.model.offering_terms import Lot, OfferingState, OfferingTerms
from penstock.onchain.launch import System
from tests.contracts.offerings import DEADLINE, GRACE, SOLD, OfferingPair, offer
from tests.contracts.stage import USD
from tests.fixtures.slow import mostly_slow

# Walks by their seeds: a few quick ones, and eight parts of 240,000 steps in all.
PARTS = [range(12), *(range(12 + start, 12 + start + 500) for start in range(0, 4_000, 500))]
STEPS = 60
SUBSCRIBERS = ("ann", "bob", "cho", "underwriter")


def drawn_terms(draw: random.Random) -> OfferingTerms:
    lots = []
    unit = draw.choice((50_000, 25_000, 1_000, 500)) * USD  # all of them parts of both supplies, 100,000 and 50,000
    for tranche, supply in enumerate(each.supply for each in SOLD.tranches):
        if lots and draw.random() < 0.5:
            break
        units = supply // unit
        least = draw.choice((1, 1, min(3, units)))
        most = draw.choice((units, max(least, units // 2)))
        price = unit * draw.choice((1, 1, 97, 103)) // draw.choice((1, 1, 100))
        lots.append(Lot(tranche, max(1, price), units, least, most))
    total = sum(lot.price * lot.units for lot in lots)
    fees = draw.choice(((), (("arranger", total // 50),), (("arranger", 1), ("arranger", 2), ("project", 3))))
    return OfferingTerms(
        lots=tuple(lots),
        shares_per_unit=unit,
        deadline_at=DEADLINE,
        grace_ends_at=GRACE,
        soft_cap=draw.choice((0, total // 3, total // 3, total)),
        project="project",
        underwriter=draw.choice((None, "underwriter", "ann")),
        canceller=draw.choice((None, "sponsor")),
        fees=fees,
    )


class Walk:
    def __init__(self, system: System, seed: int) -> None:
        self.draw, self.system = random.Random(seed), system
        deploy = lambda name, *arguments: system.chain.deploy(system.artifacts[name], *arguments)  # noqa: E731
        self.registry = deploy("HolderRegistry", system.chain.accounts[0])
        self.asset = deploy("BlacklistUSD", 6)
        self.pair: OfferingPair = offer(system, drawn_terms(self.draw), self.asset, self.registry)
        people = self.pair.people
        self.allowed, self.blocked = {"ann", "bob", "underwriter"}, set[str]()
        holders = [people[name] for name in (*self.allowed, "sponsor")]
        self.registry.send("allow", [*holders, self.pair.contract.address])
        self.wallets = dict.fromkeys(SUBSCRIBERS, 10**16)
        for name, cash in self.wallets.items():
            self.pair.fund(name, cash)
        self.paid = self.refunded = 0

    def step(self) -> None:
        """One action, likely or not, allowed or not."""
        pair, draw = self.pair, self.draw
        name, lot = draw.choice(SUBSCRIBERS), draw.choice(pair.terms.lots)
        closed = pair.model.closed
        kinds = (
            ["collect"] * 4 + ["settle", "claim", "pay"] if closed else ["subscribe"] * 8 + ["close", "close", "refund"]
        )
        kind = draw.choice(
            [*kinds, "subscribe", "close", "cancel", "collect", "refund", "pay", "block", "expire", "wait"]
        )
        getattr(self, f"_{kind}")(name, lot)
        pair.assert_equal()
        self.assert_conserved()

    def _subscribe(self, name: str, lot: Lot) -> None:
        left = lot.units - self.pair.model.sold.get(lot.tranche, 0)
        units = self.draw.choice((1, lot.least, lot.most, left, left + 1, max(1, left // 2), 0))
        if self._cash_moves(name):
            paid = self.pair.subscribe(name, units, lot.tranche, name in self.allowed)
            self._received(name, paid)
        else:
            self._is_refused("subscribe", lot.tranche, units, sender=name)

    def _close(self, name: str, lot: Lot) -> None:
        pair, buyer = self.pair, self.pair.terms.underwriter
        left = pair.model.left
        if buyer and left and not self._cash_moves(buyer):
            self._is_refused("close", pair.packed, [(a.tranche, a.holder, a.shares) for a in pair.others], sender="bob")
            return
        pair.refused_payees = self.blocked
        closing = pair.close()
        if isinstance(closing, Closing):
            assert closing.proceeds == pair.terms.proceeds
            assert closing.underwritten == left
            if buyer:
                self._received(buyer, closing.underwritten)

    def _cancel(self, name: str, lot: Lot) -> None:
        self.pair.cancel(self.draw.choice(("sponsor", name)))

    def _collect(self, name: str, lot: Lot) -> None:
        if self.pair.model.closed and name not in self.allowed and self.pair.model.units.get((lot.tranche, name)):
            self._is_refused("collect", lot.tranche, self.pair.people[name], sender="bob")
        else:
            self.pair.collect(name, lot.tranche)

    def _refund(self, name: str, lot: Lot) -> None:
        if self._cash_moves(name):
            amount = self.pair.refund(name, lot.tranche)
            if isinstance(amount, int):
                self.refunded += amount
                self.wallets[name] += amount
        else:
            self._is_refused("refund", lot.tranche, sender=name)

    def _pay(self, name: str, lot: Lot) -> None:
        payee = self.draw.choice(("arranger", "project", name))
        if payee not in self.blocked:
            self.pair.pay(payee)

    def _block(self, name: str, lot: Lot) -> None:
        """The coin blocks somebody, or not any more."""
        who = self.draw.choice((name, "arranger", "project"))
        self.blocked ^= {who}
        self.asset.send("blacklist", self.pair.people[who], who in self.blocked)

    def _expire(self, name: str, lot: Lot) -> None:
        self.allowed ^= {name}
        self.registry.send("allow" if name in self.allowed else "disallow", [self.pair.people[name]])

    def _wait(self, name: str, lot: Lot) -> None:
        state, now = self.pair.model.state(self.pair.now), self.pair.now
        until = {OfferingState.OPEN: DEADLINE, OfferingState.CLOSING: GRACE}.get(state, now + 10**6)
        self.pair.wait(max(now, self.draw.choice((until, until - 1, now + 1))))

    def _settle(self, name: str, lot: Lot) -> None:
        """Revenue for those who have collected and those who have not."""
        pair = self.pair
        if pair.books.matured:
            return
        pair.wait(max(pair.now, timestamp(SOLD.payment_dates[pair.books.state.period])))
        amount = self.draw.choice((0, 1, 3_000 * USD, 28_000 * USD + 7))
        self.asset.send("mint", pair.deal.address, amount)
        pair.deal.send("settle", 1)
        pair.books.receive(amount)
        pair.books.settle(now=pair.now)

    def _claim(self, name: str, lot: Lot) -> None:
        pair = self.pair
        if name in self.blocked:
            return
        try:
            amount = pair.books.claim(lot.tranche, name)
        except ModelError:
            return
        pair.deal.send("claim", lot.tranche, sender=pair.people[name])
        self.wallets[name] += amount

    def _cash_moves(self, name: str) -> bool:
        return name not in self.blocked

    def _received(self, name: str, paid: Any) -> None:
        if isinstance(paid, int):
            self.paid += paid
            self.wallets[name] -= paid

    def _is_refused(self, function: str, *arguments: Any, sender: str) -> None:
        with pytest.raises(ChainRevert):
            self.pair.contract.send(function, *arguments, sender=self.pair.people[sender])

    def assert_conserved(self) -> None:
        pair = self.pair
        for name, cash in self.wallets.items():
            assert pair.cash(name) == cash, name
        # 49: what was subscribed is what the units that were not paid back cost, and the refunds
        units = sum(pair.model.sold.get(lot.tranche, 0) * lot.price for lot in pair.terms.lots)
        assert self.paid == units
        held = sum(
            pair.model.units.get((lot.tranche, name), 0) * lot.price for lot in pair.terms.lots for name in pair.people
        )
        # 50, 51: until it is closed the offering holds exactly that; then what payees have not got
        if pair.model.closed:
            assert pair.model.cash == sum(pair.model.owed.values())
        else:
            assert pair.model.cash == held == self.paid - self.refunded


@pytest.mark.parametrize("seeds", mostly_slow(PARTS, PARTS[:1]), ids=lambda seeds: f"{seeds.start}-{seeds.stop}")
def test_inv_49_an_offering_walked_at_random(system: System, seeds: range) -> None:
    for seed in seeds:
        with system.chain.undone():
            walk = Walk(system, seed)
            for _ in range(STEPS):
                walk.step()
            if not walk.pair.model.closed:
                pay_everybody_back(walk)


def pay_everybody_back(walk: Walk) -> None:
    """50: once everybody has pulled, a failed offering holds nothing."""
    pair = walk.pair
    pair.wait(max(pair.now, GRACE))
    for name in walk.blocked:
        walk.asset.send("blacklist", pair.people[name], False)
    walk.blocked.clear()
    for (tranche, name), units in list(pair.model.units.items()):
        if units:
            walk._refund(name, pair.terms.lot(tranche))
    assert pair.cash(pair.contract.address) == 0
    assert walk.paid == walk.refunded
