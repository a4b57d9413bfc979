"""Amounts and ratios as text, every digit kept of an amount, a ratio cut; products divided by name of rounding."""

from __future__ import annotations

import pytest

from penstock.format import format_amount, format_ratio
from penstock.model.units import WAD, mul_div_down, mul_div_up


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 6, "0"),
        (1, 6, "0.000001"),
        (1_234_500, 6, "1.2345"),
        (2_000_000, 6, "2"),
        (10, 0, "10"),
        (123_456, 2, "1234.56"),
    ],
)
def test_an_amount_keeps_every_digit(amount: int, decimals: int, text: str) -> None:
    assert format_amount(amount, decimals) == text


@pytest.mark.parametrize(
    ("wad", "places", "text"),
    [
        (1_154_999 * 10**12, 3, "1.154"),
        (12_050_000 * 10**12, 2, "12.05"),
        (WAD - 1, 4, "0.9999"),
        (WAD, 4, "1.0000"),
        (345 * 10**15, 3, "0.345"),
        (0, 2, "0.00"),
    ],
)
def test_a_ratio_is_cut(wad: int, places: int, text: str) -> None:
    assert format_ratio(wad, places) == text


def test_four_places_unless_told() -> None:
    assert (format_ratio(1_234_567 * 10**12), format_ratio(None)) == ("1.2345", None)


@pytest.mark.parametrize(
    ("a", "b", "c", "down", "up"), [(7, 3, 2, 10, 11), (6, 3, 2, 9, 9), (0, 3, 2, 0, 0), (1, 1, WAD, 0, 1)]
)
def test_a_rounding_goes_where_its_name_says(a: int, b: int, c: int, down: int, up: int) -> None:
    assert (mul_div_down(a, b, c), mul_div_up(a, b, c)) == (down, up)
