"""
a test over several periods
├── it should be stored as the model has it, whatever the width of the deal
├── several periods in one call should be as one by one
├── when a part has no room, it should count as the most there is room for
└── it should hold as many periods as it may
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model.books import Books
from penstock.model.terms import DealTerms, Metric, Test
from penstock.model.units import WAD
from penstock.model.window import MOST_NARROW_SERVICE
from penstock.onchain.launch import System
from penstock.onchain.windows import in_storage, listed, unlisted
from tests.contracts.stage import put_on
from tests.model.examples import PER_CENT, lender, one_lender

CASH = (130, 80, 0, 150, 90, 500, 110, 110, 60, 70)
ANNUAL = Test("annual", 0, 110 * PER_CENT, cure=2, over=2)
COVER = Test("cover", 0, 150 * PER_CENT, metric=Metric.IC, over=3, above=True)


def terms_of(*tests: Test, narrow: bool = True, months: int = 12, **more: object) -> DealTerms:
    debt = replace(lender(**more), supply=1000)  # type: ignore[arg-type]
    return replace(one_lender(tranche=debt, tests=tests, periods=len(CASH), months=months), narrow=narrow)


@pytest.mark.parametrize("narrow", [True, False])
def test_windows_are_stored_as_the_model_has_them(system: System, narrow: bool) -> None:
    late = replace(lender(), supply=1000, coupons=((1, 0), (3, 10 * PER_CENT)))
    terms = replace(one_lender(tranche=late, tests=(ANNUAL, COVER), periods=len(CASH)), narrow=narrow)
    stage, books = put_on(system, terms), Books(terms)
    base = system.artifacts["Deal"].slots["_windows"]
    for cash in CASH:
        stage.settle(cash)
        books.receive(cash)
        books.settle()
        state = stage.state()
        assert state.passes_needed == books.state.passes_needed
        assert state.windows == listed(terms, books.state)
        assert unlisted(terms, state.period, state.windows) == books.state.windows
        for place, name, word in in_storage(terms, books.state):
            assert int.from_bytes(system.chain.storage(stage.deal.address, base + place), "big") == word, name


@pytest.mark.parametrize("narrow", [True, False])
def test_several_periods_in_one_call_are_as_one_by_one(system: System, narrow: bool) -> None:
    terms = terms_of(ANNUAL, COVER, narrow=narrow)
    with system.chain.undone():
        together = put_on(system, terms)
        together.until(7)
        together.settle(500, count=7)
        found = together.state()
    alone = put_on(system, terms)
    alone.until(7)
    for cash in (500, 0, 0, 0, 0, 0, 0):
        alone.settle(cash)
    assert alone.state() == found


def test_a_part_without_room_counts_as_the_most_there_is(system: System) -> None:
    """Interest of 2^63.6 in forty years: the sums stay exact."""
    debt = replace(lender(face=2**55, coupon=10 * WAD), supply=1024)
    terms = replace(one_lender(tranche=debt, tests=(ANNUAL,), periods=3, months=480), narrow=True)
    stage, books = put_on(system, terms), Books(terms)
    for _ in range(3):
        stage.settle()
        books.settle()
        assert stage.state().windows == listed(terms, books.state)
    assert [each.denominator for each in books.state.windows[0]] == [MOST_NARROW_SERVICE] * 2


def test_a_window_may_hold_the_most_periods(system: System) -> None:
    terms = terms_of(replace(ANNUAL, over=120), replace(COVER, over=120))
    stage, books = put_on(system, terms), Books(terms)
    for cash in CASH:
        stage.settle(cash)
        books.receive(cash)
        books.settle()
    assert stage.state().windows == listed(terms, books.state)
