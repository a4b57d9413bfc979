"""A deal takes its cap in its life and no more: a step below, at and beyond that, in a run of each width."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz.coverage import CAP, CAPPED, Coverage
from penstock.fuzz.driver import TestBed
from penstock.fuzz.machine import FuzzRun
from penstock.fuzz.steps import Step, allotments_of

NARROW = load(Path(__file__).parents[2] / "deals" / "pf-three-tranche.toml")
WIDE = replace(NARROW, narrow=False)
PAYS = "ann"
LENDER = next(name for tranche, name in allotments_of(NARROW, 0) if tranche == 0)


class Capped(FuzzRun):
    """A run that says what the cap did in each step."""

    counted: Coverage

    def did(self, step: Step) -> list[str]:
        before = self.counted.seen.copy()
        self.take(step)
        return [event for event in CAPPED if self.counted.seen[(*CAP, event)] > before[(*CAP, event)]]

    def next_period(self) -> None:
        self.take(Step("wait", amount=max(0, self.expected.payment_at() - self.expected.world.now)))


@pytest.fixture(params=[NARROW, WIDE], ids=["narrow", "wide"])
def run(test_beds: Callable[[], TestBed], request: pytest.FixtureRequest) -> Iterator[Capped]:
    counted = Coverage()
    with closing(Capped(test_beds(), request.param, 0, counted)) as capped:
        capped.counted = counted
        capped.next_period()
        yield capped


def test_a_unit_short_then_met_then_nothing_fits(run: Capped) -> None:
    most, opening = run.expected.terms.max_amount, run.expected.terms.opening
    room = most - opening
    assert run.expected.books.room == room
    assert run.did(Step("pay", by=PAYS, amount=room - 1, count=1)) == ["a unit short"]
    run.next_period()
    assert run.did(Step("pay", by=PAYS, amount=1, count=1)) == ["met exactly"]
    run.next_period()
    assert run.did(Step("pay", by=PAYS, amount=1, count=1)) == ["a period on nothing"]
    assert (run.expected.books.cash, run.expected.books.accounted) == (most + 1, most)


def test_a_claim_of_a_holder_makes_no_room_and_a_payee_s_does(run: Capped) -> None:
    assert run.did(Step("pay", by=PAYS, amount=2**97, count=1)) == ["cash kept out"]
    run.take(Step("claim", by=LENDER))
    assert run.expected.books.room == 0
    run.next_period()
    assert run.did(Step("settle", by=PAYS, count=1)) == ["a period on nothing"]
    owed = run.expected.books.state.fee_credited[0]
    run.take(Step("claim_fee", by="trustee", tranche=0))
    assert run.expected.books.room == owed > 0
    run.next_period()
    assert run.did(Step("settle", by=PAYS, count=1)) == ["cash kept out"]
    assert run.expected.settled[0].settlement.collections == owed


def test_after_the_last_period_cash_beyond_it_is_refused(run: Capped) -> None:
    most = run.expected.terms.max_amount
    for date in run.expected.payment_times[1:]:
        run.take(Step("wait", amount=date - run.expected.world.now))
    assert run.did(Step("pay", by=PAYS, amount=most + 1, count=480)) == ["cash kept out"]
    assert run.did(Step("settle", by=PAYS, count=1)) == ["refused"]
    assert run.did(Step("pay", by=PAYS, amount=1, count=1)) == ["refused"]
    assert [outcome.error for outcome in run.outcomes[-2:]] == ["Deal_NothingToSettle"] * 2
    assert run.expected.books.cash == most + 1 + run.expected.terms.opening, "the refused payment has gone back"
