"""Money in base units, ratios in wad; every rounding says its direction."""

from __future__ import annotations

WAD = 10**18

# The chain packs balances and credits into 96 bits; no claim outgrows that.
MAX_AMOUNT = 2**96 - 1
MAX_SUPPLY = 2**64 - 1


def mul_div_down(a: int, b: int, c: int) -> int:
    """Exact a × b / c, rounded towards zero."""
    return a * b // c


def format_amount(amount: int, decimals: int) -> str:
    """Base units as a decimal string in currency units, without losing a digit: 1234500 at 6 → "1.2345"."""
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".") if part else str(whole)


def format_ratio(wad: int | None, places: int = 4) -> str | None:
    """A wad ratio cut (never rounded up) to `places` decimals; None stays None."""
    if wad is None:
        return None
    units = wad * 10**places // WAD
    return f"{units // 10**places}.{units % 10**places:0{places}d}"
