"""`penstock revenue`: what a revenue model rests on, and its fan of scenarios."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import ScenarioCount, Seed
from penstock.extras import require

if TYPE_CHECKING:
    from penstock.revenue.drawn import Drawn
    from penstock.revenue.file import Model

MOST_SHOWN = 100_000
_BLOCK = 2_000


def revenue(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="Revenue model (TOML), or the name of one that comes with Penstock, such as greensboro-solar.",
            show_default=False,
        ),
    ],
    scenarios: ScenarioCount = 1_000,
    seed: Seed = 1,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the fan in this file (PNG).", show_default=False)
    ] = None,
    flows: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write one scenario as a flows file (CSV), for `penstock simulate`; see --scenario.",
            show_default=False,
        ),
    ] = None,
    scenario: Annotated[int, typer.Option(min=0, metavar="K", help="Which scenario --flows writes, from 0.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; amounts are decimal strings.")] = False,
) -> None:
    """Shows a revenue model: its sources, and what its scenarios collect year by year."""
    if picture and picture.suffix.lower() != ".png":
        raise typer.BadParameter(f"{picture} does not end in .png, and the picture is a PNG", param_hint="--picture")
    if scenarios > MOST_SHOWN:
        reason = f"{scenarios:,}; accepted: at most {MOST_SHOWN:,} here; `penstock stress` takes more"
        raise typer.BadParameter(reason, param_hint="--scenarios")
    require("numpy", "stress", "a revenue model")
    if picture:
        require("matplotlib", "plots", "the picture")
    from penstock.files import write_whole
    from penstock.report import tables
    from penstock.report.revenue_page import collections_fan, flows_csv, revenue_json, revenue_page
    from penstock.revenue.file import load_model

    made = load_model(model)
    drawn = _draw(made, seed, 0, scenarios)
    if as_json:
        print(json.dumps(revenue_json(made, drawn, seed), indent=1))
    else:
        tables.console().print(revenue_page(made, drawn, seed))
    if flows:
        write_whole(flows, flows_csv(made, _draw(made, seed, scenario, 1)))
    if picture:
        from penstock.report.fan_picture import Panel, draw_fans
        from penstock.revenue.fan import Fan

        cents = collections_fan(drawn)
        levels = {percent: tuple(each / 100 for each in values) for percent, values in cents.levels.items()}
        fan = Fan(cents.labels, levels, tuple(each / 100 for each in cents.mean))
        under = f"{scenarios:,} scenarios of seed {seed}  ·  {made.source}"
        draw_fans(made.title, under, [Panel(f"Collections by year, in {made.asset}", fan)], picture)


def _draw(model: Model, seed: int, first: int, count: int) -> Drawn:
    """Scenarios in blocks, so that what is drawn on the way does not add up."""
    import numpy as np

    from penstock.revenue.drawn import Drawn, Series, Shifts
    from penstock.revenue.draws import Seeded

    blocks = [
        model.process.draw(model.months, Seeded(seed, begin, min(_BLOCK, first + count - begin)), Shifts(model.months))
        for begin in range(first, first + count, _BLOCK)
    ]
    series = {
        name: Series(np.concatenate([each.series[name].values for each in blocks]), blocks[0].series[name].over)
        for name in blocks[0].series
    }
    return Drawn(model.months, np.concatenate([each.cents for each in blocks]), series)
