"""Floating coupons: what each period bears, from the last known value of its index. Mirrors FloatingLib.sol."""

from __future__ import annotations

from dataclasses import replace

from penstock.model.report import Report
from penstock.model.state import DealState, KnownIndex
from penstock.model.terms import DealTerms, FloatingCoupon


def with_coupons(terms: DealTerms, state: DealState, report: Report) -> DealTerms:
    """The terms with each floating coupon at what the next period bears. report : of that period."""
    if not terms.floats:
        return terms
    now = _known(terms, state, report)
    stack = []
    for each in terms.tranches:
        if each.floating is not None:
            known = (now if each.floating.in_arrears else state.indices)[each.floating.field]
            coupon = floating_coupon(each.floating, known, state.period + 1)
            each = replace(each, coupons=((1, coupon),))
        stack.append(each)
    return replace(terms, tranches=tuple(stack))


def floating_coupon(floating: FloatingCoupon, known: KnownIndex, period: int) -> int:
    """
    The coupon of a period, in wad: by the last known index, or the cap where that is too old.

    In advance the index at closing counts as that of the period before the first. In arrears it serves until one is
    reported.
    """
    if floating.in_arrears and not known.period:
        return floating.at(floating.initial)
    missed = period - known.period - (0 if floating.in_arrears else 1)
    if missed > floating.stale:
        return floating.cap
    return floating.at(known.value if known.period else floating.initial)


def learn_indices(terms: DealTerms, state: DealState, report: Report) -> None:
    """Notes what the report of the next period says of the fields, for the coupons of later ones."""
    if terms.floats:
        state.indices = _known(terms, state, report)


def _known(terms: DealTerms, state: DealState, report: Report) -> list[KnownIndex]:
    """What is known of each field that a coupon follows, the report of the next period included."""
    known = list(state.indices)
    for each in terms.tranches:
        value = None if each.floating is None else report.field(each.floating.field)
        if each.floating is not None and value is not None:
            known[each.floating.field] = KnownIndex(value, state.period + 1)
    return known
