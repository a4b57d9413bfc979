"""Day counts and simple interest, accrued once per period."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from penstock.model.calendar import RegularDates
from penstock.model.errors import NegativeBalance
from penstock.model.terms import DayCount
from penstock.model.units import WAD, DayFraction, mul_div_down

BOTH_YEARS = 365 * 366
"""The denominator of ACT/ACT (ISDA): days of years of 365 and days of years of 366 over one number."""


@lru_cache(maxsize=4096)
def day_fraction(day_count: DayCount, start: date, end: date, final: bool = False) -> DayFraction:
    """
    The part of a year from-and-including `start` to-but-excluding `end`.

    Parameters
    ----------
    final : whether `end` is the last accrual date, which 30E/360 (ISDA) leaves where it is at the end of February.

    Raises
    ------
    KeyError : for ACT/ACT (ICMA), which counts coupon periods: see `icma_fractions`.

    Source: ISDA 2006 definitions, section 4.16 (b) and (d) to (h); 30/360 US is the rule of the SIA (Standard
    Securities Calculation Methods, 1993) for securities that pay at month ends; 30/365 is A002 of ISO 20022.
    """
    if day_count is DayCount.ACT_ACT_ISDA:
        leap = _leap_days(start, end)
        return DayFraction(leap * 365 + ((end - start).days - leap) * 366, BOTH_YEARS)
    year = YEAR_DAYS[day_count]
    if day_count in (DayCount.ACT_360, DayCount.ACT_365F):
        return DayFraction((end - start).days, year)
    first, last = _thirtieths(day_count, start, end, final)
    return DayFraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first, year)


YEAR_DAYS = {
    DayCount.ACT_360: 360,
    DayCount.ACT_365F: 365,
    DayCount.THIRTY_360: 360,
    DayCount.THIRTY_360_US: 360,
    DayCount.THIRTY_E_360: 360,
    DayCount.THIRTY_E_360_ISDA: 360,
    DayCount.THIRTY_365: 365,
}


def _thirtieths(day_count: DayCount, start: date, end: date, final: bool) -> tuple[int, int]:
    """The days of the month that months of thirty days give to both ends of a period."""
    first, last = min(start.day, 30), min(end.day, 30)
    if day_count is DayCount.THIRTY_E_360_ISDA:
        return 30 if _ends_february(start) else first, 30 if _ends_february(end) and not final else last
    if day_count is DayCount.THIRTY_360_US and _ends_february(start):
        first = 30
        last = 30 if _ends_february(end) else last
    if day_count in (DayCount.THIRTY_360, DayCount.THIRTY_360_US) and first < 30:
        last = end.day  # a 31st stays one, unless it follows a 30th
    return first, last


def _ends_february(day: date) -> bool:
    return day.month == 2 and (day + timedelta(days=1)).month == 3


def _leap_days(start: date, end: date) -> int:
    """Days of the period that lie in leap years."""
    years = [year for year in range(start.year, end.year + 1) if isleap(year)]
    return sum((min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days for year in years)


def icma_fractions(closing: date, regular: RegularDates, accrual_dates: Sequence[date]) -> tuple[DayFraction, ...]:
    """
    The part of a year of each period by ACT/ACT (ICMA).

    A period of the regular length is `months` / 12, whatever its days. The first one, where it has another length, is
    measured in notional periods counted back from its end: whole ones, and of the earliest the part after closing.

    Source: ICMA rule 251; ISDA 2006 definitions, section 4.16 (c).
    """
    whole, months = DayFraction(regular.months, 12), regular.months
    if regular.start == closing:
        return (whole,) * len(accrual_dates)
    back = 1
    while regular.at(-back) > closing:
        back += 1
    begins, ends = regular.at(-back), regular.at(1 - back)
    days, of = (ends - closing).days, (ends - begins).days
    first = DayFraction(months * back, 12)
    if days != of:
        first = DayFraction(months * ((back - 1) * of + days), 12 * of)
    return (first, *(whole,) * (len(accrual_dates) - 1))


def interest_down(balance: int, coupon: int, days: DayFraction) -> int:
    """
    Simple interest of one accrual period, rounded down.

    Parameters
    ----------
    balance : what interest accrues on, in base units.
    coupon : annual rate, in wad.
    days : the part of a year that the period is, by the tranche's day count.

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
