"""Money in base units, ratios in wad; every rounding says its direction."""

from __future__ import annotations

from typing import NamedTuple

WAD = 10**18

# The chain packs every amount it stores into 96 bits, in a narrow deal into 56; no claim outgrows that.
MAX_AMOUNT = 2**96 - 1
MAX_NARROW_AMOUNT = 2**56 - 1
MAX_SUPPLY = 2**64 - 1
MAX_FRACTION = 2**24 - 1  # numerator and denominator of a day fraction take 24 bits each

MAX_SHARE_DECIMALS = 6


class DayFraction(NamedTuple):
    """Part of a year, as a fraction that need not be in lowest terms: 90 / 360."""

    numerator: int
    denominator: int


def mul_div_down(a: int, b: int, c: int) -> int:
    """Exact a × b / c, rounded down."""
    return a * b // c


def mul_div_up(a: int, b: int, c: int) -> int:
    """Exact a × b / c, rounded up."""
    return -(-a * b // c)


def share_decimals(decimals: int) -> int:
    """A share is divisible as its asset, to six places at most, so that a holder fits one storage slot."""
    return min(decimals, MAX_SHARE_DECIMALS)
