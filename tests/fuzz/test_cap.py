"""A deal takes 2^96 - 1 units in its life and no more: what a step does below, at and beyond that, in one story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz.coverage import CAP, CAPPED, Coverage
from penstock.fuzz.driver import TestBed
from penstock.fuzz.machine import Story
from penstock.fuzz.steps import Step, allotments_of
from penstock.model.units import MAX_AMOUNT

TERMS = load(Path(__file__).parents[2] / "deals" / "pf-three-tranche.toml")
PAYS = "ann"
LENDER = next(name for tranche, name in allotments_of(TERMS, 0) if tranche == 0)


class Capped(Story):
    """A story that says what the cap did in each step."""

    counted: Coverage

    def did(self, step: Step) -> list[str]:
        before = self.counted.seen.copy()
        self.take(step)
        return [event for event in CAPPED if self.counted.seen[(*CAP, event)] > before[(*CAP, event)]]

    def next_period(self) -> None:
        self.take(Step("wait", amount=max(0, self.expected.payment_at() - self.expected.world.now)))


@pytest.fixture
def story(theatres: Callable[[], TestBed]) -> Iterator[Capped]:
    counted = Coverage()
    with closing(Capped(theatres(), TERMS, 0, counted)) as capped:
        capped.counted = counted
        capped.next_period()
        yield capped


def test_a_unit_short_then_met_then_nothing_fits(story: Capped) -> None:
    room = MAX_AMOUNT - TERMS.opening
    assert story.expected.room == room
    assert story.did(Step("pay", by=PAYS, amount=room - 1, count=1)) == ["a unit short"]
    story.next_period()
    assert story.did(Step("pay", by=PAYS, amount=1, count=1)) == ["met exactly"]
    story.next_period()
    assert story.did(Step("pay", by=PAYS, amount=1, count=1)) == ["a period on nothing"]
    assert (story.expected.world.cash, story.expected.accounted()) == (MAX_AMOUNT + 1, MAX_AMOUNT)


def test_a_claim_of_a_holder_makes_no_room_and_a_payee_s_does(story: Capped) -> None:
    assert story.did(Step("pay", by=PAYS, amount=2**97, count=1)) == ["cash kept out"]
    story.take(Step("claim", by=LENDER))
    assert story.expected.room == 0
    story.next_period()
    assert story.did(Step("settle", by=PAYS, count=1)) == ["a period on nothing"]
    owed = story.expected.state.fee_credited[0]
    story.take(Step("claim_fee", by="trustee", tranche=0))
    assert story.expected.room == owed > 0
    story.next_period()
    assert story.did(Step("settle", by=PAYS, count=1)) == ["cash kept out"]
    assert story.expected.settled[0].settlement.collections == owed


def test_after_the_last_period_cash_beyond_it_is_refused(story: Capped) -> None:
    for date in story.expected.payment_times[1:]:
        story.take(Step("wait", amount=date - story.expected.world.now))
    assert story.did(Step("pay", by=PAYS, amount=2**96, count=480)) == ["cash kept out"]
    assert story.did(Step("settle", by=PAYS, count=1)) == ["refused"]
    assert story.did(Step("pay", by=PAYS, amount=1, count=1)) == ["refused"]
    assert [outcome.error for outcome in story.outcomes[-2:]] == ["Deal_NothingToSettle"] * 2
    assert story.expected.world.cash == 2**96 + TERMS.opening, "the refused payment has gone back"
