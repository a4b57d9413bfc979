"""Tables for people: a deal's terms, its payment calendar, a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from penstock.format import counted, exact_money, failing, format_ratio, fraction_text, money, share_of
from penstock.model.deal import Run, Settlement
from penstock.model.rungs import Pays
from penstock.model.terms import DealTerms, Rung
from penstock.report import terms_text
from penstock.report.debt_service import Instalment, average_life, final_date, instalments, principal_words

WIDEST = 10_000
MOST_PERIODS_SHOWN = 40


def console() -> Console:
    """A console as wide as its tables: neither a pipe nor a narrow window may cut a number."""
    return Console(width=WIDEST, highlight=False, markup=False, emoji=False)


def table(
    title: str, left: Sequence[str], right: Sequence[str] = (), rows: Iterable[Sequence[str]] = ()
) -> RenderableType:
    """A table of text columns followed by columns of numbers; cells are printed literally, never as markup."""
    made = Table(header_style="bold", show_edge=False)
    for name in left:
        made.add_column(Text(name))
    for name in right:
        made.add_column(Text(name), justify="right")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return Group(Text(title, style="bold"), made)


def terms_page(terms: DealTerms) -> RenderableType:
    """The terms of a deal."""
    rows = instalments(terms)
    found: list[tuple[str, ...]]
    parts: list[RenderableType] = [_heading(terms), _tranches(terms, rows), _debt_service(terms, rows)]
    parts.append(_ladder("Ladder", terms, terms.normal))
    if terms.enforcement:
        tests = ", ".join(terms.tests[test].id for test in terms.enforce_on)
        parts.append(_ladder(f"Enforcement ladder (while {tests} fails)", terms, terms.enforcement))
    if terms.fees:
        found = [(fee.id, fee.payee, terms_text.fee(terms, fee)) for fee in terms.fees]
        parts.append(table("Fees", ("fee", "payee", "due"), rows=found))
    if terms.reserves:
        found = [
            (
                each.id,
                terms_text.reserve_target(terms, each),
                terms_text.supports(terms, each),
                _money(terms, each.opening),
            )
            for each in terms.reserves
        ]
        parts.append(table("Reserves", ("reserve", "target", "supports"), ("opening",), found))
    if terms.tests:
        found = [
            (
                test.id,
                f"DSCR of {terms.tranches[test.tranche].id} below {fraction_text(test.below)}",
                terms_text.acts_on(terms, index),
                str(test.cure),
            )
            for index, test in enumerate(terms.tests)
        ]
        parts.append(table("Tests", ("test", "fails when", "acts on"), ("passes to cure",), found))
    return _spaced(parts)


def schedule_page(terms: DealTerms) -> RenderableType:
    """The payment calendar with the scheduled debt service of each lender."""
    lenders = terms.tranches[:-1]
    columns = [f"{lender.id} {what}" for lender in lenders for what in ("interest", "principal", "balance")]
    found = []
    for row in instalments(terms):
        cells = [str(row.period), str(row.accrual_date), str(row.payment_date), str(row.days)]
        for index in range(len(lenders)):
            cells += [_money(terms, each[index]) for each in (row.interest, row.principal, row.balance)]
        found.append((*cells, _money(terms, row.debt_service)))
    return table(
        "Payment calendar", ("period", "accrual date", "payment date"), ("days", *columns, "debt service"), found
    )


def run_page(terms: DealTerms, run: Run) -> RenderableType:
    """A run: one row per period, or per year if there are many periods; then the line of conservation."""
    settled = [each for each in run.settlements if each.accrual_date is not None]
    yearly = len(settled) > MOST_PERIODS_SHOWN
    lines = [_Line(str(each.accrual_date), [each]) for each in settled]
    if yearly:
        years = groupby(settled, key=lambda each: each.accrual_date.year if each.accrual_date else 0)
        lines = [_Line(str(year), list(group)) for year, group in years]
    lines += [_Line("late", [each]) for each in run.settlements if each.accrual_date is None]
    ids = [each.id for each in terms.tranches[:-1]]
    columns = ["collections", *(["fees"] if terms.fees else []), *ids, *(each.id for each in terms.reserves)]
    columns += ["trapped"] if any(rung.rule.pays is Pays.TRAP for rung in terms.normal + terms.enforcement) else []
    columns += [terms.tranches[-1].id, *(["DSCR" if not yearly else "lowest DSCR"] if terms.tests else [])]
    found = [_run_row(terms, line, columns) for line in lines]
    title = "By year of the accrual date" if yearly else "By period"
    return _spaced(
        [
            Text(f"{terms.name}, in {terms.asset}", style="bold"),
            table(title, ("year" if yearly else "accrual date",), (*columns, "state"), found),
            Text("\n".join([*matured_lines(terms, run), *unpaid_lines(terms, run), conserved_line(terms, run)])),
        ]
    )


def matured_lines(terms: DealTerms, run: Run) -> list[str]:
    """One line for each lender that was not repaid at the last period, which late revenue may hide."""
    late = [each for each in run.settlements if each.accrual_date is None]
    last = next((each for each in reversed(run.settlements) if each.accrual_date is not None), None)
    if not late or last is None:
        return []
    lines = []
    for index, tranche in enumerate(terms.tranches[:-1]):
        owed = (last.balance[index], last.interest_arrears[index])
        paid = sum(each.flows.interest[index] + each.flows.principal[index] for each in late)
        if any(owed):
            principal, interest, then = (exact_money(each, terms.decimals) for each in (*owed, paid))
            lines.append(
                f"unpaid at the last period: {tranche.id} {principal} principal and {interest} interest; "
                f"late revenue paid {then}"
            )
    return lines


def unpaid_lines(terms: DealTerms, run: Run) -> list[str]:
    """One line for each lender that is owed something at the end."""
    lines = []
    for index, tranche in enumerate(terms.tranches[:-1]):
        principal, interest = run.state.balance[index], run.state.interest_arrears[index]
        if principal or interest:
            owed = [exact_money(each, terms.decimals) for each in (principal, interest)]
            lines.append(f"unpaid at the end: {tranche.id} {owed[0]} principal and {owed[1]} interest")
    return lines


def conserved_line(terms: DealTerms, run: Run) -> str:
    """One line: what came in, what went out, what is held, and the difference in base units."""
    state = run.state
    brought, paid = terms.opening + state.collected, sum(state.credited) + sum(state.fee_credited)
    difference = brought - paid - state.held
    word = "conserved" if run.conserved else "NOT conserved"
    into, out, held = (exact_money(each, terms.decimals) for each in (brought, paid, state.held))
    return f"{word}: in {into} = out {out} + held {held}, difference {difference}"


def failing_tests(terms: DealTerms, settlements: Sequence[Settlement]) -> list[str]:
    """The tests that fail, or are not cured, after any of these settlements."""
    return [
        test.id
        for index, test in enumerate(terms.tests)
        if any(not each.tests[index].cured for each in settlements if each.tests)
    ]


@dataclass(frozen=True)
class _Line:
    """One row of a run: amounts are sums, reserves and traps are as of the last settlement."""

    label: str
    group: list[Settlement]

    @property
    def last(self) -> Settlement:
        return self.group[-1]

    def paid(self, tranche: int) -> int:
        return sum(each.flows.interest[tranche] + each.flows.principal[tranche] for each in self.group)

    def dscr(self) -> int | None:
        """The lowest value of the first test in the group."""
        values = [each.tests[0].value for each in self.group if each.tests]
        return min((value for value in values if value is not None), default=None)

    def state(self, terms: DealTerms) -> str:
        if any(each.enforced for each in self.group):
            return "enforcement"
        return failing(failed) if (failed := failing_tests(terms, self.group)) else "normal"


def _run_row(terms: DealTerms, line: _Line, columns: Sequence[str]) -> list[str]:
    cells = [line.label, _money(terms, sum(each.collections for each in line.group))]
    if terms.fees:
        cells.append(_money(terms, sum(sum(each.flows.fees) for each in line.group)))
    cells += [_money(terms, line.paid(tranche)) for tranche in range(terms.equity)]
    cells += [_money(terms, held) for held in line.last.reserves]
    if "trapped" in columns:
        cells.append(_money(terms, line.last.trapped))
    cells.append(_money(terms, sum(each.flows.residual for each in line.group)))
    if terms.tests:
        cells.append(format_ratio(line.dscr(), 2) or "-")
    return [*cells, line.state(terms)]


def _heading(terms: DealTerms) -> Text:
    text = Text()
    text.append(f"{terms.name}\n", style="bold")
    life = counted(terms.periods, "period")
    text.append(f"{terms.asset}, {counted(terms.decimals, 'decimal')}; closing {terms.closing}; {life}\n")
    text.append(f"first payment {terms.payment_dates[0]}, last payment {terms.payment_dates[-1]}")
    if terms.write_down:
        order = ", ".join(each.id for each in reversed(terms.tranches))
        text.append(f"\nreported losses reduce balances in this order: {order}")
    if terms.narrow:
        text.append(f"\ntakes in at most {exact_money(terms.max_amount, terms.decimals)} {terms.asset} over its life")
    return text


def _tranches(terms: DealTerms, rows: list[Instalment]) -> RenderableType:
    capital = sum(each.face for each in terms.tranches)
    found = []
    for index, each in enumerate(terms.tranches):
        life, final = "-", "-"
        if not each.residual:
            hundredths = average_life(terms, rows, index)
            life, final = f"{hundredths // 100}.{hundredths % 100:02d}", str(final_date(terms, rows, index))
        day_count = "-" if each.residual else terms_text.DAY_COUNT[each.day_count]
        text = (each.id, each.symbol, terms_text.coupon(each, terms), day_count, principal_words(terms, each))
        number = (
            _money(terms, each.face),
            share_of(each.face, capital),
            f"{each.supply // 10**terms.share_decimals:,}",
        )
        found.append((*text, terms_text.arrears(each), *number, life, final))
    left = ("tranche", "symbol", "coupon", "day count", "principal", "arrears")
    return table("Tranches, most senior first", left, ("face", "of capital", "shares", "avg. life", "final"), found)


def _debt_service(terms: DealTerms, rows: list[Instalment]) -> RenderableType:
    found = []
    for index, lender in enumerate(terms.tranches[:-1]):
        interest, principal = sum(row.interest[index] for row in rows), sum(row.principal[index] for row in rows)
        found.append((lender.id, *(_money(terms, each) for each in (interest, principal, interest + principal))))
    interest, principal = sum(sum(row.interest) for row in rows), sum(sum(row.principal) for row in rows)
    found.append(("total", *(_money(terms, each) for each in (interest, principal, interest + principal))))
    columns = ("interest", "principal", "debt service")
    return table("Total debt service, paid on time without prepayment", ("tranche",), columns, found)


def _ladder(title: str, terms: DealTerms, rungs: tuple[Rung, ...]) -> RenderableType:
    found = [(str(number), terms.rung_name(rung)) for number, rung in enumerate(rungs, start=1)]
    return table(title, ("", "rung"), rows=found)


def _money(terms: DealTerms, amount: int) -> str:
    return money(amount, terms.decimals)


def _spaced(parts: Sequence[RenderableType]) -> Group:
    lines: list[RenderableType] = []
    for part in parts:
        lines += [part, Text("")]
    return Group(*lines[:-1])
