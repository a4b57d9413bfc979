"""What terms are where nobody says otherwise."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import Any

import pytest

from penstock.model.terms import (
    ArrearsRule,
    CleanUpCall,
    DayCount,
    DealTerms,
    Fee,
    Metric,
    PrincipalKind,
    Reserve,
    Rung,
    Test,
    Tranche,
)
from penstock.model.units import WAD
from tests.model.examples import equity, lender, three_tranches


@pytest.mark.parametrize(
    ("kind", "defaults"),
    [
        (
            DealTerms,
            {
                "enforcement": (),
                "enforce_on": (),
                "fees": (),
                "reserves": (),
                "tests": (),
                "fields": (),
                "write_down": False,
                "narrow": False,
                "icma": (),
                "delays": False,
                "grace": 0,
                "principal": (),
                "principal_field": 0,
                "call": None,
                "promote": None,
                "regular": None,
                "holders": None,
                "recovery": None,
                "forced": None,
                "documents": (),
            },
        ),
        (
            Tranche,
            {
                "coupons": (),
                "day_count": DayCount.THIRTY_360,
                "principal": PrincipalKind.BULLET,
                "schedule": (),
                "arrears": ArrearsRule.NONE,
                "spread": 0,
                "residual": False,
                "pik": 0,
                "pik_last": 0,
                "oc_ratio": 0,
                "oc_amount": 0,
                "floating": None,
            },
        ),
        (
            Fee,
            {
                "amount": 0,
                "rate": 0,
                "tranche": 0,
                "cap": None,
                "carry": False,
                "opex": False,
                "first_period": 1,
                "last_period": 480,
                "amounts": (),
                "field": 0,
            },
        ),
        (Reserve, {"ahead": (), "target": 0, "supports": (), "parts": (), "targets": (), "fill": None}),
        (
            Test,
            {
                "cure": 1,
                "metric": Metric.DSCR,
                "supports": (),
                "above": False,
                "over": 1,
                "field": 0,
                "reserve": 0,
                "initial": 0,
            },
        ),
        (CleanUpCall, {}),
        (Rung, {"targets": (), "fraction": WAD, "test": None, "passing": False, "of_principal": False}),
    ],
)
def test_what_is_not_said_is(kind: Any, defaults: dict[str, object]) -> None:
    assert {each.name: each.default for each in fields(kind) if each.default is not MISSING} == defaults


# Shares are divisible as the asset is, to six places at most (docs/decisions/0003).


@pytest.mark.parametrize(("decimals", "of_shares"), [(0, 0), (2, 2), (6, 6), (7, 6), (18, 6)])
def test_shares_have_the_assets_decimals_to_six(decimals: int, of_shares: int) -> None:
    assert replace(three_tranches(), decimals=decimals).share_decimals == of_shares


# The coupon of a period: none without a step, and none before the first.


def test_equity_has_no_coupon() -> None:
    assert [equity().coupon(period) for period in (1, 4)] == [0, 0]


def test_a_step_counts_from_its_period_on() -> None:
    stepped = replace(lender(), coupons=((2, 5), (3, 7)))
    assert [stepped.coupon(period) for period in (1, 2, 3, 4)] == [0, 5, 7, 7]
