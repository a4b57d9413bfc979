"""How far apart scenarios are: what is exceeded with a given probability, in each year or in each period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.revenue.drawn import Cents, Drawn
from penstock.revenue.elementary import Floats
from penstock.revenue.months import MONTHS_A_YEAR

Values = NDArray[Any]
"""Scenarios along the first axis."""
EXCEEDED = (99, 90, 50, 10, 1)
"""P99 is what 99 % of the scenarios reach or exceed."""


@dataclass(frozen=True)
class Fan:
    """
    labels : of the columns: years, or accrual dates. levels : by percent exceeded, one value a column. mean : likewise.
    """

    labels: tuple[str, ...]
    levels: dict[int, tuple[float, ...]]
    mean: tuple[float, ...]


def exceeded(values: Values, percent: int) -> Values:
    """
    The largest value that at least so many percent of the scenarios reach or exceed: one of them, never between two.
    """
    ordered = np.sort(values, axis=0)
    count = len(ordered)
    found: Values = ordered[min(count * (100 - percent) // 100, count - 1)]
    return found


def fan(labels: Sequence[str], values: Values) -> Fan:
    """The fan of scenarios × columns."""
    levels = {percent: tuple(float(each) for each in exceeded(values, percent)) for percent in EXCEEDED}
    return Fan(tuple(labels), levels, tuple(float(each) for each in values.sum(axis=0) / len(values)))


def years(drawn: Drawn) -> tuple[list[str], list[slice]]:
    """The calendar years of some months, and which columns each has."""
    months = drawn.months
    found: dict[int, list[int]] = {}
    for at in range(months.count):
        found.setdefault(months.year_of(at), []).append(at)
    return [str(year) for year in found], [slice(each[0], each[-1] + 1) for each in found.values()]


def by_year(drawn: Drawn, monthly: Cents | Floats) -> Values:
    """Sums of the months of each calendar year."""
    return np.stack([monthly[:, part].sum(axis=1) for part in years(drawn)[1]], axis=1)


def first_year(monthly: Cents | Floats) -> Values:
    """The sum of the first twelve months."""
    found: Values = monthly[:, :MONTHS_A_YEAR].sum(axis=1)
    return found
