"""A run by calendar year; a period counts towards the year in which its last day falls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from rich.console import RenderableType

from penstock.format import failing, format_ratio, money
from penstock.model.deal import Settlement
from penstock.model.terms import DealTerms
from penstock.report.tables import table


def years_page(terms: DealTerms, settlements: Sequence[Settlement]) -> RenderableType:
    """Collections, payments, cash held, the lowest DSCR and the states of each year."""
    settled = [each for each in settlements if each.accrual_date is not None]
    late = [each for each in settlements if each.accrual_date is None]
    rows = [_row(terms, str(year), list(group)) for year, group in groupby(settled, key=_year)]
    rows += [_row(terms, "late", late)] if late else []
    rows.append(_total(terms, settlements))
    lenders = [each.id for each in terms.tranches[:-1]]
    columns = ["collections", "fees", *lenders, "reserve", "trapped", terms.tranches[-1].id, "DSCR min", "state"]
    return table(f"{terms.name}, {terms.asset}, by year", ("year",), columns, rows)


def _year(settled: Settlement) -> int:
    assert settled.accrual_date is not None
    return (settled.accrual_date - timedelta(days=1)).year


def _row(terms: DealTerms, label: str, group: list[Settlement]) -> list[str]:
    last = group[-1]
    values = [each.tests[0].value for each in group if each.tests]
    least = min((value for value in values if value is not None), default=None)
    return [
        label,
        *_sums(terms, group, sum(last.reserves), last.trapped),
        format_ratio(least, 2) or "–",
        _state(terms, group),
    ]


def _total(terms: DealTerms, settlements: Sequence[Settlement]) -> list[str]:
    last = settlements[-1]
    return ["total", *_sums(terms, settlements, sum(last.reserves), last.trapped), "", ""]


def _sums(terms: DealTerms, group: Sequence[Settlement], reserve: int, trapped: int) -> list[str]:
    amounts = [sum(each.collections for each in group), sum(sum(each.flows.fees) for each in group)]
    for index in range(terms.equity):
        amounts.append(sum(each.flows.interest[index] + each.flows.principal[index] for each in group))
    amounts += [reserve, trapped, sum(each.flows.residual for each in group)]
    return [money(amount, terms.decimals).partition(".")[0] for amount in amounts]


def _state(terms: DealTerms, group: Sequence[Settlement]) -> str:
    """What was in force, each with the number of its periods."""
    found = []
    enforced = sum(each.enforced for each in group)
    if enforced:
        found.append(f"enforcement {enforced}")
    for index, test in enumerate(terms.tests):
        failed = sum(not each.enforced and bool(each.tests) and not each.tests[index].cured for each in group)
        if failed:
            found.append(f"{failing([test.id])} {failed}")
    if any(sum(each.flows.drawn) for each in group):
        found.append("reserve drawn")
    return ", ".join(found) or "normal"
