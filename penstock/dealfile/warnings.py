"""Warnings about a valid deal file that may not mean what it says; nothing here is refused."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from penstock.format import fraction_text, percent
from penstock.model.terms import DealTerms
from penstock.model.units import WAD


def warnings(terms: DealTerms) -> list[str]:
    """One line for each term that deserves a second look."""
    return [f"warning: {each}" for each in [*_month_ends(terms), *_coupons(terms)]]


def _month_ends(terms: DealTerms) -> list[str]:
    """Dates keep the day of the month: from 30 June three months on is 30 September, and then 30 December."""
    closing, first = terms.closing, terms.accrual_dates[0]
    if not _is_month_end(closing):
        return []
    kept = {each.day for each in (closing, first) if _is_month_end(each)}
    may_be_rolled = terms.accrual_dates == terms.payment_dates
    for day in terms.accrual_dates:
        end = _month_end(day)
        # With accrue = "adjusted", a listed month end on a weekend moves to such a day too.
        if day != end and day.day in kept and not (may_be_rolled and end.weekday() > 4):
            return [
                f"closing, {closing}, is a month end, and the accrual date {day} is none: the day of the month is "
                f"kept; dates = [{_month_end(first)}, ...] lists month ends"
            ]
    return []


def _coupons(terms: DealTerms) -> list[str]:
    return [
        f"the coupon of {each.id}, {fraction_text(rate)}, is {percent(rate)}: is {fraction_text(rate // 100)} meant?"
        for each in terms.tranches[:-1]
        for rate in dict.fromkeys(rate for _, rate in each.coupons)
        if rate > WAD
    ]


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _is_month_end(day: date) -> bool:
    return day == _month_end(day)
