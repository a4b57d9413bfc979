"""The settlements of a run by period or by year: one rule for every table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import groupby

from penstock.model.deal import Run, Settlement
from penstock.model.terms import DealTerms

MOST_PERIODS_SHOWN = 40


class By(str, Enum):
    """What a row of a table is."""

    PERIOD = "period"
    YEAR = "year"


@dataclass(frozen=True)
class Line:
    """The settlements of one row, and what the row is called."""

    label: str
    group: Sequence[Settlement]


def grouped(terms: DealTerms, run: Run, by: By) -> list[Line]:
    """A line for each period, by its accrual date, or for each year; then one for late revenue, if there was any."""
    settled, late = in_periods(run), late_ones(run)
    if by is By.PERIOD:
        lines = [Line(str(each.accrual_date), [each]) for each in settled]
    else:
        years = groupby(settled, key=lambda each: first_day(terms, each.period).year)
        lines = [Line(str(year), list(group)) for year, group in years]
    return [*lines, Line("late", late)] if late else lines


def usual(run: Run) -> By:
    """By year if there are more periods than one reads."""
    return By.YEAR if len(in_periods(run)) > MOST_PERIODS_SHOWN else By.PERIOD


def first_day(terms: DealTerms, period: int) -> date:
    """
    The first day whose revenue belongs to a period: the one after the closing, or after the accrual date before it.

    Source: docs/SPEC.md, "The deal file".
    """
    return (terms.accrual_dates[period - 2] if period > 1 else terms.closing) + timedelta(days=1)


def in_periods(run: Run) -> list[Settlement]:
    return [each for each in run.settlements if each.accrual_date is not None]


def late_ones(run: Run) -> list[Settlement]:
    return [each for each in run.settlements if each.accrual_date is None]
