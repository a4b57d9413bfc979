"""The figures of a run as tables and as data: returns, payments and cover by tranche."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, WAD_DIGITS, exact_money, format_amount, format_ratio
from penstock.model.terms import DealTerms
from penstock.report.cells import Amount, Cell, Ratio
from penstock.report.tables import spaced, table
from penstock.structure.cover import Cover, Spread
from penstock.structure.figures import Figures, Returns, TrancheFigures
from penstock.structure.xirr import Xirr

PLACES = 8
"""Of a figure in JSON."""
MOST_SHOWN = Decimal(10_000)
"""Of a rate in a table: 1,000,000 %."""
WORDS = (
    "XIRR: a year, ACT/365 from closing, at the price; avg. life: of principal, and duration (Macaulay), in years.\n"
    "Cover: CFADS by debt service of the tranche and all senior to it; LLCR and PLCR at closing, at the coupon."
)


def figures_page(terms: DealTerms, found: Figures) -> RenderableType:
    """The figures of a run in three tables, and what to know of them."""
    parts = [returns_table(terms, found), _payments(terms, found)]
    if terms.lenders:
        parts.append(_cover(terms, found))
    return spaced([*parts, Text("\n".join([*_notes(terms, found), WORDS]))])


def figures_data(terms: DealTerms, found: Figures) -> dict[str, Any]:
    """The same as JSON values: amounts and figures as decimal strings, null where there is none."""
    tranches = zip(terms.tranches, found.tranches, strict=True)
    total = {"unpaid": found.unpaid, "written_down": found.written_down}
    return {
        "tranches": {each.id: _tranche_data(terms, figures) for each, figures in tranches},
        "total": {
            **returns_data(terms.decimals, found.total),
            **{name: _amount(terms, of) for name, of in total.items()},
        },
    }


def returns_table(terms: DealTerms, found: Figures) -> RenderableType:
    names = ("price", "received", "multiple", "XIRR", "avg. life", "duration")
    tranches = zip(terms.tranches, found.tranches, strict=True)
    rows = [(each.id, *returns_cells(figures.returns, terms.decimals)) for each, figures in tranches]
    total = ("total", *returns_cells(found.total, terms.decimals))
    return table("Returns", ("tranche",), names, rows, total=total, unit=terms.asset)


def returns_cells(found: Returns, decimals: int) -> list[Cell]:
    """price, received, multiple, XIRR, average life and duration."""
    amounts = (Amount(found.price, decimals), Amount(found.received, decimals))
    times = (as_ratio(found.average_life), as_ratio(found.duration))
    return [*amounts, as_ratio(found.multiple), xirr_text(found.xirr), *times]


def _payments(terms: DealTerms, found: Figures) -> RenderableType:
    names = ("interest", "principal", "residual", "unpaid", "written down")

    def cells(of: Returns, unpaid: int, written_down: int) -> list[Cell]:
        amounts = (of.interest, of.principal, of.residual, unpaid, written_down)
        days = (str(day) if day else NO_VALUE for day in (of.first, of.last))
        return [*(Amount(each, terms.decimals) for each in amounts), *days]

    tranches = zip(terms.tranches, found.tranches, strict=True)
    rows = [(each.id, *cells(figures.returns, figures.unpaid, figures.written_down)) for each, figures in tranches]
    total = ("total", *cells(found.total, found.unpaid, found.written_down))
    return table("Payments", ("tranche",), names, rows, ("first", "last"), total, terms.asset)


def _cover(terms: DealTerms, found: Figures) -> RenderableType:
    of = "least", "average", "P10"
    names = (*(f"DSCR {each}" for each in of), *(f"12-month {each}" for each in of), "LLCR", "PLCR")
    rows = [
        (each.id, *_cover_cells(figures.cover))
        for each, figures in zip(terms.lenders, found.tranches, strict=False)
        if figures.cover
    ]
    return table("Cover", ("up to",), names, rows)


def _cover_cells(cover: Cover) -> list[Cell]:
    spreads = [each for found in (cover.dscr, cover.twelve_month) for each in _spread(found)]
    return [as_ratio(each) for each in (*spreads, cover.llcr, cover.plcr)]


def _spread(found: Spread | None) -> tuple[Fraction | None, ...]:
    return (None, None, None) if found is None else (found.least, found.average, found.p10)


def _notes(terms: DealTerms, found: Figures) -> list[str]:
    """What was put in and is in no price."""
    lines = [
        f"{each.id} has no face and no price; --price {each.id}=AMOUNT gives it one"
        for each, figures in zip(terms.tranches, found.tranches, strict=True)
        if not figures.returns.price
    ]
    if terms.opening:
        last = terms.tranches[-1].id
        opening = exact_money(terms.opening, terms.decimals)
        paid = format_amount(found.tranches[-1].returns.price + terms.opening, terms.decimals)
        lines.append(f"no price has the {opening} that the sponsor put into reserves; with it: --price {last}={paid}")
    return lines


def _tranche_data(terms: DealTerms, found: TrancheFigures) -> dict[str, Any]:
    data = returns_data(terms.decimals, found.returns)
    data |= {"unpaid": _amount(terms, found.unpaid), "written_down": _amount(terms, found.written_down)}
    if found.cover:
        spreads = {"dscr": found.cover.dscr, "dscr_twelve_month": found.cover.twelve_month}
        data |= {name: _spread_data(each) for name, each in spreads.items()}
        data |= {"llcr": cut(found.cover.llcr), "plcr": cut(found.cover.plcr)}
    return data


def returns_data(decimals: int, found: Returns) -> dict[str, Any]:
    names = ("price", "interest", "principal", "residual", "received")
    return {
        **{name: format_amount(getattr(found, name), decimals) for name in names},
        "multiple": cut(found.multiple),
        "xirr": rate_text(found.xirr.rate),
        "xirr_roots": [rate_text(each) for each in found.xirr.rates],
        "average_life": cut(found.average_life),
        "duration": cut(found.duration),
        "first_payment": None if found.first is None else found.first.isoformat(),
        "last_payment": None if found.last is None else found.last.isoformat(),
    }


def _spread_data(found: Spread | None) -> dict[str, str | None] | None:
    if found is None:
        return None
    return {"least": cut(found.least), "average": cut(found.average), "p10": cut(found.p10)}


def _amount(terms: DealTerms, units: int) -> str:
    return format_amount(units, terms.decimals)


def cut(value: Fraction | Decimal | None) -> str | None:
    """A figure for machines, cut to eight places."""
    return format_ratio(as_ratio(value).wad, PLACES)


def as_ratio(value: Fraction | Decimal | None) -> Ratio:
    return Ratio(None if value is None else int(Fraction(value) * 10**WAD_DIGITS))


def rate_text(rate: Decimal | None) -> str | None:
    """A rate for machines, to the nearest tenth decimal; a very large one to ten digits."""
    if rate is None:
        return None
    if rate >= MOST_SHOWN:
        return f"{rate:.9e}"
    return f"{rate.quantize(Decimal('1e-10'), ROUND_HALF_EVEN) + 0:f}"


def xirr_text(found: Xirr) -> str:
    """A rate for people, to the nearest hundredth of a per cent; "none", and "several" where it is not one."""
    if found.rate is None:
        return "several" if found.is_several else "none"
    return percent_text(found.rate)


def percent_text(rate: Decimal) -> str:
    if rate >= MOST_SHOWN:
        return f">{MOST_SHOWN * 100:,} %"
    return f"{(rate * 100).quantize(Decimal('0.01'), ROUND_HALF_EVEN) + 0:,} %"
