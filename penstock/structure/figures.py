"""The figures of a run by tranche: what was paid for it, what it received, when, and what that comes to a year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from penstock.model.deal import Run, Settlement
from penstock.structure.cover import Cover, cover
from penstock.structure.xirr import Xirr, average_life, macaulay, xirr


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a claim received on a day, in base units."""

    day: date
    interest: int
    principal: int
    residual: int

    @property
    def total(self) -> int:
        return self.interest + self.principal + self.residual


@dataclass(frozen=True, slots=True)
class Returns:
    """
    What a price brought, in base units.

    first, last : payments that were above 0; None if there was none. multiple : received by price; None of no price.
    average_life : in years, of principal; None if none was paid. duration : in years; None if there is not one XIRR.
    """

    price: int
    interest: int
    principal: int
    residual: int
    first: date | None
    last: date | None
    multiple: Fraction | None
    xirr: Xirr
    average_life: Fraction | None
    duration: Decimal | None

    @property
    def received(self) -> int:
        return self.interest + self.principal + self.residual


@dataclass(frozen=True, slots=True)
class TrancheFigures:
    """unpaid : balance and interest arrears at the end. written_down : in all. cover : of a lender only."""

    returns: Returns
    unpaid: int
    written_down: int
    cover: Cover | None


@dataclass(frozen=True, slots=True)
class Figures:
    """tranches : in the order of the terms. total : of all of them together."""

    tranches: tuple[TrancheFigures, ...]
    total: Returns

    @property
    def unpaid(self) -> int:
        return sum(each.unpaid for each in self.tranches)

    @property
    def written_down(self) -> int:
        return sum(each.written_down for each in self.tranches)


def figures(run: Run, prices: Mapping[str, int] | None = None, late_on: date | None = None) -> Figures:
    """
    The figures of a whole run.

    Parameters
    ----------
    prices : what was paid at closing for a whole tranche, by its id, in base units; its face by default.
    late_on : the day on which late revenue is paid, not before the last payment date; that date by default.

    Source: docs/FIGURES.md.
    """
    terms, prices = run.terms, prices or {}
    days = payment_days(run, late_on)
    found, bought, received = [], 0, []
    for index, tranche in enumerate(terms.tranches):
        price = prices.get(tranche.id, tranche.face)
        own = receipts(run, days, index)
        owed = 0 if tranche.residual else run.state.balance[index] + run.state.interest_arrears[index]
        found.append(
            TrancheFigures(
                returns_of(terms.closing, price, own),
                owed,
                sum(each.written_down[index] - each.restored[index] for each in run.settlements),
                None if tranche.residual else cover(run, index),
            )
        )
        bought += price
        received += own
    return Figures(tuple(found), returns_of(terms.closing, bought, received))


def payment_days(run: Run, late_on: date | None = None) -> list[date]:
    """The day on which each settlement is paid: its payment date, of late revenue the day it was there."""
    last = max((each.payment_date for each in run.settlements if each.payment_date), default=run.terms.closing)
    late = last if late_on is None else max(last, late_on)
    return [each.payment_date or late for each in run.settlements]


def receipts(run: Run, days: Sequence[date], tranche: int) -> list[Receipt]:
    """What a tranche received in each settlement of a run."""
    return [_receipt(run, settled, day, tranche) for settled, day in zip(run.settlements, days, strict=True)]


def _receipt(run: Run, settled: Settlement, day: date, tranche: int) -> Receipt:
    flows, equity = settled.flows, run.terms.equity
    residual = flows.equity[tranche - equity] if tranche >= equity else 0
    return Receipt(day, flows.interest[tranche], flows.principal[tranche], residual)


def returns_of(bought_on: date, price: int, received: Iterable[Receipt]) -> Returns:
    """What a price that was paid on a day brought."""
    paid = sorted((each for each in received if each.total), key=lambda each: each.day)
    flows = [(0, -price), *(((each.day - bought_on).days, each.total) for each in paid)]
    found = xirr(flows)
    principal = [((each.day - bought_on).days, each.principal) for each in paid]
    return Returns(
        price=price,
        interest=sum(each.interest for each in paid),
        principal=sum(each.principal for each in paid),
        residual=sum(each.residual for each in paid),
        first=paid[0].day if paid else None,
        last=paid[-1].day if paid else None,
        multiple=Fraction(sum(each.total for each in paid), price) if price else None,
        xirr=found,
        average_life=average_life(principal),
        duration=None if found.rate is None else macaulay(flows, found.rate),
    )
