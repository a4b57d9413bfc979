"""What comes from outside in many scenarios: collections and reports as arrays, checked where they enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.simulate.errors import NegativeFigure, NotWholeNumbers, UnknownReportField, WrongShape

Whole = NDArray[Any]
"""An array of whole numbers: int64, or Python ints (dtype object) where they are larger."""

UNREPORTED = -1
"""What a report's array holds where nothing is reported; 0 is a report."""


@dataclass(frozen=True, slots=True)
class Scenarios:
    """
    Scenarios of one deal; made by `scenarios`, which checks them.

    collections : scenarios × periods, in base units. late : of each scenario, revenue after the last period.
    reports : by figure, scenarios × periods, each in its unit; a figure that is left out is never reported.
    """

    collections: Whole
    late: Whole
    reports: Mapping[str, Whole] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.collections)

    def part(self, first: int, end: int) -> Scenarios:
        """The scenarios from one up to another, without copying them."""
        reports = {name: each[first:end] for name, each in self.reports.items()}
        return Scenarios(self.collections[first:end], self.late[first:end], reports)

    def report(self, terms: DealTerms, scenario: int, period: int) -> Report:
        """What is reported in one scenario of a period, which is counted from 0 here."""

        def figure(name: str) -> int | None:
            values = self.reports.get(name)
            value = UNREPORTED if values is None else int(values[scenario, period])
            return None if value == UNREPORTED else value

        fields = tuple(figure(each.id) for each in terms.fields)
        return Report(figure("loss"), figure("asset_value"), fields)


def report_figures(terms: DealTerms) -> tuple[str, ...]:
    """The names of the figures that reports of a deal have."""
    return ("loss", "asset_value", *(each.id for each in terms.fields))


def scenarios(
    terms: DealTerms, collections: Any, reports: Mapping[str, Any] | None = None, late: Any = None
) -> Scenarios:
    """
    Checks scenarios of a deal.

    Parameters
    ----------
    collections : scenarios × periods, whole base units. late : one amount a scenario; by default none.
    reports : figure (`loss`, `asset_value`, the id of a declared field) → scenarios × periods; -1 is not reported.

    Raises
    ------
    WrongShape, NotWholeNumbers, NegativeFigure, UnknownReportField : each names the array and what is accepted.
    """
    collected = _whole("collections", collections, 0)
    if collected.ndim != 2 or collected.shape[1] != terms.periods:
        raise WrongShape("collections", collected.shape, f"scenarios x {terms.periods}, the deal's periods")
    given: dict[str, Whole] = {}
    for name, values in (reports or {}).items():
        if name not in report_figures(terms):
            raise UnknownReportField(name, report_figures(terms))
        given[name] = _whole(name, values, UNREPORTED)
        if given[name].shape != collected.shape:
            raise WrongShape(name, given[name].shape, " x ".join(map(str, collected.shape)) + ", as the collections")
    last = np.zeros(len(collected), np.int64) if late is None else _whole("late", late, 0)
    if last.shape != (len(collected),):
        raise WrongShape("late", last.shape, f"{len(collected)}, one amount a scenario")
    return Scenarios(collected, last, given)


def _whole(what: str, values: Any, least: int) -> Whole:
    array = np.asarray(values)
    if array.size == 0 and array.ndim == 2:
        array = array.astype(np.int64)
    if array.dtype.kind == "u":
        array = array.astype(object)
    if array.dtype == object:
        for each in array.flat:
            if not isinstance(each, (int, np.integer)):
                raise NotWholeNumbers(what, f"{each!r} is a {type(each).__name__}")
        array = narrowed(array)
    elif array.dtype.kind != "i":
        raise NotWholeNumbers(what, f"an array of {array.dtype}")
    below = np.argwhere(array < least)
    if len(below):
        place = tuple(int(each) for each in below[0])
        raise NegativeFigure(what, place, int(array[place]), least)
    return array if array.dtype == object else array.astype(np.int64, copy=False)


def narrowed(array: Whole) -> Whole:
    """Python ints as int64 where all of them fit."""
    try:
        return array.astype(np.int64)
    except OverflowError:
        return array
