"""How well a run's cash flow covers a lender's debt: DSCR by period and by twelve months, LLCR and PLCR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from penstock.model.deal import Run, Settlement
from penstock.model.dues import days_of
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.structure.instalments import instalments

TENTH = Fraction(1, 10)
TWELVE_MONTHS = timedelta(days=350)
"""Twelve months less the fifteen days that an accrual date may be moved by."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of several ratios, exactly. p10 : what a tenth of them are below, interpolated linearly between two of them."""

    least: Fraction
    average: Fraction
    p10: Fraction


@dataclass(frozen=True, slots=True)
class Cover:
    """
    Of a lender and all senior to it. None where there is nothing to measure.

    dscr : of the periods in which debt service falls due. twelve_month : of twelve months that end with such a period.
    llcr, plcr : at closing, over the life of the loan and of the project.
    """

    dscr: Spread | None
    twelve_month: Spread | None
    llcr: Decimal
    plcr: Decimal


def cover(run: Run, lender: int) -> Cover:
    """The cover of a lender, by its place, and all senior to it. Source: docs/FIGURES.md, "Cover"."""
    terms = run.terms
    periods = [each for each in run.settlements if each.accrual_date is not None]
    services = [sum(each.debt_service[: lender + 1]) for each in periods]
    ratios = [Fraction(each.cfads, due) for each, due in zip(periods, services, strict=True) if due]
    worth = _worth(terms, periods, lender)
    lent = sum(each.face for each in terms.lenders[: lender + 1])
    rows = instalments(terms)
    loan_life = max(row.period for row in rows if any(row.principal[: lender + 1]))
    return Cover(
        spread(ratios),
        spread(_twelve_month(terms, periods, services)),
        sum(worth[:loan_life], Decimal(0)) / lent,
        sum(worth, Decimal(0)) / lent,
    )


def spread(values: Sequence[Fraction]) -> Spread | None:
    """The least, the mean and the tenth percentile of values; None of none."""
    if not values:
        return None
    ascending = sorted(values)
    place = TENTH * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    p10 = ascending[below] + (place - below) * (ascending[above] - ascending[below])
    return Spread(ascending[0], sum(values, Fraction(0)) / len(values), p10)


def _twelve_month(terms: DealTerms, periods: Sequence[Settlement], services: Sequence[int]) -> list[Fraction]:
    """
    For each period with debt service: CFADS by debt service of it and as few periods before it as make up twelve
    months, from the first period with debt service on.
    """
    starts = (terms.closing, *terms.accrual_dates)
    found = []
    begun = next((at for at, due in enumerate(services) if due), len(services))
    for end, due in enumerate(services):
        first = end
        while first > begun and starts[end + 1] - starts[first] < TWELVE_MONTHS:
            first -= 1
        if due and starts[end + 1] - starts[first] >= TWELVE_MONTHS:
            cash = sum(each.cfads for each in periods[first : end + 1])
            found.append(Fraction(cash, sum(services[first : end + 1])))
    return found


def _worth(terms: DealTerms, periods: Sequence[Settlement], lender: int) -> list[Decimal]:
    """
    What the CFADS of each period is worth at closing, discounted period by period at the coupons that the lender and
    all senior to it bear, weighted by their faces.
    """
    lenders = terms.lenders[: lender + 1]
    lent = sum(each.face for each in lenders)
    found = []
    with localcontext() as context:
        context.prec = 50
        growth = Decimal(1)
        for each in periods:
            rate = Fraction(0)
            for tranche, coupon in zip(lenders, each.coupons, strict=False):
                days = days_of(terms, each.period, tranche.day_count)
                rate += Fraction(tranche.face * coupon * days.numerator, lent * WAD * days.denominator)
            growth *= 1 + Decimal(rate.numerator) / rate.denominator
            found.append(each.cfads / growth)
    return found
