"""Cutting off: a period's collections, fixed between its accrual date and its settlement. Mirrors DealExtension.sol."""

from __future__ import annotations

from typing import NamedTuple

from penstock.model.calendar import timestamp
from penstock.model.errors import AllPeriodsSettled, CutOffAlready, NoDelay, PaymentDue, StillAccruing
from penstock.model.terms import DealTerms


class CutOff(NamedTuple):
    """The last period that was cut off, settled since or not, and its collections in base units; period 0 for none."""

    period: int
    collections: int


NEVER_CUT_OFF = CutOff(0, 0)


def require_cut_off(terms: DealTerms, settled: int, last: CutOff, now: int) -> int:
    """
    The period that can be cut off now: the next to be settled.

    Parameters
    ----------
    settled : how many periods are settled. last : the last that was cut off. now : in seconds since 1970.

    Raises
    ------
    NoDelay : in a deal without a payment delay. AllPeriodsSettled : after the last period. StillAccruing : before its
    accrual date. CutOffAlready : a second time. PaymentDue : from its payment date on.

    Source: docs/SPEC.md, "Cutting off".
    """
    if not terms.delays:
        raise NoDelay
    if settled == terms.periods:
        raise AllPeriodsSettled(terms.periods)
    period, accrual_at = settled + 1, timestamp(terms.accrual_dates[settled])
    if now < accrual_at:
        raise StillAccruing(period, accrual_at, now)
    if last.period == period:
        raise CutOffAlready(period, last.collections)
    payment_at = timestamp(terms.payment_dates[settled])
    if now >= payment_at:
        raise PaymentDue(period, payment_at, now)
    return period


def take_cut(settled: int, last: CutOff, unsettled: int) -> int:
    """What the next period takes of the collections not settled yet: all, or what came before it was cut off."""
    return min(last.collections, unsettled) if last.period == settled + 1 else unsettled
