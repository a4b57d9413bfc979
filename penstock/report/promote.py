"""The promote in the words and figures of the field: its tiers, each hurdle's yield, and who got what in a run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import exact_money, percent
from penstock.model.accrual import day_fraction
from penstock.model.deal import Run, Settlement
from penstock.model.dues import days_of
from penstock.model.terms import DayCount, DealTerms, Promote, Tier, TierKind
from penstock.model.units import WAD
from penstock.report import terms_text
from penstock.report.cells import Amount, Cell
from penstock.report.grouping import By, grouped
from penstock.report.tables import table


def effective_rate(terms: DealTerms, promote: Promote, rate: int) -> str:
    """
    What a hurdle's rate comes to in a calendar year, since it is added each period: 8 % added quarterly is "8.2432 %".

    Of all periods together, in years of twelve months of thirty days, to the nearest ten-thousandth of a per cent.
    """
    with localcontext() as context:
        context.prec = 50
        grown = Decimal(1)
        for period in range(1, terms.periods + 1):
            days = days_of(terms, period, promote.day_count)
            grown *= 1 + Decimal(rate * days.numerator) / (WAD * days.denominator)
        years = day_fraction(DayCount.THIRTY_360, terms.closing, terms.accrual_dates[-1])
        yearly = grown ** (Decimal(years.denominator) / max(1, years.numerator)) - 1
        return f"{yearly * 100:.4f} %"


def tiers_table(terms: DealTerms, promote: Promote) -> RenderableType:
    """The tiers as a term sheet has them."""
    investor, sponsor = (each.id for each in terms.tranches[terms.equity :])
    capital = exact_money(promote.capital, terms.decimals)
    owners = f"{percent(WAD - promote.co_invest)} {investor}, {percent(promote.co_invest)} {sponsor}"
    day_count = terms_text.DAY_COUNT[promote.day_count]
    rows: list[tuple[Cell, ...]] = []
    for place, tier in enumerate(promote.tiers, start=1):
        effective = effective_rate(terms, promote, tier.rate) if tier.kind is TierKind.HURDLE else ""
        parts = (percent(tier.part), percent(WAD - tier.part))
        rows.append((str(place), _words(tier), effective, *parts))
    tiers = table(f"Promote of {sponsor}", ("", "tier"), ("effective", "to capital", "promote"), rows)
    notes = (
        f"capital {capital} {terms.asset}: {owners if promote.co_invest else f'all of it of {investor}'}",
        f"hurdles grow each period, by {day_count}; effective: what a year comes to",
    )
    return Group(tiers, Text("\n".join(notes)))


def _words(tier: Tier) -> str:
    if tier.kind is TierKind.CATCH_UP:
        return f"catch-up to {percent(tier.rate)} of profit"
    if tier.kind is TierKind.REST:
        return "split of the rest"
    if not tier.rate:
        return "return of capital" if tier.part == WAD else "split until capital is returned"
    return f"{'preferred return of' if tier.part == WAD else 'split up to'} {percent(tier.rate)} a year"


def promote_table(terms: DealTerms, promote: Promote, run: Run, by: By) -> RenderableType:
    """A row for each period or year: what the capital side and the promote got, and the hurdles after it."""
    left = "accrual date" if by is By.PERIOD else "year"
    rows: list[tuple[Cell, ...]] = [
        (line.label, *promote_amounts(terms, line.group)) for line in grouped(terms, run, by)
    ]
    state = run.state
    received = (Amount(each, terms.decimals) for each in (state.capital_received, state.promote_received))
    total: tuple[Cell, ...] = ("total", *received, *[""] * len(promote.hurdles))
    return table("Promote", (left,), promote_columns(promote), rows, total=total, unit=terms.asset)


def promote_columns(promote: Promote) -> tuple[str, ...]:
    return ("to capital", "promote", *(f"hurdle {percent(tier.rate)}" for tier in promote.hurdles))


def promote_amounts(terms: DealTerms, group: Sequence[Settlement]) -> list[Amount]:
    """Of some periods together: what the capital side and the promote got; the hurdles after the last."""
    promoted = sum(each.flows.promote for each in group)
    amounts = [sum(each.flows.residual for each in group) - promoted, promoted, *group[-1].hurdles]
    return [Amount(each, terms.decimals) for each in amounts]
