"""
Tests over several periods: sums by sums of the last ones, from the first denominator on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.deal import settle
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms, Metric, PrincipalKind, Test
from penstock.model.units import MAX_NARROW_AMOUNT, WAD
from penstock.model.window import MOST_NARROW_SERVICE, Window, with_period
from tests.model.examples import PER_CENT, lender, one_lender

ANNUAL = Test("annual", 0, 110 * PER_CENT, over=2)


def values(terms: DealTerms, collections: Sequence[int]) -> list[int | None]:
    state = opening_state(terms)
    return [settle(terms, state, each).tests[0].value for each in collections]


def test_the_ratio_is_of_sums() -> None:
    """Debt service is 100 a period. 130, then 80 with it: 210 / 200; then 80 + 150: 230 / 200."""
    terms = one_lender(tests=(ANNUAL,))
    assert values(terms, [130, 80, 150]) == [130 * PER_CENT, 105 * PER_CENT, 115 * PER_CENT]


def test_the_threshold_is_of_sums_too() -> None:
    terms, state = one_lender(tests=(ANNUAL,)), opening_state(one_lender(tests=(ANNUAL,)))
    assert [settle(terms, state, each).tests[0].passed for each in (110, 110, 109)] == [True, True, False]


def test_periods_before_the_first_debt_service_are_left_out() -> None:
    """Nothing falls due in two years of construction, whatever came in."""
    building = replace(lender(), coupons=((1, 0), (3, 10 * PER_CENT)))
    terms = one_lender(tranche=building, tests=(replace(ANNUAL, over=4),))
    assert values(terms, [900, 900, 120]) == [None, None, 120 * PER_CENT]


def test_a_holiday_after_it_counts() -> None:
    """Interest ends after the first period: its cash flow still counts, until the window has left the last service."""
    paused = replace(lender(), coupons=((1, 10 * PER_CENT), (2, 0)))
    terms = one_lender(tranche=paused, tests=(ANNUAL,))
    assert values(terms, [120, 60, 70]) == [120 * PER_CENT, 180 * PER_CENT, None]


def test_an_interest_cover_begins_with_the_first_interest() -> None:
    """Principal in the first period is no interest."""
    first = lender(principal=PrincipalKind.SCHEDULE, schedule=(400, 0, 0, 600), coupon=0)
    later = replace(first, coupons=((1, 0), (2, 10 * PER_CENT)))
    terms = one_lender(tranche=later, tests=(Test("ic", 0, WAD, metric=Metric.IC, over=3),))
    assert values(terms, [500, 90]) == [None, 90 * WAD // 60]


def test_cfads_is_not_below_zero_in_each_period() -> None:
    terms = one_lender(tests=(ANNUAL,))
    assert values(terms, [0, 220]) == [0, 110 * PER_CENT]


@given(
    parts=st.lists(st.tuples(st.integers(0, 99), st.sampled_from((0, 0, 7, 10**30))), max_size=30),
    over=st.integers(2, 9),
    narrow=st.booleans(),
)
def test_the_sums_are_of_the_last_periods(parts: list[tuple[int, int]], over: int, narrow: bool) -> None:
    window: Window = ()
    most = MOST_NARROW_SERVICE if narrow else 2**120 - 1
    for count, (numerator, denominator) in enumerate(parts, start=1):
        window = with_period(window, over, numerator, denominator, narrow)
        begun = next((at for at, (_, service) in enumerate(parts) if service), count)
        last = parts[max(begun, count - over) : count]
        assert [(each.numerator, each.denominator) for each in window] == [(a, min(b, most)) for a, b in last]
        if window:
            sums = (sum(a for a, _ in last), sum(min(b, most) for _, b in last))
            assert (window[-1].numerators, window[-1].denominators) == sums


@pytest.mark.parametrize("narrow", [True, False])
def test_a_part_that_has_no_room_counts_as_the_most_there_is(narrow: bool) -> None:
    (counted,) = with_period((), 2, 2**200, 2**200, narrow)
    most = (MAX_NARROW_AMOUNT, MOST_NARROW_SERVICE) if narrow else (2**96 - 1, 2**120 - 1)
    assert counted == (*most, *most)
