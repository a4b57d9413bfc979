"""Until when the clean-up calls of a deal's periods can be announced."""

from __future__ import annotations

from penstock.model.calendar import timestamp
from penstock.model.call import NOTICE
from penstock.model.terms import DealTerms


def latest_announcement(terms: DealTerms, period: int) -> int:
    """The last second at which the call of a period, from 1, can be announced."""
    return timestamp(terms.payment_dates[period - 1]) - NOTICE


def first_in_time(terms: DealTerms, period: int, now: int) -> int | None:
    """The first period from this one on whose call can still be announced; None if none can. now : in seconds."""
    later = range(period, terms.periods + 1)
    return next((each for each in later if now <= latest_announcement(terms, each)), None)
