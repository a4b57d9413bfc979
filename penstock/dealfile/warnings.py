"""Warnings about a valid deal file that may not mean what it says; nothing here is refused."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.format import fraction_text, percent
from penstock.model.terms import DealTerms, RungKind
from penstock.model.units import WAD


def warnings(terms: DealTerms) -> list[str]:
    """One line for each term that deserves a second look."""
    return [f"warning: {each}" for each in [*_rates(terms), *_traps(terms)]]


def _rates(terms: DealTerms) -> Iterator[str]:
    for each in terms.tranches[:-1]:
        rates = [("coupon", rate) for rate in dict.fromkeys(rate for _, rate in each.coupons)] + [("pik", each.pik)]
        if each.floating is not None:
            rates = [(word, getattr(each.floating, word)) for word in ("margin", "floor", "cap", "initial")]
            rates.append(("pik", each.pik))
        for word, rate in rates:
            if rate > WAD:
                meant = fraction_text(rate // 100)
                yield f"the {word} of {each.id}, {fraction_text(rate)}, is {percent(rate)}: is {meant} meant?"


def _traps(terms: DealTerms) -> Iterator[str]:
    """Trapped cash is what all lenders let through: a trap that helps a junior alone lets it overtake a senior."""
    for test in terms.tests:
        helped = [target for kind, target in test.supports if kind is not RungKind.FEE]
        interest = {target for kind, target in test.supports if kind is RungKind.INTEREST}
        for senior in range(max(helped, default=0)):
            if senior not in interest:
                ids = ", ".join(terms.tranches[each].id for each in sorted({each for each in helped if each > senior}))
                yield (
                    f"the trap of {test.id} helps {ids} and not the interest of {terms.tranches[senior].id}, "
                    f"which is senior: is interest:{terms.tranches[senior].id} meant too?"
                )
