"""Warnings about a valid deal file that may not mean what it says; nothing here is refused."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.format import fraction_text, percent
from penstock.model.terms import DealTerms, Metric, Reserve, RungKind, Test, TierKind
from penstock.model.units import WAD


def warnings(terms: DealTerms) -> list[str]:
    """One line for each term that deserves a second look."""
    found = [
        *_rates(terms),
        *_traps(terms),
        *_enforcement(terms),
        *_thresholds(terms),
        *_delay(terms),
        *_promote(terms),
    ]
    return [f"warning: {each}" for each in found]


def _rates(terms: DealTerms) -> Iterator[str]:
    for each in terms.lenders:
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


def _enforcement(terms: DealTerms) -> Iterator[str]:
    """A pot that helps in the normal ladder alone stays full while its lender is enforced and short."""
    if not terms.enforcement:
        return
    named = {(rung.kind, target) for rung in terms.enforcement for target in rung.targets}
    pots: list[tuple[str, Reserve | Test]] = [(f"the reserve {each.id}", each) for each in terms.reserves]
    for words, pot in [*pots, *((f"the trap of {each.id}", each) for each in terms.tests)]:
        for kind, target in pot.supports:
            instead = RungKind.ALL
            if (
                kind is RungKind.PRINCIPAL
                and (kind, target) not in named
                and (instead, target) in named
                and (instead, target) not in pot.supports
            ):
                lender = terms.tranches[target].id
                yield f"{words} helps principal:{lender}, which enforcement repays by all:{lender}: is that meant too?"


def _thresholds(terms: DealTerms) -> Iterator[str]:
    """A coverage of ten and more is hardly meant."""
    for test in terms.tests:
        if test.metric is not Metric.REPORT and test.threshold >= 10 * WAD:
            meant = fraction_text(test.threshold // 100)
            yield f"the threshold of {test.id} is {fraction_text(test.threshold)}: is {meant} meant?"


def _promote(terms: DealTerms) -> Iterator[str]:
    """Below a catch-up, tiers that give the promote less than its target are made good by it period after period."""
    tiers = terms.promote.tiers if terms.promote else ()
    for place, tier in enumerate(tiers):
        lower = [each for each in tiers[place + 1 :] if each.kind is not TierKind.CATCH_UP]
        for below in lower if tier.kind is TierKind.CATCH_UP else ():
            if WAD - below.part < tier.rate:
                gives, target = percent(WAD - below.part), percent(tier.rate)
                yield (
                    f"a tier gives the promote {gives}, and the catch-up above it brings it back to {target} of profit "
                    f"in the next period: is {fraction_text(WAD - tier.rate)} meant for the investor?"
                )


def _delay(terms: DealTerms) -> Iterator[str]:
    if terms.delays and terms.grace:
        yield (
            "with payment_delay anyone may cut a period off from its accrual date on, and what comes in grace is then "
            "the next one's: is the cash there by the accrual date?"
        )
