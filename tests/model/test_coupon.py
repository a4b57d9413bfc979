"""The coupon of a period: none without a step, and none before the first."""

from __future__ import annotations

from dataclasses import replace

from tests.model.examples import equity, lender


def test_equity_has_no_coupon() -> None:
    assert [equity().coupon(period) for period in (1, 4)] == [0, 0]


def test_a_step_counts_from_its_period_on() -> None:
    stepped = replace(lender(), coupons=((2, 5), (3, 7)))
    assert [stepped.coupon(period) for period in (1, 2, 3, 4)] == [0, 5, 7, 7]
