"""The calendar of a deal: months, first, periods or dates of [deal], rolled. Every date is resolved here, once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product
from operator import ne

from penstock.dealfile import schema, values
from penstock.dealfile.source import Source
from penstock.format import counted
from penstock.model.accrual import day_fraction, icma_fractions
from penstock.model.calendar import RegularDates, Roll, add_months, is_business_day, month_end, roll_date
from penstock.model.terms import MAX_PERIODS, DayCount
from penstock.model.units import DayFraction


@dataclass(frozen=True)
class Dates:
    """
    nominal : before any adjustment. accrual : as interest counts. payment : rolled.
    regular : how the nominal dates are counted; None where the file lists them.
    """

    closing: date
    nominal: tuple[date, ...]
    accrual: tuple[date, ...]
    payment: tuple[date, ...]
    regular: RegularDates | None

    def fractions(self, day_count: DayCount) -> tuple[DayFraction, ...]:
        """The part of a year that each period is. ACT/ACT (ICMA) needs regular dates."""
        if day_count is DayCount.ACT_ACT_ICMA:
            assert self.regular is not None
            return icma_fractions(self.closing, self.regular, self.nominal)
        spans = pairwise((self.closing, *self.accrual))
        return tuple(day_fraction(day_count, *span, span[1] == self.accrual[-1]) for span in spans)


def dates(source: Source, deal: schema.Deal) -> Dates:
    regular = None if deal.dates is not None else _regular(source, deal)
    nominal = _listed(source, deal) if regular is None else _counted(source, deal, regular)
    holidays = frozenset(deal.holidays)
    rolled = tuple(roll_date(day, deal.roll, holidays) for day in nominal)
    accrual = rolled if deal.accrue == "adjusted" else nominal
    delay = deal.payment_delay
    payment = rolled if delay is None else tuple(delayed(day, delay, deal.roll, holidays) for day in accrual)
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
    if delay is not None:
        _check_delay(source, accrual, payment)
    if payment[-1] > values.LAST_DAY:
        key, verb, less = "roll", "rolls to", f"{Roll.NONE.value}, {Roll.PRECEDING.value}"
        if delay is not None:
            key, verb, less = "payment_delay", "is", "a shorter delay"
        reason = f"the last payment date {verb} {payment[-1]}, after {values.LAST_DAY}"
        source.refuse(("deal", key), reason, f"{less}, or earlier dates")
    _check_grace(source, deal, accrual, payment)
    return Dates(deal.closing, nominal, accrual, payment, regular)


def delayed(day: date, delay: values.Delay, roll: Roll, holidays: Collection[date]) -> date:
    """The payment date of an accrual date: calendar days later, rolled; or so many business days after it."""
    if not delay.business:
        return roll_date(day + timedelta(days=delay.days), roll, holidays)
    for _ in range(delay.days):
        day += timedelta(days=1)
        while not is_business_day(day, holidays):
            day += timedelta(days=1)
    return day


def _check_delay(source: Source, accrual: Sequence[date], payment: Sequence[date]) -> None:
    """A period that is cut off is paid before the next one can be: the deal keeps one cut-off."""
    for number, (end, paid) in enumerate(zip(accrual, payment, strict=True), start=1):
        if paid < end:
            reason = f"period {number} would be paid on {paid}, before its accrual date, {end}"
            source.refuse(("deal", "roll"), reason, f"{Roll.NONE.value}, {Roll.FOLLOWING.value}, or a longer delay")
        if number < len(accrual) and paid > accrual[number]:
            reason = f"period {number} would be paid on {paid}, after the next accrual date, {accrual[number]}"
            accepted = "a delay that ends by the next accrual date, or dates further apart"
            source.refuse(("deal", "payment_delay"), reason, accepted)


def _check_grace(source: Source, deal: schema.Deal, accrual: Sequence[date], payment: Sequence[date]) -> None:
    """
    A period's grace is over before the next payment date, so that no two are in it at once; with a delay by the next
    accrual date, from which on the next one may be cut off.
    """
    if deal.grace is None or len(payment) == 1:
        return
    if deal.payment_delay is not None:
        number, left = min(
            enumerate([(after - day).days for day, after in zip(payment, accrual[1:], strict=False)], 1),
            key=lambda each: each[1],
        )
        if deal.grace > left:
            reason = f"period {number} is paid {counted(left, 'day')} before the next accrual date, {accrual[number]}"
            most = f"at most {counted(left, 'day')}" if left else "no grace"
            source.refuse(("deal", "grace"), reason, f"{most}, or a shorter delay")
            return
    number, apart = min(
        enumerate([(after - day).days for day, after in pairwise(payment)], 1), key=lambda each: each[1]
    )
    if deal.grace >= apart:
        reason = f"payment dates {number} and {number + 1} are {counted(apart, 'day')} apart"
        most = f"at most {counted(apart - 1, 'day')}" if apart > 1 else "no grace"
        source.refuse(("deal", "grace"), reason, f"{most}, or dates further apart")


def _listed(source: Source, deal: schema.Deal) -> tuple[date, ...]:
    assert deal.dates is not None
    for key in ("months", "first", "periods", "month_end"):
        if getattr(deal, key) is not None:
            raise source.error(
                ("deal", key),
                "not allowed together with dates",
                "either dates, or months, first, periods and month_end",
            )
    if not 1 <= len(deal.dates) <= MAX_PERIODS:
        raise source.error(("deal", "dates"), f"{len(deal.dates)} dates", f"1 to {MAX_PERIODS} dates")
    for index, (before, day) in enumerate(zip((deal.closing, *deal.dates), deal.dates, strict=False)):
        if day <= before:
            what = "closing" if index == 0 else "the date before it"
            source.refuse(("deal", "dates", index), f"not after {what}, {before}", f"a date after {before}")
    return tuple(deal.dates)


def _regular(source: Source, deal: schema.Deal) -> RegularDates:
    """How dates are counted: from `first`, or from closing itself, whose first successor may be clipped."""
    accepted = "months and periods, or dates"
    if deal.months is None:
        raise source.error(("deal", "months"), "required unless dates is given", accepted)
    if deal.periods is None:
        raise source.error(("deal", "periods"), "required unless dates is given", accepted)
    if deal.first is not None and deal.first <= deal.closing:
        raise source.error(("deal", "first"), f"not after closing, {deal.closing}", f"a date after {deal.closing}")
    start = deal.first or deal.closing
    at_month_end = start == month_end(start)
    if deal.month_end and not at_month_end:
        key = "first" if deal.first is not None else "closing"
        reason = f"the dates are counted from {key}, {start}, which is not the last day of its month"
        raise source.error(("deal", "month_end"), reason, f"false, or first = {month_end(start)}")
    return RegularDates(start, deal.months, at_month_end if deal.month_end is None else deal.month_end)


def _counted(source: Source, deal: schema.Deal, regular: RegularDates) -> tuple[date, ...]:
    assert deal.periods is not None
    skipped = 0 if deal.first else 1  # closing is no accrual date
    found: list[date] = []
    for index in range(skipped, skipped + deal.periods):
        if (day := regular.at(index)) > values.LAST_DAY:
            reason = f"the last period would end after {values.LAST_DAY}"
            raise source.error(("deal", "periods"), reason, f"at most {counted(len(found), 'period')}")
        found.append(day)
    return tuple(found)


def later_fractions(deal: schema.Deal, calendar: Dates, day_count: DayCount, count: int) -> tuple[DayFraction, ...]:
    """The parts of a year of so many periods after the last, had the deal more of them."""
    regular = calendar.regular
    assert regular is not None
    if day_count is DayCount.ACT_ACT_ICMA:
        return (DayFraction(regular.months, 12),) * count
    first = len(calendar.nominal) + (regular.start == calendar.closing)
    later = [regular.at(index) for index in range(first, first + count)]
    if deal.accrue == "adjusted":
        later = [roll_date(day, deal.roll, frozenset(deal.holidays)) for day in later]
    return tuple(day_fraction(day_count, *span) for span in pairwise((calendar.accrual[-1], *later)))


def counted_as(
    closing: date, accrual_dates: tuple[date, ...], fractions: tuple[DayFraction, ...]
) -> RegularDates | None:
    """How a deal file counts these dates that gives them these parts of a year by ACT/ACT (ICMA), if one does."""
    first, second = (*accrual_dates, closing)[:2]
    apart = (second.year - first.year) * 12 + second.month - first.month
    any_number = range(1, values.MOST_MONTHS + 1)
    likely = any_number if len(accrual_dates) == 1 else [apart] if apart in any_number else []
    for months, start, at_month_ends in product(likely, (closing, first), (False, True)):
        regular = RegularDates(start, months, at_month_ends)
        indices = range(start == closing, len(accrual_dates) + (start == closing))
        if (at_month_ends and start != month_end(start)) or any(map(ne, map(regular.at, indices), accrual_dates)):
            continue
        if icma_fractions(closing, regular, accrual_dates) == fractions:
            return regular
    return None


def parts(nominal: tuple[date, ...], months: int, counts: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """
    For each period, what of so many months lies beyond the later periods that they take in whole, as (months, of): of
    how many months of the next period's; (0, 1) where nothing is left, or no period. Empty where that is so for all.

    counts : see `ahead`.
    """
    found = []
    for index, count in enumerate(counts):
        last = index + count
        if last + 1 == len(nominal):
            found.append((0, 1))
            continue
        length = max(1, _whole_months(nominal[last], nominal[last + 1]))
        rest = min(length, months - _whole_months(nominal[index], nominal[last]))
        found.append((rest, length) if rest > 0 else (0, 1))
    return tuple(found) if any(rest for rest, _ in found) else ()


def _whole_months(start: date, end: date) -> int:
    """To the nearest month, which a few days more or less do not change."""
    return ((end - start).days * 48 + 730) // 1461


def ahead(nominal: tuple[date, ...], months: int, more: timedelta = timedelta(0)) -> tuple[int, ...]:
    """
    For each period, how many later periods end within that many months, and so many days more, after it.

    The last day of a month counts to the last day of the month it reaches, so that 30 June + 6 months takes in
    31 December: a reserve of quarter-end dates holds two quarters, not one.
    """
    counts = []
    for index, day in enumerate(nominal):
        reach = add_months(day, months)
        if day == month_end(day):
            reach = month_end(reach)
        counts.append(sum(1 for later in nominal[index + 1 :] if later <= reach + more))
    return tuple(counts)
