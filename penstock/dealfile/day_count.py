"""The day count of a loan or a promote: one rule, which must be able to count the deal's periods."""

from __future__ import annotations

from penstock.dealfile import values
from penstock.dealfile.calendar import Dates
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.model.terms import DayCount
from penstock.model.units import MAX_FRACTION


def day_count(source: Source, calendar: Dates, path: Path, given: DayCount | None) -> DayCount:
    """The rule that a file names at a path, or what plain 30/360 is there. Raises DealFileError."""
    if given is DayCount.ACT_ACT_ICMA and calendar.regular is None:
        raise source.error(
            path, "it counts regular coupon periods, and dates has none", "months and periods, or ACT/ACT (ISDA)"
        )
    if given is DayCount.ACT_ACT_ICMA and calendar.accrual != calendar.nominal:
        raise source.error(
            path, "it counts regular coupon periods, and accrue moves their ends", "unadjusted, or ACT/ACT (ISDA)"
        )
    found = _plain_30_360(source, calendar, path) if given is None else given
    if max(each.numerator for each in calendar.fractions(found)) > MAX_FRACTION:
        source.refuse(path, "a period is too long for it", "another, or shorter periods")
    return found


def _plain_30_360(source: Source, calendar: Dates, path: Path) -> DayCount:
    """Any of the rules called 30/360, where all of them count the same days."""
    by_rule = {rule: calendar.fractions(rule) for rule in values.THIRTIES}
    for period, found in enumerate(zip(*by_rule.values(), strict=True)):
        if len(set(found)) > 1:
            start, end = (calendar.closing, *calendar.accrual)[period : period + 2]
            names = [word for rule in values.THIRTIES for word, each in values.DAY_COUNTS.items() if each is rule]
            counts = ", ".join(f"{name} {days.numerator}" for name, days in zip(names, found, strict=True))
            reason = f"four rules are called 30/360, and they count the days of {start} to {end} as {counts}"
            source.refuse(path, reason, ", ".join(names))
    return values.THIRTIES[0]
