"""
Random walks of an offtake: whatever buyers and strangers do in whatever order, the contract and its twin pay the same,
log the same, refuse for the same reason, and keep the invariants.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from penstock.evm.chain import Contract
from penstock.links import offtake as twin
from penstock.links.errors import LinkRefused
from penstock.links.offtake import OfftakeTerms, Row
from penstock.onchain.launch import System
from tests.fixtures.slow import mostly_slow
from tests.links.offtakes import DAY, HOUR, START, USD, Bench


def drawn_terms(random: Random, bench: Bench) -> OfftakeTerms:
    rows, end = [], START
    for _ in range(random.randint(1, 12)):
        end += HOUR * random.choice([1, 24, 24 * 30, random.randint(1, 999)])
        cap = random.choice([0, 0, 10**9, random.randint(1, 10**12), 2**64 - 1])
        floor = random.choice([0, 0, random.randint(0, 10**10)])
        rows.append(
            Row(
                end,
                random.choice([62 * USD] * 9 + [0, random.randint(0, 10**12), 2**96 - 1]),
                min(floor, cap) if cap else floor,
                cap,
                random.choice([0, 0, random.randint(0, 10**10)]),
                random.choice([0, 15 * USD, random.randint(0, 10**9)]),
            )
        )
    return bench.terms(
        tuple(rows),
        deposit=random.choice([0, 1, 5_000 * USD, random.randint(0, 10**13)]),
        grace=random.choice([3 * DAY, 10 * DAY, 60 * DAY]),
        late_rate=random.choice([0, 8 * 10**16, 10**18, 2**64 - 1]),
    )


class Walk:
    """One offtake from its making to its end, each step on both sides."""

    def __init__(self, random: Random, bench: Bench) -> None:
        self.random, self.bench = random, bench
        self.at = bench.put(drawn_terms(random, bench))
        self.counted, self.to_payee, self.put_in, self.drawn, self.steps = 0, 0, 0, 0, 0
        self.paid: list[int] = []

    def play(self, most: int) -> int:
        """Steps until it is finished, or so many."""
        while self.steps < most and not self.at.state.finished:
            names, weights = zip(*ACTIONS, strict=True)
            (chosen,) = self.random.choices(names, weights)
            if not self.steps and self.random.random() < 0.9:  # later is mostly too late
                chosen = "accept"
            getattr(self, chosen)()
            self.hold()
            self.steps += 1
        return self.steps

    def accept(self) -> None:
        at, random = self.at, self.random
        caller = random.choice([at.bench.buyer] * 5 + [at.bench.payer])
        at.fund(caller, at.terms.deposit)
        if self.same(lambda: twin.accept(at.terms, at.state, caller, at.now), "accept", [], caller):
            self.put_in += at.terms.deposit

    def post(self) -> None:
        at, amount = self.at, self.random.choice([0, 1, 77 * USD, self.random.randint(1, 10**12)])
        at.fund(at.bench.payer, amount)
        if self.same(lambda: twin.post(at.state, amount), "post", [amount], at.bench.payer):
            self.put_in += amount

    def count(self) -> None:
        at, random = self.at, self.random
        if self.counted == len(at.terms.rows):
            return
        on_time = random.choice([0, random.randint(0, 10**10), 1])
        at.count(self.counted, on_time, random.choice([0, 0, random.randint(0, 10**9)]))
        self.counted += 1

    def wait(self) -> None:
        at, random = self.at, self.random
        row = min(at.state.next, len(at.terms.rows) - 1)
        at.wait_until(
            random.choice(
                [
                    at.now + random.randint(1, 40 * DAY),
                    at.terms.late_from(row) + random.choice([-1, 0, 1, DAY - 1, DAY]),
                ]
            )
        )

    def pay(self) -> None:
        at, row = self.at, self.a_row()
        before = at.balance(at.bench.payee)
        at.fund(at.bench.payer, 2**130)
        done = self.same(
            lambda: twin.pay(at.terms, at.state, row, self.quantity(row), at.now)[0], "pay", [row], at.bench.payer
        )
        if done:
            self.paid.append(row)
            self.to_payee += at.balance(at.bench.payee) - before

    def draw(self) -> None:
        at, row = self.at, self.a_row()
        before, was = at.balance(at.bench.payee), at.state.next
        done = self.same(
            lambda: twin.draw(at.terms, at.state, row, self.quantity(row), at.now)[0], "draw", [row], at.bench.payer
        )
        if done:
            got = at.balance(at.bench.payee) - before
            self.to_payee, self.drawn = self.to_payee + got, self.drawn + got
            if at.state.next > was:
                self.paid.append(row)

    def finish(self) -> None:
        at = self.at
        if self.same(lambda: twin.finish(at.terms, at.state), "finish", [], at.bench.payer):
            before = at.balance(at.bench.buyer)
            if at.state.credit:
                at.contract.send("withdraw", at.bench.asset.address, at.bench.buyer)
            assert at.balance(at.bench.buyer) - before == self.put_in - self.drawn
            assert at.balance(at.contract.address) == 0

    def look(self) -> None:
        """What is due for any row that is final."""
        if self.counted:
            self.at.due(self.random.randrange(self.counted))

    def a_row(self) -> int:
        """Mostly one that is final; never one that the meter would refuse, unless it is refused before."""
        if self.random.random() < 0.1:
            return self.at.state.next + self.random.choice([1, 100])
        return self.at.state.next if self.at.state.next < self.counted else self.at.state.next + 1

    def quantity(self, row: int) -> int:
        return self.at.quantity(row) if row < self.counted else 0

    def same(self, act: Callable[[], Any], function: str, arguments: list[Any], sender: str) -> bool:
        """Both do it, or both refuse it with the same name and values."""
        at = self.at
        try:
            after = act()
        except LinkRefused as refused:
            assert at.refusal(function, *arguments, sender=sender) == (refused.name, list(refused.values))
            at.compare()
            return False
        logs = self.expected(function, arguments, sender)
        receipt = at.contract.send(function, *arguments, sender=sender)
        found = [(each.name, dict(each.values)) for each in receipt.events(at.contract.abi)]
        assert found == [logs], (found, logs)
        at.state = after
        at.compare()
        return True

    def expected(self, function: str, arguments: list[Any], sender: str) -> tuple[str, dict[str, Any]]:
        """The log of a step, from the state before it."""
        at, payee = self.at, self.bench.payee
        if function == "accept":
            return "Accepted", {"meter": at.terms.meter, "buyer": sender, "deposit": at.terms.deposit}
        if function == "post":
            return "Posted", {"by": sender, "amount": arguments[0]}
        if function == "finish":
            return "Finished", {"deposit": at.state.deposit}
        (row,) = arguments
        if function == "pay":
            owed = twin.due(at.terms, at.state, row, self.quantity(row), at.now)
            return "Paid", {"row": row, "payee": payee, "by": sender, "amount": owed.unpaid, "late": owed.late}
        _, amount, late = twin.draw(at.terms, at.state, row, self.quantity(row), at.now)
        return "Drawn", {"row": row, "payee": payee, "amount": amount, "late": late}

    def hold(self) -> None:
        state = self.at.state
        assert self.paid == list(range(state.next))
        assert state.deposit + state.credit == self.put_in - self.drawn
        assert self.to_payee == self.at.balance(self.bench.payee)


ACTIONS = [
    ("accept", 3),
    ("post", 2),
    ("count", 5),
    ("wait", 5),
    ("pay", 2),
    ("draw", 6),
    ("finish", 2),
    ("look", 2),
]


@pytest.mark.parametrize("seed", mostly_slow(range(40), quick=[0]))
def test_inv_37_to_39_hold_on_random_walks(system: System, mock: Callable[..., Contract], seed: int) -> None:
    """40 walks of 2,500 steps; `make test` goes 300 of one."""
    random, left = Random(seed), 300 if seed == 0 else 2_500
    bench = Bench(system, mock("MockUSD", 6))
    while left > 0:
        with system.chain.undone():
            walk = Walk(random, bench)
            try:
                left -= walk.play(min(left, 120))
            except AssertionError as fault:
                raise AssertionError(f"seed {seed}, {left} steps left, step {walk.steps}: {fault}") from fault
