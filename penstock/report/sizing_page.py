"""What `penstock size` prints: what a lender can lend, the schedule that repays it, and what changes with it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from penstock.format import exact_money, format_amount, fraction_text, ratio_text
from penstock.model.terms import DealTerms
from penstock.report.cells import Amount, Cell
from penstock.report.structuring import as_ratio, cut
from penstock.report.tables import spaced, table
from penstock.structure.sized import SizedDeal, cases_words, share_of, shortfall_words
from penstock.structure.sizing import Case, SizedPeriod

if TYPE_CHECKING:
    from penstock.structure.survival import Survival


def sizing_page(
    terms: DealTerms,
    found: SizedDeal,
    lender: int,
    cases: Sequence[Case],
    tenor: int,
    lasting: Survival | None = None,
) -> RenderableType:
    """terms : as they were. tenor : the period of the last instalment."""
    heading = Text(f"{terms.name}, in {terms.asset}", style="bold")
    lines = _lines(terms, found, lender, cases, tenor)
    if lasting:
        lines.append(_survival_line(lasting))
    return spaced([heading, _changes(terms, found), _schedule(terms, found, lender, cases), Text("\n".join(lines))])


def sizing_data(
    terms: DealTerms, found: SizedDeal, lender: int, cases: Sequence[Case], lasting: Survival | None = None
) -> dict[str, Any]:
    """The same as JSON values: amounts in coins and ratios as decimal strings; `most` to the base unit."""

    def amount(units: int) -> str:
        return format_amount(units, terms.decimals)

    now = found.terms
    return {
        "deal": terms.name,
        "asset": terms.asset,
        "tranche": terms.tranches[lender].id,
        "cases": {each.name: {"dscr": fraction_text(each.dscr)} for each in cases},
        "most": amount(found.sizing.most),
        "faces": {each.id: amount(each.face) for each in now.tranches},
        "openings": {each.id: amount(each.opening) for each in now.reserves},
        "capital": amount(now.promote.capital) if now.promote else None,
        "periods": [
            {
                "period": row.period,
                "accrual_date": terms.accrual_dates[row.period - 1].isoformat(),
                "cfads": {case.name: amount(cash) for case, cash in zip(cases, row.cfads, strict=True)},
                "senior_debt_service": amount(row.senior),
                "interest": amount(row.interest),
                "principal": amount(row.principal),
                "balance": amount(row.balance),
                "dscr": {
                    case.name: cut(Fraction(cash, row.debt_service)) if row.debt_service else None
                    for case, cash in zip(cases, row.cfads, strict=True)
                },
            }
            for row in found.rows
        ],
        **({"survival": _survival_data(lasting)} if lasting else {}),
    }


def _survival_line(lasting: Survival) -> str:
    of = f"of {lasting.scenarios:,} futures pay it in time"
    more = (
        f"; at {ratio_text(lasting.dscr - lasting.step)}, {lasting.below:,} would" if lasting.below is not None else ""
    )
    return f"{lasting.survived:,} {of} at a DSCR of {ratio_text(lasting.dscr)}{more}"


def _survival_data(lasting: Survival) -> dict[str, Any]:
    return {
        "dscr": fraction_text(lasting.dscr),
        "survived": lasting.survived,
        "scenarios": lasting.scenarios,
        "survived_a_thousandth_below": lasting.below,
    }


def _changes(terms: DealTerms, found: SizedDeal) -> RenderableType:
    now = found.terms
    pairs = [(f"face of {a.id}", a.face, b.face) for a, b in zip(terms.tranches, now.tranches, strict=True)]
    if terms.promote and now.promote:
        pairs.append(("capital of the promote", terms.promote.capital, now.promote.capital))
    openings = zip(terms.reserves, now.reserves, strict=True)
    pairs += [(f"opening of {a.id}", a.opening, b.opening) for a, b in openings]
    rows: list[tuple[Cell, ...]] = [
        (name, *(Amount(each, terms.decimals) for each in (was, becomes))) for name, was, becomes in pairs
    ]
    return table("Sources", ("",), ("in the file", "sized"), rows, unit=terms.asset)


def _schedule(terms: DealTerms, found: SizedDeal, lender: int, cases: Sequence[Case]) -> RenderableType:
    several, above = len(cases) > 1, bool(lender)
    names = [f"CFADS, {each.name}" if several else "CFADS" for each in cases]
    ratios = [f"DSCR, {each.name}" if several else "DSCR" for each in cases]
    columns = (*names, *(["senior"] if above else []), "interest", "principal", "balance", *ratios)

    def row(each: SizedPeriod) -> tuple[Cell, ...]:
        money = [*each.cfads, *([each.senior] if above else []), each.interest, each.principal, each.balance]
        due = each.debt_service
        covered = [as_ratio(Fraction(cash, due) if due else None) for cash in each.cfads]
        day = str(terms.accrual_dates[each.period - 1])
        return (day, *(Amount(units, terms.decimals) for units in money), *covered)

    shown = [each for each in found.rows if each.principal or each.interest or each.balance]
    title = f"Schedule of {terms.tranches[lender].id}"
    return table(title, ("accrual date",), columns, [row(each) for each in shown], unit=terms.asset)


def _lines(terms: DealTerms, found: SizedDeal, lender: int, cases: Sequence[Case], tenor: int) -> list[str]:
    name, decimals = terms.tranches[lender].id, terms.decimals
    wanted = cases_words(cases) if len(cases) > 1 else ratio_text(cases[0].dscr)
    last = terms.accrual_dates[tenor - 1]
    lines = [f"{name} bears at most {exact_money(found.sizing.most, decimals)}, repaid by {last} at a DSCR of {wanted}"]
    if found.sizing.beyond:
        lines.append(f"one base unit more, and {shortfall_words(terms, cases, found.sizing.beyond)}")
    face, share = (exact_money(each, decimals) for each in (found.terms.tranches[lender].face, share_of(terms, lender)))
    lines.append(f"face in whole shares of {share}: {face}")
    before, now = (sum(each.face for each in of.tranches) for of in (terms, found.terms))
    if before != now:
        sums = f"{exact_money(before, decimals)} in the file, {exact_money(now, decimals)} sized"
        lines.append(f"all faces: {sums}; equity does not make up for it to the unit")
    return lines
