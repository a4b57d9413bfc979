"""Amounts and dates of a deal file against its terms."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date

from penstock.dealfile.numbers import LESS_THAN, Exact, amount_fault
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source


def base_units(source: Source, path: Path, value: Exact, decimals: int) -> int:
    """An amount of the file in base units. Raises DealFileError when the asset cannot hold it."""
    fault = amount_fault(value, decimals)
    if fault:
        accepted = f"at most {decimals} decimals" if "decimals" in fault else LESS_THAN
        raise source.error(path, fault, accepted)
    units = value.scaled(decimals)
    assert units is not None
    return units


def listed_units(source: Source, path: Path, values: Sequence[Exact], periods: int, decimals: int) -> tuple[int, ...]:
    """A list of amounts, one per period, in base units. Raises DealFileError."""
    if len(values) != periods:
        raise source.error(path, f"{len(values)} amounts", f"{periods} amounts, one per period")
    return tuple(base_units(source, (*path, at), value, decimals) for at, value in enumerate(values))


def nearest(days: Sequence[date], day: date) -> str:
    """The dates on either side of a date, for a refusal."""
    at = bisect_left(days, day)
    return " or ".join(str(near) for near in days[max(0, at - 1) : at + 1])
