"""A run as a table: who was paid what, by period or by year, and what is unpaid at the end."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, exact_money, failing, format_amount, format_ratio
from penstock.model.deal import Run, Settlement
from penstock.model.rungs import Pays
from penstock.model.terms import DealTerms
from penstock.report.cells import Amount, Cell, Ratio, cell_text
from penstock.report.grouping import By, Line, grouped, in_periods, late_ones, usual
from penstock.report.pots import has_pots, pots_amounts, pots_columns, pots_table
from penstock.report.promote import promote_amounts, promote_columns, promote_table
from penstock.report.tables import table
from penstock.report.tested import alike, cell, short_name, worst


def run_table(terms: DealTerms, run: Run, by: By | None = None) -> RenderableType:
    """
    A row for each period or year, one for late revenue, and the total.

    Parameters
    ----------
    by : default: year if there are more than 40 periods.
    """
    by = by or usual(run)
    layout = _Layout(terms, by, any(each.called for each in run.settlements))
    title = {By.PERIOD: "By period", By.YEAR: "By year"}[by]
    rows = [layout.row(line) for line in grouped(terms, run, by)]
    total = layout.total(run.settlements)
    return table(title, layout.left, layout.right, rows, ("state",), total, terms.asset)


def run_csv(terms: DealTerms, run: Run, by: By | None = None) -> str:
    """
    The rows of `run_table` as CSV, without the total, and behind them those of its other tables: amounts as exact
    decimals, ratios to four places.
    """
    by = by or usual(run)
    layout = _Layout(terms, by, any(each.called for each in run.settlements))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    promote, pots = terms.promote, has_pots(terms)
    names = [*(pots_columns(terms) if pots else ()), *(promote_columns(promote) if promote else ())]
    writer.writerow([*layout.left, *layout.right, "state", *names])
    for line in grouped(terms, run, by):
        more = pots_amounts(terms, line.group) if pots else []
        more += promote_amounts(terms, line.group) if promote else []
        writer.writerow([_csv_cell(cell) for cell in (*layout.row(line), *more)])
    return out.getvalue()


def run_page(terms: DealTerms, run: Run, by: By | None = None, closing: Sequence[str] = ()) -> RenderableType:
    """A run: the table, what lenders and payees are still owed, and what else is said at the end."""
    parts = [Text(f"{terms.name}, in {terms.asset}", style="bold"), Text(""), run_table(terms, run, by)]
    if has_pots(terms):
        parts += [Text(""), pots_table(terms, run, by or usual(run))]
    if terms.promote:
        parts += [Text(""), promote_table(terms, terms.promote, run, by or usual(run))]
    if lines := [*_call_lines(terms, run), *unpaid_lines(terms, run), *closing]:
        parts += [Text(""), Text("\n".join(lines))]
    return Group(*parts)


def _call_lines(terms: DealTerms, run: Run) -> list[str]:
    """What a clean-up call paid, and what it restored."""
    lines = []
    for each in run.settlements:
        if each.called and terms.call:
            paid = exact_money(each.call_paid, terms.decimals)
            restored = [
                f"{exact_money(lost, terms.decimals)} to {tranche.id}"
                for tranche, lost in zip(terms.tranches, each.restored, strict=True)
                if lost
            ]
            more = f"; written down before and paid: {', '.join(restored)}" if restored else ""
            lines.append(f"called in period {each.period}, {each.payment_date}: {terms.call.payee} paid {paid}{more}")
    return lines


def unpaid_lines(terms: DealTerms, run: Run) -> list[str]:
    """What lenders were owed at the last period, which late revenue may hide, and what is owed at the end."""
    return [*_matured_lines(terms, run), *_owed_lines(terms, run)]


def conserved_line(terms: DealTerms, run: Run) -> str:
    """One line: what came in, what went out, what is held, and the difference in base units."""
    state = run.state
    brought, paid = run.brought, sum(state.credited) + sum(state.fee_credited)
    difference = brought - paid - state.held
    word = "conserved" if run.conserved else "NOT conserved"
    into, out, held = (exact_money(each, terms.decimals) for each in (brought, paid, state.held))
    return f"{word}: in {into} = out {out} + held {held}, difference {difference}"


def _matured_lines(terms: DealTerms, run: Run) -> list[str]:
    """One line for each lender that was not repaid at the last period, if late revenue came after it."""
    late, settled = late_ones(run), in_periods(run)
    if not late or not settled:
        return []
    lines = []
    for index, tranche in enumerate(terms.lenders):
        owed = (settled[-1].balance[index], settled[-1].interest_arrears[index])
        paid = sum(each.flows.interest[index] + each.flows.principal[index] for each in late)
        if any(owed):
            principal, interest, then = (exact_money(each, terms.decimals) for each in (*owed, paid))
            lines.append(
                f"unpaid at the last period: {tranche.id} {principal} principal and {interest} interest; "
                f"late revenue paid {then}"
            )
    return lines


def _owed_lines(terms: DealTerms, run: Run) -> list[str]:
    """One line for each lender and each fee that is owed something at the end."""
    state, lines = run.state, []
    for tranche, *amounts in zip(terms.lenders, state.balance, state.interest_arrears, strict=False):
        if any(amounts):
            principal, interest = (exact_money(each, terms.decimals) for each in amounts)
            lines.append(f"unpaid at the end: {tranche.id} {principal} principal and {interest} interest")
    for fee, arrears in zip(terms.fees, state.fee_arrears, strict=True):
        if arrears:
            lines.append(f"unpaid at the end: fee {fee.id} {exact_money(arrears, terms.decimals)}")
    return lines


class _Layout:
    """The columns of a run and the cells of its rows: amounts are sums, what is held is as of the last settlement."""

    def __init__(self, terms: DealTerms, by: By, called: bool) -> None:
        self.terms, self.called = terms, called
        self.traps = any(rung.rule.pays is Pays.TRAP for rung in terms.rungs)
        self.left = ("accrual date",) if by is By.PERIOD else ("year",)
        self.right = [
            "collections",
            *(["call"] if called else []),
            *(["fees"] if terms.fees else []),
            *(each.id for each in terms.lenders),
            *(f"reserve {each.id}" for each in terms.reserves),
            *(["trapped"] if self.traps else []),
            *(each.id for each in terms.tranches[terms.equity :]),
            *self._figure_names(by),
        ]

    def row(self, line: Line) -> list[Cell]:
        figures = [self._figure(line.group, tests) for tests in alike(self.terms)]
        return [line.label, *self._amounts(line.group), *figures, self._state(line.group)]

    def total(self, settlements: Sequence[Settlement]) -> list[Cell]:
        return ["total", *self._amounts(settlements), *[""] * len(alike(self.terms)), ""]

    def _amounts(self, group: Sequence[Settlement]) -> list[Amount]:
        terms, last = self.terms, group[-1]
        amounts = [sum(each.collections for each in group)]
        if self.called:
            amounts.append(sum(each.call_paid for each in group))
        if terms.fees:
            amounts.append(sum(sum(each.flows.fees) for each in group))
        for index in range(terms.equity):
            amounts.append(sum(each.flows.interest[index] + each.flows.principal[index] for each in group))
        amounts += last.reserves
        if self.traps:
            amounts.append(last.trapped)
        for classes in zip(*(each.flows.equity for each in group), strict=True):
            amounts.append(sum(classes))
        return [Amount(each, terms.decimals) for each in amounts]

    def _figure_names(self, by: By) -> list[str]:
        """What each list of tests that are alike measures: of whom, where two tests measure the same of others."""
        terms, found = self.terms, alike(self.terms)
        kinds = [(terms.tests[first].metric, terms.tests[first].over) for first, *_ in found]
        names = []
        for (first, *more), kind in zip(found, kinds, strict=True):
            test = terms.tests[first]
            name = short_name(terms, test)
            if kinds.count(kind) > 1 and test.metric.of_tranche:
                name += f" {terms.tranches[test.tranche].id}"
            side = "highest" if all(terms.tests[each].above for each in (first, *more)) else "lowest"
            names.append(name if by is By.PERIOD else f"{side} {name}")
        return names

    def _figure(self, group: Sequence[Settlement], tests: Sequence[int]) -> Cell:
        values = [each.tests[tests[0]].value for each in group if each.tests]
        found = worst(self.terms, tests, [value for value in values if value is not None])
        return cell(self.terms, self.terms.tests[tests[0]], found)

    def _state(self, group: Sequence[Settlement]) -> str:
        """The ladder or the tests that were not normal; of several periods, with the number of each."""
        enforced, found = sum(each.enforced for each in group), []
        failed = {
            test.id: sum(not each.tests[index].cured for each in group if each.tests)
            for index, test in enumerate(self.terms.tests)
        }
        names = [name for name, periods in failed.items() if periods]
        if len(group) > 1:
            found += [f"enforcement {enforced}×"] if enforced else []
            found += [f"{failing([name])} {failed[name]}×" for name in names]
        else:
            found += ["enforcement"] if enforced else []
            found += [failing(names)] if names else []
        tests = enumerate(self.terms.tests)
        missing = [test.id for at, test in tests if any(_lacks_report(each, at) for each in group)]
        found += [f"no report for {', '.join(missing)}"] if missing else []
        found += ["called"] if any(each.called for each in group) else []
        if any(sum(each.flows.drawn) for each in group):
            found.append("reserve drawn")
        if any(sum(each.flows.trap_drawn) for each in group):
            found.append("trap drawn")
        after_call = self.called and all(each.accrual_date is None for each in group)
        return ", ".join(found) or ("called" if after_call else "normal")


def _lacks_report(settled: Settlement, test: int) -> bool:
    return bool(settled.tests) and settled.tests[test].missing


def _csv_cell(cell: Cell) -> str:
    if isinstance(cell, Amount):
        return format_amount(cell.units, cell.decimals)
    if isinstance(cell, Ratio):
        return format_ratio(cell.wad) or ""
    text = cell_text(cell)
    return "" if text == NO_VALUE else text
