"""The grid of revenue: calendar months, each paid on its last day; and how months fall into a deal's periods."""

from __future__ import annotations

import calendar
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date

from penstock.errors import PenstockError
from penstock.model.terms import DealTerms

MONTHS_A_YEAR = 12


class PeriodsTooShort(PenstockError):
    """A deal with a period in which no month ends."""

    def __init__(self, period: int, begins: date, ends: date) -> None:
        super().__init__(
            f"period {period}, {begins} to {ends}: no month ends in it, and revenue models pay on the last day of a "
            "month; accepted: periods of a month or more"
        )
        self.period, self.begins, self.ends = period, begins, ends


class NothingInCommon(PenstockError):
    """A model whose months all lie outside a deal's periods."""

    def __init__(self, model: str, months: Months, closing: date, last: date) -> None:
        super().__init__(
            f"{model}: its months, {months.ends(0)} to {months.ends(months.count - 1)}, are outside the deal, which "
            f"runs from {closing} to {last}; accepted: a model whose months overlap with it"
        )


@dataclass(frozen=True, slots=True)
class Months:
    """Consecutive calendar months. first : any day of the first. count : how many, 1 or more."""

    first: date
    count: int

    def year_of(self, index: int) -> int:
        return self.first.year + (self.first.month - 1 + index) // MONTHS_A_YEAR

    def month_of(self, index: int) -> int:
        """1 to 12."""
        return (self.first.month - 1 + index) % MONTHS_A_YEAR + 1

    def days(self, index: int) -> int:
        return calendar.monthrange(self.year_of(index), self.month_of(index))[1]

    def ends(self, index: int) -> date:
        """The last day of a month."""
        return date(self.year_of(index), self.month_of(index), self.days(index))

    def age(self, index: int) -> int:
        """Whole calendar years since the first month's year: escalation and degradation count in them."""
        return self.year_of(index) - self.first.year

    def index_of(self, year: int, month: int) -> int:
        """The place of a calendar month; below 0 or beyond `count` where it is outside."""
        return (year - self.first.year) * MONTHS_A_YEAR + month - self.first.month


def periods_of(terms: DealTerms, months: Months, model: str) -> tuple[int, ...]:
    """
    For each month the period of a deal, from 0, that it falls into; −1 for months before closing or after the last
    accrual date. A month counts on its last day, as a row of a flows file would.

    Raises
    ------
    PeriodsTooShort : when a period between the first and the last of these months has none. NothingInCommon.
    """
    found = []
    for index in range(months.count):
        day = months.ends(index)
        period = bisect_left(terms.accrual_dates, day)
        found.append(period if terms.closing < day and period < terms.periods else -1)
    inside = [each for each in found if each >= 0]
    if not inside:
        raise NothingInCommon(model, months, terms.closing, terms.accrual_dates[-1])
    for period in range(inside[0], inside[-1]):
        if period not in inside:
            begins = terms.accrual_dates[period - 1] if period else terms.closing
            raise PeriodsTooShort(period + 1, begins, terms.accrual_dates[period])
    return tuple(found)
