"""
Decimal text to exact integers.

given a decimal of up to a hundred characters
    it should be the exact number, with the zeros at its end left out
given anything else
    it should be none, and be said why
"""

from __future__ import annotations

import pytest

from penstock.dealfile.numbers import Exact, amount_fault, parse_exact, why_no_decimal


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("0", Exact(0, 0)),
        ("7_000_000.00", Exact(7_000_000, 0)),
        ("0.0625", Exact(625, 4)),
        ("007.10", Exact(71, 1)),
        ("1" * 100, Exact(int("1" * 100), 0)),
        ("0." + "0" * 97 + "1", Exact(1, 98)),
    ],
)
def test_a_decimal_is_exact(text: str, exact: Exact) -> None:
    assert parse_exact(text) == exact


@pytest.mark.parametrize("text", ["", ".5", "5.", "1__0", "_1", "1_", "1._0", "+1", "-1", " 1", "1e3", "٣", "1" * 101])
def test_anything_else_is_none(text: str) -> None:
    assert parse_exact(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-1", "negative"),
        ("-1.50", "negative"),
        ("-", "not a decimal number"),
        ("-x", "not a decimal number"),
        ("x5", "not a decimal number"),
        ("5%", "not a percentage: 6.25 % is written 0.0625"),
        ("1,000", "a comma is not a thousands separator here"),
        ("1,000.5", "a comma is not a thousands separator here"),
        ("1.000.000", "a point is not a thousands separator here"),
        ("1.000.000,5", "a point is not a thousands separator here"),
        ("1,5", "the decimal sign is a point here, not a comma"),
        ("1.5e3", "written with an exponent"),
        ("2E-3", "written with an exponent"),
    ],
)
def test_it_is_said_why(text: str, reason: str) -> None:
    assert why_no_decimal(text) == reason


def test_zero_with_a_minus_is_negative_too() -> None:
    assert why_no_decimal("-0") == "negative"


@pytest.mark.parametrize(
    ("text", "decimals", "fault"),
    [
        ("1.25", 2, None),
        ("1.250", 2, None),
        ("1.25", 1, "2 decimals, the asset has 1"),
        (str(2**96 - 1), 0, None),
        (str(2**96), 0, "too large for the chain"),
    ],
)
def test_what_an_asset_can_hold(text: str, decimals: int, fault: str | None) -> None:
    exact = parse_exact(text)
    assert exact and amount_fault(exact, decimals) == fault
