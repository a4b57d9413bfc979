"""
Principal that keeps the asset value above the balances.

given a ratio or an amount
    what balances of the tranche and all senior exceed should fall due, less what seniors take
given no asset value
    the rung should take what cash reaches it
given a shortfall
    nothing should be in arrears before the last period
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from penstock.model.deal import run
from penstock.model.dues import dues
from penstock.model.report import Report
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms, PrincipalKind, Reserve, Rung, RungKind, Tranche
from penstock.model.units import WAD

TARGET, CASH, BULLET, SCHEDULE = (
    PrincipalKind.TARGET_OC,
    PrincipalKind.CASH,
    PrincipalKind.BULLET,
    PrincipalKind.SCHEDULE,
)


def lender(name: str, face: int, kind: PrincipalKind, **more: object) -> Tranche:
    plain = Tranche(name, name.upper(), face, face, ((1, 0),), principal=kind)
    return replace(plain, **more)  # type: ignore[arg-type]


def deal(*lenders: Tranche, periods: int = 3) -> DealTerms:
    """Coupons of 0, so that every figure is principal."""
    dates = tuple(date(2027 + year, 1, 1) for year in range(periods))
    rungs = [Rung(kind, (index,)) for index in range(len(lenders)) for kind in (RungKind.INTEREST, RungKind.PRINCIPAL)]
    return DealTerms(
        name="target",
        asset="USD",
        decimals=0,
        closing=date(2026, 1, 1),
        accrual_dates=dates,
        payment_dates=dates,
        tranches=(*lenders, Tranche("e", "E", 0, 1, residual=True)),
        normal=(*rungs, Rung(RungKind.RESIDUAL, (len(lenders),))),
    )


def due(terms: DealTerms, asset_value: int | None, period: int = 1) -> Sequence[int]:
    state = replace(opening_state(terms), period=period - 1)
    return dues(terms, state, period, 0, Report(asset_value=asset_value)).principal[:-1]


RATIO = WAD * 5 // 4
SENIOR = lender("a", 1000, TARGET, oc_ratio=RATIO)
JUNIOR = lender("b", 200, TARGET, oc_ratio=WAD * 11 // 10)


@pytest.mark.parametrize(
    ("value", "expected"), [(1250, 0), (1249, 1), (1248, 2), (1246, 4), (1245, 4), (1000, 200), (0, 1000), (9999, 0)]
)
def test_a_ratio_leaves_what_the_asset_value_covers_rounded_up(value: int, expected: int) -> None:
    assert due(deal(SENIOR), value) == [expected]


@pytest.mark.parametrize(("value", "expected"), [(1250, 0), (1249, 1), (300, 950), (250, 1000), (10, 1000), (0, 1000)])
def test_an_amount_is_what_the_asset_value_keeps_above(value: int, expected: int) -> None:
    assert due(deal(lender("a", 1000, TARGET, oc_amount=250)), value) == [expected]


def test_a_junior_pays_what_seniors_do_not() -> None:
    terms = deal(SENIOR, JUNIOR)
    # 1,200 in all: the senior keeps 960 of 1,200, both together 1,090
    assert due(terms, 1200) == [40, 1200 - 1090 - 40]
    assert due(terms, 1320) == [0, 0]
    assert due(terms, 1319) == [0, 1]
    assert due(terms, 500) == [600, min(200, 1200 - 454 - 600)]


def test_the_principal_due_of_any_senior_counts() -> None:
    scheduled = lender("s", 300, SCHEDULE, schedule=(100, 100, 100))
    assert due(deal(scheduled, SENIOR), 1250) == [100, 1300 - 1000 - 100]
    assert due(deal(lender("s", 300, CASH), SENIOR), 1250) == [300, 0]
    assert due(deal(lender("s", 300, BULLET), SENIOR), 1250) == [0, 300]


def test_what_is_paid_in_kind_counts() -> None:
    terms = deal(replace(SENIOR, pik=WAD // 10, pik_last=3))
    assert due(terms, 1250) == [100]


def test_without_an_asset_value_it_takes_what_cash_comes() -> None:
    assert due(deal(SENIOR, JUNIOR), None) == [1000, 200]
    life = run(deal(SENIOR), [70, 1000, 0], [Report(), Report(asset_value=1000), Report()])
    assert [each.flows.principal[0] for each in life.settlements] == [70, 130, 0]


def test_nothing_is_in_arrears_before_the_last_period_which_owes_the_balance() -> None:
    life = run(deal(SENIOR), [150, 0, 400], [Report(asset_value=1000)] * 3)
    assert [each.principal_due[0] for each in life.settlements] == [200, 50, 850]
    assert [each.principal_arrears[0] for each in life.settlements] == [0, 0, 450]
    assert due(deal(SENIOR), 9999, period=3) == [1000]


def test_it_is_no_debt_service_and_reserves_do_not_look_through_it() -> None:
    terms = deal(replace(SENIOR, coupons=((1, WAD // 10),)))
    held = Reserve("r", 0, ahead=(1, 1, 0), supports=((RungKind.INTEREST, 0),))
    state = opening_state(terms)
    owed = dues(replace(terms, reserves=(held,)), state, 1, 0, Report(asset_value=0))
    assert (owed.scheduled_principal[0], owed.principal[0], owed.targets) == (0, 1000, [100])
