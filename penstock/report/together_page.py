"""A portfolio in many futures as tables and as data: fans of what is received, returns, and correlations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, counted, format_amount
from penstock.report.cells import Amount, Cell
from penstock.report.tables import spaced, table
from penstock.revenue.fan import EXCEEDED, exceeded
from penstock.stress.together import Together, Whole
from penstock.structure.holdings import Holdings

NAMES = tuple(f"P{percent}" for percent in EXCEEDED)


def together_page(held: Holdings, found: Together) -> RenderableType:
    lines = [
        f"P90: what 90 % of {counted(found.scenarios, 'future')} reach or exceed",
        f"XIRR of all: {_rate_words(found)}",
        f"{found.losing:,} of {found.scenarios:,} receive less than was paid",
    ]
    return spaced([_received(held, found), _years(held, found), _correlation(held, found), Text("\n".join(lines))])


def together_data(held: Holdings, found: Together) -> dict[str, Any]:
    """The same as JSON values: amounts as decimal strings, by percent exceeded; null where there is none."""

    def levels(values: Whole) -> dict[str, str]:
        made = {f"p{percent}": format_amount(int(exceeded(values, percent)), held.decimals) for percent in EXCEEDED}
        return made | {"mean": format_amount(_mean(values), held.decimals)}

    rates = _rates(found)
    return {
        "scenarios": found.scenarios,
        "holdings": [levels(each) for each in found.received],
        "total": levels(found.total),
        "by_year": {str(year): levels(each) for year, each in found.by_year.items()},
        "xirr": {f"p{percent}": None if rate is None else round(rate, 10) for percent, rate in rates.items()},
        "losing": found.losing,
        "correlation": [
            [None if math.isnan(each) else round(float(each), 6) for each in row] for row in found.correlation
        ],
    }


def _received(held: Holdings, found: Together) -> RenderableType:
    named = zip(_names(held), found.received, strict=True)
    rows: list[tuple[Cell, ...]] = [(name, *_levels(held, each)) for name, each in named]
    total: tuple[Cell, ...] = ("total", *_levels(held, found.total))
    return table("Received, by percent exceeded", ("holding",), (*NAMES, "mean"), rows, total=total, unit=held.asset)


def _years(held: Holdings, found: Together) -> RenderableType:
    rows: list[tuple[Cell, ...]] = [(str(year), *_levels(held, each)) for year, each in found.by_year.items()]
    return table("Received by year, by percent exceeded", ("year",), (*NAMES, "mean"), rows, unit=held.asset)


def _correlation(held: Holdings, found: Together) -> RenderableType:
    names = [str(at) for at in range(1, len(held.holdings) + 1)]
    rows: list[tuple[Cell, ...]] = []
    for number, name, row in zip(names, _names(held), found.correlation, strict=True):
        rows.append((f"{number} {name}", *(NO_VALUE if math.isnan(each) else f"{each:.2f}" for each in row)))
    return table("Correlation of what is received", ("holding",), names, rows)


def _names(held: Holdings) -> list[str]:
    return [f"{each.played.name} {each.of.id}" for each in held.holdings]


def _levels(held: Holdings, values: Whole) -> list[Amount]:
    units = [int(exceeded(values, percent)) for percent in EXCEEDED]
    return [Amount(each, held.decimals) for each in (*units, _mean(values))]


def _mean(values: Whole) -> int:
    """In base units, rounded down."""
    return int(values.sum()) // len(values)


def _rates(found: Together) -> dict[int, float | None]:
    rates = found.xirr[~np.isnan(found.xirr)]
    return {percent: float(exceeded(rates, percent)) if len(rates) else None for percent in EXCEEDED}


def _rate_words(found: Together) -> str:
    made = _rates(found)
    words = [f"P{percent} {NO_VALUE if rate is None else f'{rate * 100:.2f} %'}" for percent, rate in made.items()]
    without = int(np.isnan(found.xirr).sum())
    more = f"; {counted(without, 'future')} without one rate" if without else ""
    return ", ".join(words) + more
