"""The calendar of a deal: months, first, periods or dates of [deal], rolled. Every date is resolved here, once."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from penstock.dealfile import schema, values
from penstock.dealfile.source import Source
from penstock.model.calendar import Roll, accrual_dates, add_months, roll_date
from penstock.model.terms import MAX_PERIODS


@dataclass(frozen=True)
class Dates:
    """nominal : before any adjustment. accrual : as interest counts. payment : rolled."""

    nominal: tuple[date, ...]
    accrual: tuple[date, ...]
    payment: tuple[date, ...]


def dates(source: Source, deal: schema.Deal) -> Dates:
    nominal = _listed(source, deal) if deal.dates is not None else _regular(source, deal)
    holidays = frozenset(deal.holidays)
    payment = tuple(roll_date(day, deal.roll, holidays) for day in nominal)
    accrual = payment if deal.accrue == "adjusted" else nominal
    before = (deal.closing, *accrual)
    for start, end in zip(before, accrual, strict=False):
        if end <= start:
            source.refuse(
                ("deal", "accrue"),
                f"rolling moves an accrual date to {end}, not after {start}",
                "unadjusted, or dates further apart",
            )
    for number, (start, end, paid) in enumerate(zip(before, accrual, payment, strict=False), start=1):
        if paid <= start:
            source.refuse(
                ("deal", "roll"),
                f"period {number} ({start} to {end}) would be paid on {paid}, before it begins",
                f"{Roll.NONE.value}, {Roll.FOLLOWING.value}, or dates further apart",
            )
    if payment[-1] > values.LAST_DAY:
        source.refuse(("deal", "roll"), f"the last payment date rolls to {payment[-1]}", values.DATE)
    return Dates(nominal, accrual, payment)


def _listed(source: Source, deal: schema.Deal) -> tuple[date, ...]:
    assert deal.dates is not None
    for key in ("months", "first", "periods"):
        if getattr(deal, key) is not None:
            raise source.error(
                ("deal", key), "not allowed together with dates", "either dates, or months, first and periods"
            )
    if not 1 <= len(deal.dates) <= MAX_PERIODS:
        raise source.error(("deal", "dates"), f"{len(deal.dates)} dates", f"1 to {MAX_PERIODS} dates")
    for index, (before, day) in enumerate(zip((deal.closing, *deal.dates), deal.dates, strict=False)):
        if day <= before:
            what = "closing" if index == 0 else "the date before it"
            source.refuse(("deal", "dates", index), f"not after {what}, {before}", f"a date after {before}")
    return tuple(deal.dates)


def _regular(source: Source, deal: schema.Deal) -> tuple[date, ...]:
    accepted = "months and periods, or dates"
    if deal.months is None:
        raise source.error(("deal", "months"), "required unless dates is given", accepted)
    if deal.periods is None:
        raise source.error(("deal", "periods"), "required unless dates is given", accepted)
    first = deal.first or add_months(deal.closing, deal.months)
    if first <= deal.closing:
        raise source.error(("deal", "first"), f"not after closing, {deal.closing}", f"a date after {deal.closing}")
    in_reach = first.year * 12 + deal.months * (deal.periods - 1) < 9000 * 12  # dates end with the year 9999
    last = add_months(first, deal.months * (deal.periods - 1)) if in_reach else None
    if last is None or last > values.LAST_DAY:
        room = (values.LAST_DAY.year - first.year) * 12 + values.LAST_DAY.month - first.month
        most = room // deal.months + 1
        if add_months(first, deal.months * (most - 1)) > values.LAST_DAY:
            most -= 1
        raise source.error(
            ("deal", "periods"), f"the last period would end after {values.LAST_DAY}", f"at most {most} periods"
        )
    return accrual_dates(first, deal.months, deal.periods)


def ahead(nominal: tuple[date, ...], months: int, more: timedelta = timedelta(0)) -> tuple[int, ...]:
    """
    For each period, how many later periods end within that many months, and so many days more, after it.

    The last day of a month counts to the last day of the month it reaches, so that 30 June + 6 months takes in
    31 December: a reserve of quarter-end dates holds two quarters, not one.
    """
    counts = []
    for index, day in enumerate(nominal):
        reach = add_months(day, months)
        if day.day == monthrange(day.year, day.month)[1]:
            reach = reach.replace(day=monthrange(reach.year, reach.month)[1])
        counts.append(sum(1 for later in nominal[index + 1 :] if later <= reach + more))
    return tuple(counts)
