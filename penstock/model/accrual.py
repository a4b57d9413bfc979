"""Day counts and simple interest, accrued once per period."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from penstock.model.errors import NegativeBalance
from penstock.model.terms import DayCount
from penstock.model.units import WAD, mul_div_down


class DayFraction(NamedTuple):
    """Part of a year: `numerator` days of a `denominator`-day year."""

    numerator: int
    denominator: int


def year_denominator(day_count: DayCount) -> int:
    return 365 if day_count is DayCount.ACT_365F else 360


@lru_cache(maxsize=4096)
def day_fraction(day_count: DayCount, start: date, end: date) -> DayFraction:
    """
    The part of a year from-and-including `start` to-but-excluding `end`.

    Source: ISDA 2006 definitions, section 4.16, for ACT/360, ACT/365F and 30E/360 (eurobond basis);
    30/360 is the US (SIA) rule, in which the last day of February counts as a 30th.
    """
    if day_count in (DayCount.ACT_360, DayCount.ACT_365F):
        return DayFraction((end - start).days, year_denominator(day_count))
    if day_count is DayCount.THIRTY_E_360:
        first, last = min(start.day, 30), min(end.day, 30)
    else:
        first = 30 if start.day == 31 or _ends_february(start) else start.day
        last = end.day
        if (_ends_february(start) and _ends_february(end)) or (last == 31 and first == 30):
            last = 30
    days = 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first
    return DayFraction(days, 360)


def _ends_february(day: date) -> bool:
    return day.month == 2 and (day + timedelta(days=1)).month == 3


def interest_down(balance: int, coupon: int, days: DayFraction) -> int:
    """
    Simple interest of one accrual period, rounded down.

    Parameters
    ----------
    balance : what interest accrues on, in base units.
    coupon : annual rate, in wad.
    days : (numerator, denominator) of the year, from the tranche's day count.

    Returns
    -------
    Interest in base units, less than one unit below the exact value.

    Raises
    ------
    NegativeBalance : when balance < 0.

    Source: docs/SPEC.md, "Interest".
    """
    if balance < 0:
        raise NegativeBalance(balance)
    return mul_div_down(balance, coupon * days.numerator, WAD * days.denominator)
