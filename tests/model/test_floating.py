"""
Floating coupons of the model.

given a coupon in advance
    a period should bear the index reported for the one before, the first the index at closing
given a coupon in arrears
    a period should bear its own index, and the one at closing until one is reported
given no report
    the last known index should serve for as many periods as the terms say, then the coupon be the cap
given an index below its floor, or a coupon above its cap
    each bound should hold
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from penstock.model.deal import run, settle
from penstock.model.dues import dues
from penstock.model.report import Report
from penstock.model.state import KnownIndex, opening_state
from penstock.model.terms import (
    ArrearsRule,
    DealTerms,
    FloatingCoupon,
    ReportField,
    Reserve,
    Rung,
    RungKind,
    Tranche,
    Unit,
)
from penstock.model.units import WAD

PER_CENT = WAD // 100
PERIODS = 6


def floating(**changes: int | bool) -> FloatingCoupon:
    plain = FloatingCoupon(1, 2 * PER_CENT, 0, 50 * PER_CENT, 4 * PER_CENT, False, 1)
    return replace(plain, **changes)  # type: ignore[arg-type]


def deal(
    coupon: FloatingCoupon, arrears: ArrearsRule = ArrearsRule.COUPON, reserves: tuple[Reserve, ...] = ()
) -> DealTerms:
    """A loan of 1,000 with yearly periods, whose index is the second declared field."""
    dates = tuple(date(2027 + year, 1, 1) for year in range(PERIODS))
    lender = Tranche(
        "a", "A", 1000, 1000, ((1, coupon.at(coupon.initial)),), arrears=arrears, floating=coupon, spread=0
    )
    rungs = (Rung(RungKind.INTEREST, (0,)), Rung(RungKind.PRINCIPAL, (0,)))
    tops = tuple(Rung(RungKind.RESERVE, (index,)) for index in range(len(reserves)))
    return DealTerms(
        name="floats",
        asset="USD",
        decimals=0,
        closing=date(2026, 1, 1),
        accrual_dates=dates,
        payment_dates=dates,
        tranches=(lender, Tranche("e", "E", 0, 1, residual=True)),
        normal=(*rungs, *tops, Rung(RungKind.RESIDUAL, (1,))),
        reserves=reserves,
        fields=(ReportField("other", Unit.RATIO), ReportField("sofr", Unit.RATIO)),
    )


def said(*indices: int | None) -> list[Report]:
    """A report for each period: per cents of the index, None where it is silent; another field says something else."""
    return [Report(fields=(99 * PER_CENT, None if each is None else each * PER_CENT)) for each in indices]


def coupons(coupon: FloatingCoupon, *indices: int | None) -> list[int]:
    """Per cents borne in each period."""
    life = run(deal(coupon), [1100] * PERIODS, said(*indices))
    interest = [each.interest_due[0] for each in life.settlements]
    borne = [each.coupons[0] // PER_CENT for each in life.settlements]
    balances = [1000, *(each.balance[0] for each in life.settlements)]
    assert interest == [balance * rate // 100 for balance, rate in zip(balances, borne, strict=False)]
    return borne


def test_in_advance_a_period_bears_the_index_of_the_one_before() -> None:
    assert coupons(floating(), 5, 6, 7, 8, 9, 10) == [6, 7, 8, 9, 10, 11]


def test_in_arrears_a_period_bears_its_own_index() -> None:
    assert coupons(floating(in_arrears=True), 5, 6, 7, 8, 9, 10) == [7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("stale", "indices", "expected"),
    [
        (1, (5, None, None, 0, None, None), [6, 7, 7, 50, 2, 2]),
        (0, (5, None, 6, None, None, 7), [6, 7, 50, 8, 50, 50]),
        (2, (None, None, None, None, 3, None), [6, 6, 6, 50, 50, 5]),
    ],
)
def test_in_advance_the_last_known_index_serves_for_a_while(
    stale: int, indices: tuple[int | None, ...], expected: list[int]
) -> None:
    assert coupons(floating(stale=stale), *indices) == expected


@pytest.mark.parametrize(
    ("stale", "indices", "expected"),
    [
        (1, (None, None, None, 5, None, None), [6, 6, 6, 7, 7, 50]),
        (0, (None, 0, None, 3, None, 1), [6, 2, 50, 5, 50, 3]),
        (480, (9, None, None, None, None, None), [11] * 6),
    ],
)
def test_in_arrears_the_index_at_closing_serves_until_one_is_reported(
    stale: int, indices: tuple[int | None, ...], expected: list[int]
) -> None:
    assert coupons(floating(stale=stale, in_arrears=True), *indices) == expected


def test_the_floor_bounds_the_index_and_the_cap_the_coupon() -> None:
    coupon = floating(floor=3 * PER_CENT, cap=9 * PER_CENT, initial=PER_CENT)
    assert coupons(coupon, 0, 3, 4, 7, 8, 9) == [5, 5, 5, 6, 9, 9]


def test_interest_on_arrears_is_at_the_coupon_of_the_period_and_the_spread() -> None:
    terms = deal(floating())
    terms = replace(
        terms,
        tranches=(replace(terms.tranches[0], arrears=ArrearsRule.SPREAD, spread=10 * PER_CENT), terms.tranches[1]),
    )
    life = run(terms, [0, 0], said(8, 0))
    assert [each.interest_due[0] for each in life.settlements] == [60, 60 + 100 + 60 * 20 // 100]


def test_a_reserve_looks_ahead_at_the_coupon_of_the_period() -> None:
    held = Reserve("r", 0, ahead=(2, 2, 2, 2, 1, 0), supports=((RungKind.INTEREST, 0),))
    terms = deal(floating(), reserves=(held,))
    state = opening_state(terms)
    settle(terms, state, 1000, said(7)[0])
    assert dues(terms, state, 2, 0, Report()).targets == [2 * 90]
    assert dues(terms, state, 2, 0, said(20)[0]).targets == [2 * 90]


def test_only_fields_that_a_coupon_follows_are_remembered() -> None:
    terms = deal(floating())
    state = opening_state(terms)
    settle(terms, state, 1000, said(7)[0])
    assert state.indices == [KnownIndex(), KnownIndex(7 * PER_CENT, 1)]
    settle(terms, state, 1000, Report())
    assert state.indices == [KnownIndex(), KnownIndex(7 * PER_CENT, 1)]


def test_two_tranches_of_one_index_both_bear_the_one_before() -> None:
    terms = deal(floating())
    other = replace(terms.tranches[0], id="b", symbol="B", floating=floating(margin=3 * PER_CENT, in_arrears=True))
    rungs = (
        *(Rung(kind, (index,)) for index in (0, 1) for kind in (RungKind.INTEREST, RungKind.PRINCIPAL)),
        Rung(RungKind.RESIDUAL, (2,)),
    )
    terms = replace(terms, tranches=(terms.tranches[0], other, terms.tranches[1]), normal=rungs)
    life = run(terms, [1000] * 3, said(5, 6, 7))
    assert [[rate // PER_CENT for rate in each.coupons[:2]] for each in life.settlements] == [[6, 8], [7, 9], [8, 10]]
