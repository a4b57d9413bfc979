"""`penstock demo`: one deal end to end on an embedded chain."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from penstock.errors import FileRefused


def demo(
    deal: Annotated[Path | None, typer.Option(metavar="DEAL", help="Deal file; default Greensboro Solar.")] = None,
    flows: Annotated[
        Path | None, typer.Option(metavar="CSV", help="What comes in; default the CSV of the deal file's name.")
    ] = None,
    drought: Annotated[bool, typer.Option("--drought", help="Greensboro with two years of slump.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the picture; default build/demo.")] = None,
) -> None:
    """Plays a deal's whole life on an embedded chain, checked against the exact model after every period."""
    if drought and (deal or flows):
        raise typer.BadParameter("--drought is Greensboro's own: leave out --deal and --flows")
    from penstock import paths
    from penstock.cli.pages.demo import closing_page, progress
    from penstock.dealfile import load
    from penstock.dealfile.flows import load_flows
    from penstock.demo.play import play
    from penstock.report import tables
    from penstock.report.years import years_page

    deals = paths.root() / "deals"
    deal = deal or deals / "greensboro-solar.toml"
    flows = flows or (deals / "greensboro-drought.csv" if drought else deal.with_suffix(".csv"))
    if not flows.is_file():
        raise FileRefused(str(flows), f"no such file; name the flows of {deal.name} by --flows")
    os.environ.setdefault("MPLCONFIGDIR", str(paths.build() / "matplotlib"))
    from penstock.report.figures import draw_life

    began = time.monotonic()
    terms = load(deal)
    received = load_flows(flows, terms)
    with progress(terms) as told:
        finished = play(terms, received, told)
        told("drawing", terms.periods)
        case = "drought case" if "drought" in flows.stem else "base case"
        folder = out or paths.build() / "demo"
        picture = draw_life(terms, finished.settlements, folder / f"{flows.stem}.png", case)
    console = tables.console()
    console.print(years_page(terms, finished.settlements))
    console.print()
    console.print(closing_page(finished, time.monotonic() - began, picture))
