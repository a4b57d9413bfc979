"""What `penstock portfolio` prints: each holding, all of them together, what comes in by year, concentration."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from itertools import groupby
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, counted, format_amount, format_ratio, percent
from penstock.model.units import WAD
from penstock.report.cells import Amount, Cell, Shares
from penstock.report.structuring import as_ratio, cut, percent_text, returns_cells, returns_data
from penstock.report.tables import spaced, table
from penstock.structure.figures import Receipt
from penstock.structure.holdings import Holding, Holdings
from penstock.structure.portfolio import Concentration, Portfolio

NAMES = ("price", "received", "multiple", "XIRR", "avg. life", "duration")
KINDS = ("interest", "principal", "residual")


def portfolio_page(held: Holdings, found: Portfolio) -> RenderableType:
    heading = Text(f"{counted(len(held.holdings), 'holding')}, in {held.asset}", style="bold")
    parts = [heading, _holdings(held, found), _shares(held), _by_year(held, found)]
    parts += [_concentration(held, found.by_deal, "deal"), _concentration(held, found.by_tranche, "tranche")]
    return spaced([*parts, *([Text("\n".join(lines))] if (lines := _lines(held, found)) else [])])


def portfolio_data(held: Holdings, found: Portfolio) -> dict[str, Any]:
    """The same as JSON values: amounts and figures as decimal strings."""
    rows = zip(held.holdings, found.returns, strict=True)
    return {
        "asset": held.asset,
        "decimals": held.decimals,
        "holdings": [
            {
                "deal": each.played.name,
                "tranche": each.of.id,
                "shares": format_amount(each.shares, each.played.run.terms.share_decimals),
                "of_tranche": cut(Fraction(each.shares, each.of.supply)),
                "bought": each.bought.isoformat(),
                **returns_data(held.decimals, returns),
            }
            for each, returns in rows
        ],
        "total": returns_data(held.decimals, found.total),
        "receipts": [
            {
                "date": each.day.isoformat(),
                **{kind: format_amount(getattr(each, kind), held.decimals) for kind in KINDS},
            }
            for each in found.receipts
        ],
        "concentration": {
            "deal": _concentration_data(held, found.by_deal),
            "tranche": _concentration_data(held, found.by_tranche),
        },
    }


def receipts_csv(held: Holdings, found: Portfolio) -> str:
    """What all holdings receive, a row for each day, with every digit."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", *KINDS, "total"])
    for each in found.receipts:
        amounts = (each.interest, each.principal, each.residual, each.total)
        writer.writerow([each.day, *(format_amount(units, held.decimals) for units in amounts)])
    return out.getvalue()


def _holdings(held: Holdings, found: Portfolio) -> RenderableType:
    rows = zip(held.holdings, found.returns, strict=True)
    cells = [(_name(each), *returns_cells(returns, held.decimals)) for each, returns in rows]
    total = ("total", *returns_cells(found.total, held.decimals))
    return table("Returns", ("holding",), NAMES, cells, total=total, unit=held.asset)


def _shares(held: Holdings) -> RenderableType:
    cells: list[tuple[Cell, ...]] = []
    for each in held.holdings:
        part = percent(each.shares * WAD // each.of.supply // 10**14 * 10**14)
        cells.append((_name(each), Shares(each.shares, each.played.run.terms.share_decimals), part, str(each.bought)))
    return table("Shares", ("holding",), ("shares", "of the tranche"), cells, ("bought",))


def _by_year(held: Holdings, found: Portfolio) -> RenderableType:
    rows: list[tuple[Cell, ...]] = [
        (str(year), *_sums(held, list(receipts)))
        for year, receipts in groupby(found.receipts, key=lambda each: each.day.year)
    ]
    total: tuple[Cell, ...] = ("total", *_sums(held, list(found.receipts)))
    return table("Received by year", ("year",), (*KINDS, "total"), rows, total=total, unit=held.asset)


def _sums(held: Holdings, received: list[Receipt]) -> list[Amount]:
    sums = [sum(getattr(each, kind) for each in received) for kind in (*KINDS, "total")]
    return [Amount(each, held.decimals) for each in sums]


def _concentration(held: Holdings, found: Concentration, what: str) -> RenderableType:
    whole = sum(paid for _, paid in found.parts)
    rows = [(name, Amount(paid, held.decimals), _part(paid, whole)) for name, paid in found.parts]
    return table(f"Price by {what}", (what,), ("price", "part"), rows, unit=held.asset)


def _part(paid: int, whole: int) -> str:
    return percent(paid * 10_000 // whole * 10**14) if whole else NO_VALUE


def _lines(held: Holdings, found: Portfolio) -> list[str]:
    lines = []
    if found.by_deal.hhi is not None and found.by_tranche.hhi is not None:
        hhi = [
            f"{hhi_text(of.hhi)} by {name}"
            for name, of in (("deal", found.by_deal), ("tranche", found.by_tranche))
            if of.hhi
        ]
        lines.append(f"HHI {', '.join(hhi)}: 1 is all in one, 1/n is in n equal parts")
    if found.total.xirr.is_several:
        rates = ", ".join(percent_text(each) for each in found.total.xirr.rates)
        lines.append(f"several rates make all flows worth nothing: {rates}; none of them is the return")
    return lines


def hhi_text(hhi: Fraction) -> str:
    """To four places, cut."""
    return format_ratio(as_ratio(hhi).wad) or NO_VALUE


def _concentration_data(held: Holdings, found: Concentration) -> dict[str, Any]:
    return {"hhi": cut(found.hhi), "price": {name: format_amount(paid, held.decimals) for name, paid in found.parts}}


def _name(holding: Holding) -> str:
    return f"{holding.played.name} {holding.of.id}"
