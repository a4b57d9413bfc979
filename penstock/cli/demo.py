"""`penstock demo`: runs one deal from launch to last claim on an embedded chain."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import CsvFile, Grouping, flows_name, print_notes
from penstock.errors import FileRefused
from penstock.extras import has, require
from penstock.files import STANDARD_INPUT


def demo(
    deal: Annotated[Path | None, typer.Option(metavar="DEAL", help="Deal file. Default: Greensboro Solar.")] = None,
    flows: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Revenue by date; - reads standard input. Default: the CSV file named like the deal file.",
        ),
    ] = None,
    drought: Annotated[
        bool, typer.Option("--drought", help="Run Greensboro Solar through two years of low revenue.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the picture. Default: build/demo.")
    ] = None,
    by: Grouping = None,
    csv: CsvFile = None,
) -> None:
    """
    Runs a whole deal on an embedded chain, checked by the model.

    Launch, revenue, settlements, share transfers and claims; contracts and model are compared after every period.
    """
    if drought and (deal or flows):
        raise typer.BadParameter("is for Greensboro Solar only: leave out --deal and --flows", param_hint="--drought")
    if out:
        require("matplotlib", "plots", "the picture")
    from penstock import paths
    from penstock.cli.pages.demo import closing_page, progress
    from penstock.dealfile import load
    from penstock.dealfile.flows import load_flows
    from penstock.demo.play import play
    from penstock.files import write_whole
    from penstock.report import tables
    from penstock.report.run_page import run_csv, run_page

    deals = paths.deals()
    deal = deal or deals / "greensboro-solar.toml"
    flows = flows or (deals / "greensboro-drought.csv" if drought else deal.with_suffix(".csv"))
    given = str(flows) == STANDARD_INPUT
    if not given and not flows.is_file():
        raise FileRefused(str(flows), f"no such file; name the revenue of {deal.name} with --flows")
    if paths.is_checkout():  # where everything that is written stays below build/
        os.environ.setdefault("MPLCONFIGDIR", str(paths.build() / "matplotlib"))

    began = time.monotonic()
    terms = load(deal)
    received = load_flows(flows, terms)
    print_notes(received.notes)
    with progress(terms) as report:
        finished = play(terms, received, report)
        picture = None
        if has("matplotlib"):
            from penstock.report.figures import draw_life

            report("drawing", terms.periods)
            folder = out or paths.build() / "demo"
            file = folder / f"{(deal if given else flows).stem}.png"
            picture = draw_life(terms, finished.run.settlements, file, flows_name(flows))
    if csv:
        write_whole(csv, run_csv(terms, finished.run, by))
    console = tables.console()
    console.print(run_page(terms, finished.run, by))
    console.print()
    console.print(closing_page(finished, time.monotonic() - began, picture))
