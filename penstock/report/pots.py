"""Of a deal of two pots, or one that diverts cash: how collections split, and what is interest, principal, diverted."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from penstock.model.deal import Run, Settlement
from penstock.model.rungs import RungKind
from penstock.model.terms import DealTerms
from penstock.report.cells import Amount, Cell
from penstock.report.grouping import By, grouped
from penstock.report.tables import table


def has_pots(terms: DealTerms) -> bool:
    """Whether a run has a split to show."""
    return terms.two_pots or _diverts(terms)


def pots_table(terms: DealTerms, run: Run, by: By) -> RenderableType:
    """A row for each period or year, and the total."""
    left = "accrual date" if by is By.PERIOD else "year"
    rows: list[tuple[Cell, ...]] = [(line.label, *pots_amounts(terms, line.group)) for line in grouped(terms, run, by)]
    total: tuple[Cell, ...] = ("total", *pots_amounts(terms, run.settlements))
    return table("Interest and principal", (left,), pots_columns(terms), rows, total=total, unit=terms.asset)


def pots_columns(terms: DealTerms) -> tuple[str, ...]:
    """one ladder : what an enforcement or a call paid without telling interest from principal."""
    pots = ("interest pot", "principal pot", "one ladder") if terms.two_pots else ()
    lenders = (f"{each.id} {part}" for each in terms.lenders for part in ("interest", "principal"))
    return (*pots, *lenders, *(["diverted"] if _diverts(terms) else []))


def pots_amounts(terms: DealTerms, group: Sequence[Settlement]) -> list[Amount]:
    """Sums over some periods, in the order of the columns. What is diverted is part of lenders' principal."""
    amounts = []
    if terms.two_pots:
        one_ladder = sum(each.collections for each in group if each.enforced or each.called)
        principal = sum(each.principal_pot for each in group)
        collections = sum(each.collections for each in group)
        amounts += [collections - principal - one_ladder, principal, one_ladder]
    for index in range(terms.equity):
        amounts.append(sum(each.flows.interest[index] for each in group))
        amounts.append(sum(each.flows.principal[index] for each in group))
    if _diverts(terms):
        payments = (payment for each in group for payment in each.rungs)
        amounts.append(sum(payment.paid for payment in payments if payment.rung.kind is RungKind.DIVERT))
    return [Amount(each, terms.decimals) for each in amounts]


def _diverts(terms: DealTerms) -> bool:
    return any(rung.kind is RungKind.DIVERT for rung in terms.rungs)
