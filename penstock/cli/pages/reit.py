"""The page of `penstock reit`."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import counted, exact_money, format_amount, share_of
from penstock.model.terms import DealTerms
from penstock.operate.reit import LARGEST, LEAST_HOLDERS, ReitYear
from penstock.report.cells import Cell, Shares
from penstock.report.tables import table


def reit_page(terms: DealTerms, made: ReitYear) -> RenderableType:
    """Income, what was paid of it and what should have been; then the largest holders."""

    def amount(units: int) -> str:
        return f"{exact_money(units, terms.decimals)} {terms.asset}"

    rows = [
        ("periods settled", f"{len(made.periods)} of {made.of}"),
        ("taxable income, attested", amount(made.income)),
        ("paid to equity", amount(made.paid)),
        ("90 % of the income", amount(made.required)),
        ("short", amount(made.short)),
        ("holders of equity", f"{len(made.holders):,}"),
    ]
    held: list[tuple[Cell, ...]] = [
        (each.holder, share_of(each.shares, made.supply), Shares(each.shares, terms.share_decimals))
        for each in made.holders[:LARGEST]
    ]
    top = table(f"The {len(held)} largest holders of equity", ("holder", "part"), ("shares",), held)
    lines = []
    if made.unreported:
        lines.append(f"no income was reported of {counted(len(made.unreported), 'period')}: {_listed(made.unreported)}")
    if len(made.periods) < made.of:
        lines.append(f"{counted(made.of - len(made.periods), 'period')} of the year not settled yet")
    if len(made.holders) < LEAST_HOLDERS:
        lines.append(f"fewer than {LEAST_HOLDERS} hold equity")
    page: list[RenderableType] = [table(f"{terms.name} in {made.year}", ("", "of the year"), rows=rows), Text(""), top]
    return Group(*page, Text(""), Text("\n".join(lines))) if lines else Group(*page)


def reit_json(terms: DealTerms, made: ReitYear) -> dict[str, object]:
    """The same, exact."""

    def amount(units: int) -> str:
        return format_amount(units, terms.decimals)

    return {
        "name": terms.name,
        "year": made.year,
        "asset": terms.asset,
        "periods": list(made.periods),
        "periods_of_the_year": made.of,
        "unreported": list(made.unreported),
        "taxable_income": amount(made.income),
        "paid": amount(made.paid),
        "required": amount(made.required),
        "short": amount(made.short),
        "holders": len(made.holders),
        "largest": [
            {"holder": each.holder, "shares": format_amount(each.shares, terms.share_decimals)}
            for each in made.holders[:LARGEST]
        ],
        "shares": format_amount(made.supply, terms.share_decimals),
    }


def _listed(periods: tuple[int, ...]) -> str:
    return ", ".join(map(str, periods))
