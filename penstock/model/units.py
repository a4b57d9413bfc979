"""Money in base units, ratios in wad; every rounding says its direction."""

from __future__ import annotations

WAD = 10**18

# The chain packs every amount it stores into 96 bits, in a narrow deal into 56; no claim outgrows that.
MAX_AMOUNT = 2**96 - 1
MAX_NARROW_AMOUNT = 2**56 - 1
MAX_SUPPLY = 2**64 - 1


def mul_div_down(a: int, b: int, c: int) -> int:
    """Exact a × b / c, rounded towards zero."""
    return a * b // c
