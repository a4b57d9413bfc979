"""Figures of an offtake that were computed elsewhere, to the last unit."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from penstock.links.offtake import Row, bill, late_interest
from penstock.links.prices import escalated, present_value
from penstock.model.units import WAD

PRICE = 62_000_000
CAP = 2_000_000_000
MWH = 10**6


@pytest.mark.parametrize(
    ("quantity", "row", "expected"),
    [
        (1_234_567_891, Row(0, PRICE, cap=CAP), 76_543_209_242),
        (2_500_000_001, Row(0, PRICE, cap=CAP), 124_000_000_000),
        (600 * MWH, Row(0, PRICE, floor=900 * MWH, cap=CAP), 55_800_000_000),
        (600 * MWH, Row(0, PRICE, cap=CAP, guarantee=800 * MWH, damages=15_000_000), 34_200_000_000),
        (1 * MWH, Row(0, PRICE, cap=CAP, guarantee=2_000 * MWH, damages=62_000_000), 0),
        (0, Row(0, PRICE, cap=CAP), 0),
    ],
    ids=["plain", "capped", "take or pay", "plant short", "damages above the bill", "nothing"],
)
def test_six_bills(quantity: int, row: Row, expected: int) -> None:
    assert bill(row, quantity) == expected


def test_without_a_cap_every_unit_is_paid() -> None:
    assert bill(Row(0, PRICE), 2_500_000_001) == 155_000_000_062


def test_late_interest() -> None:
    assert late_interest(76_543_209_242, 8 * WAD // 100, 45) == 754_946_721


def test_prices_of_twenty_years() -> None:
    prices = [escalated(45_000_000, 2 * WAD // 100, year) for year in (1, 2, 3, 20)]
    assert prices == [45_000_000, 45_900_000, 46_818_000, 65_556_502]


def test_twenty_years_of_revenue() -> None:
    energy = [100_000 * Fraction(995, 1000) ** year for year in range(20)]
    revenue = [made * 45 * Fraction(102, 100) ** year for year, made in enumerate(energy)]
    shown = [revenue[0], revenue[19], sum(revenue, Fraction(0)), present_value(revenue, 8 * WAD // 100)]
    assert [_cents(each) for each in shown] == ["4500000.00", "5960110.50", "103954103.62", "49189184.09"]


def _cents(amount: Fraction) -> str:
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
