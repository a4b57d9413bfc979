"""Dates: months added with the day kept or clipped, and payment dates rolled off weekends and holidays."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection
from datetime import date, datetime, timedelta, timezone
from enum import Enum


class Roll(str, Enum):
    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"
    PRECEDING = "preceding"
    MODIFIED_PRECEDING = "modified_preceding"


def add_months(start: date, months: int) -> date:
    """The same day of a later month, clipped to the month's end: 31 January + 1 → 28 or 29 February."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def accrual_dates(first: date, months: int, periods: int) -> tuple[date, ...]:
    """`first`, then every `months`; each counted from `first`, so that a short month does not shift later dates."""
    return tuple(add_months(first, months * index) for index in range(periods))


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
