"""A revenue model as a page: what it rests on, and its fan year by year."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import counted
from penstock.report import tables
from penstock.report.cells import Amount
from penstock.report.sparkline import sparkline
from penstock.revenue.drawn import Drawn
from penstock.revenue.elementary import Floats
from penstock.revenue.fan import EXCEEDED, Fan, by_year, exceeded, fan, first_year, years
from penstock.revenue.file import Model
from penstock.revenue.months import MONTHS_A_YEAR

CENT_PLACES = 2
ENERGY = "energy_mwh"
LONG = 10  # years over whose mean a lender looks


def collections_fan(drawn: Drawn) -> Fan:
    """What calendar years collect, in hundredths of a coin."""
    return fan(years(drawn)[0], by_year(drawn, drawn.cents))


def energy_levels(drawn: Drawn) -> dict[str, dict[int, float]]:
    """MWh exceeded: in the first twelve months, and on average of the first ten years where there are as many."""
    values: Floats = drawn.series[ENERGY].values
    found = {"first year": first_year(values)}
    if drawn.months.count >= LONG * MONTHS_A_YEAR:
        found[f"mean of {LONG} years"] = values[:, : LONG * MONTHS_A_YEAR].sum(axis=1) / LONG
    return {name: {percent: float(exceeded(each, percent)) for percent in (50, 90, 99)} for name, each in found.items()}


def revenue_page(model: Model, drawn: Drawn, seed: int) -> RenderableType:
    """drawn : all scenarios, from the first one of the seed on."""
    made = collections_fan(drawn)
    head = [
        f"{model.title}, in {model.asset}",
        f"source: {model.source}",
        f"units: {model.units}",
        f"calibration: {model.calibration}",
        "",
        *(f"{name}: {value}" for name, value in model.process.facts(model.months)),
    ]
    if ENERGY in drawn.series:
        head += [
            f"energy, {name}: " + ", ".join(f"P{percent} {value:,.0f} MWh" for percent, value in levels.items())
            for name, levels in energy_levels(drawn).items()
        ]
    rows = [
        [label, *(Amount(int(value), CENT_PLACES) for value in values)]
        for label, *values in zip(made.labels, *(made.levels[each] for each in EXCEEDED[:4]), made.mean, strict=True)
    ]
    title = f"Collections by year, {counted(len(drawn.cents), 'scenario')} of seed {seed}"
    names = [f"P{each}" for each in EXCEEDED[:4]]
    table = tables.table(title, ["year"], [*names, "mean"], rows, unit=model.asset)
    bars = f"P50 by year {sparkline(made.levels[50])}   P90 {sparkline(made.levels[90])}"
    return Group(*(Text(line) for line in head), Text(""), table, Text(""), Text(bars))


def revenue_json(model: Model, drawn: Drawn, seed: int) -> dict[str, Any]:
    """The same for programs; amounts are decimal strings."""
    made = collections_fan(drawn)

    def amounts(values: Any) -> list[str]:
        return [f"{int(each) // 100}.{int(each) % 100:02d}" for each in values]

    found: dict[str, Any] = {
        "model": model.title,
        "kind": model.kind,
        "asset": model.asset,
        "source": model.source,
        "units": model.units,
        "calibration": model.calibration,
        "facts": dict(model.process.facts(model.months)),
        "scenarios": len(drawn.cents),
        "seed": seed,
        "years": list(made.labels),
        "collections": {f"p{each}": amounts(made.levels[each]) for each in EXCEEDED} | {"mean": amounts(made.mean)},
    }
    if ENERGY in drawn.series:
        found["energy_mwh"] = {
            name: {f"p{percent}": round(value, 3) for percent, value in levels.items()}
            for name, levels in energy_levels(drawn).items()
        }
    return found


def flows_csv(model: Model, drawn: Drawn) -> str:
    """The first scenario of some as a flows file: a row a month, dated its last day, with its reports."""
    fields = list(model.reports)
    lines = [",".join(["date", "collections", *fields])]
    for at in range(drawn.months.count):
        cents = int(drawn.cents[0, at])
        cells = [f"{drawn.months.ends(at)}", f"{cents // 100}.{cents % 100:02d}"]
        for name in fields:
            given = model.reports[name]
            value = drawn.series[given].values[0, at] if isinstance(given, str) else given
            cells.append(np.format_float_positional(round(float(value), 6), trim="-"))
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"
