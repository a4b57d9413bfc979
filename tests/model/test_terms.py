"""What terms are where nobody says otherwise."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest

from penstock.model.terms import (
    ArrearsRule,
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
                "write_down": False,
                "narrow": False,
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
            },
        ),
        (Reserve, {"ahead": (), "target": 0, "supports": ()}),
        (Test, {"metric": Metric.DSCR, "cure": 1}),
        (Rung, {"targets": (), "fraction": WAD, "test": None}),
    ],
)
def test_what_is_not_said_is(kind: Any, defaults: dict[str, object]) -> None:
    assert {each.name: each.default for each in fields(kind) if each.default is not MISSING} == defaults
