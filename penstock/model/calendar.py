"""Dates: months added by day of the month or at month ends, and payment dates rolled off weekends and holidays."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum


class Roll(str, Enum):
    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"


@dataclass(frozen=True, slots=True)
class RegularDates:
    """
    Dates every `months`, each counted from `start`, so that a short month does not shift later ones.

    month_end : the last day of each month; otherwise the day of the month of `start`.
    """

    start: date
    months: int
    month_end: bool

    def at(self, index: int) -> date:
        """The date `index` steps after `start`, before it where negative."""
        day = add_months(self.start, self.months * index)
        return month_end(day) if self.month_end else day


def add_months(start: date, months: int) -> date:
    """The same day of a later month, clipped to the month's end: 31 January + 1 → 28 or 29 February."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def accrual_dates(first: date, months: int, periods: int, month_end: bool = False) -> tuple[date, ...]:
    """`first`, then every `months`: see RegularDates."""
    regular = RegularDates(first, months, month_end)
    return tuple(regular.at(index) for index in range(periods))


def is_business_day(day: date, holidays: Collection[date] = ()) -> bool:
    return day.weekday() < 5 and day not in holidays


def roll_date(day: date, roll: Roll, holidays: Collection[date] = ()) -> date:
    """`day` moved to a business day; the modified rolls turn back rather than leave the month."""
    if roll is Roll.NONE:
        return day
    step = 1 if roll in (Roll.FOLLOWING, Roll.MODIFIED_FOLLOWING) else -1
    moved = _next_business_day(day, step, holidays)
    modified = roll in (Roll.MODIFIED_FOLLOWING, Roll.MODIFIED_PRECEDING)
    if modified and moved.month != day.month:
        moved = _next_business_day(day, -step, holidays)
    return moved


def _next_business_day(day: date, step: int, holidays: Collection[date]) -> date:
    while not is_business_day(day, holidays):
        day += timedelta(days=step)
    return day


SECONDS_PER_DAY = 86_400


def timestamp(day: date) -> int:
    """Seconds since 1970 at 00:00 UTC of the day."""
    return int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp())


def day_number(day: date) -> int:
    """Days since 1970-01-01, as dates are stored on the chain."""
    return day.toordinal() - date(1970, 1, 1).toordinal()
