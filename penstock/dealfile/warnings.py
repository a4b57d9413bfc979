"""Warnings about a valid deal file that may not mean what it says; nothing here is refused."""

from __future__ import annotations

from penstock.format import fraction_text, percent
from penstock.model.terms import DealTerms
from penstock.model.units import WAD


def warnings(terms: DealTerms) -> list[str]:
    """One line for each term that deserves a second look."""
    return [f"warning: {each}" for each in _coupons(terms)]


def _coupons(terms: DealTerms) -> list[str]:
    return [
        f"the coupon of {each.id}, {fraction_text(rate)}, is {percent(rate)}: is {fraction_text(rate // 100)} meant?"
        for each in terms.tranches[:-1]
        for rate in dict.fromkeys(rate for _, rate in each.coupons)
        if rate > WAD
    ]
