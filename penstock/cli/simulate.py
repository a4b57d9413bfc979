"""`penstock simulate`: a deal's revenue run through the exact model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import CsvFile, DealPath, Grouping, Prices, flows_name, prices, print_notes
from penstock.extras import require

NOT_CONSERVED = 1


def simulate(
    deal: DealPath,
    flows: Annotated[
        Path,
        typer.Option(
            "--flows",
            metavar="CSV",
            help="Revenue by date (CSV: date,collections and optional columns); - reads standard input.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print every amount due and paid as JSON.")] = False,
    by: Grouping = None,
    csv: CsvFile = None,
    with_figures: Annotated[
        bool,
        typer.Option("--figures", help="Add XIRR, average life, duration, multiple and cover of each tranche."),
    ] = False,
    price: Prices = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the deal's life in this file (PNG).", show_default=False)
    ] = None,
) -> None:
    """Runs revenue through the exact model; prints who is paid what."""
    if picture and picture.suffix.lower() != ".png":
        raise typer.BadParameter(f"{picture} does not end in .png, and the picture is a PNG", param_hint="--picture")
    if picture:
        require("matplotlib", "plots", "the picture")
    if price and not with_figures:
        raise typer.BadParameter("only --figures asks for prices", param_hint="--price")
    from penstock.dealfile import load
    from penstock.dealfile.flows import load_flows, run_flows
    from penstock.dealfile.warnings import warnings
    from penstock.files import write_whole
    from penstock.report import tables
    from penstock.report.run_page import conserved_line, run_csv, run_page
    from penstock.report.statement import statement
    from penstock.report.structuring import figures_data, figures_page
    from penstock.structure.figures import figures

    terms = load(deal)
    paid = prices(price or (), terms)
    received = load_flows(flows, terms)
    print_notes(received.notes)
    life = run_flows(terms, received)
    found = figures(life, paid, received.late_on) if with_figures else None
    if as_json:
        more = {"figures": figures_data(terms, found)} if found else {}
        print(json.dumps(statement(terms, life) | more, indent=1))
    else:
        console = tables.console()
        if lines := warnings(terms):
            console.print("\n".join(lines), end="\n\n")
        console.print(run_page(terms, life, by, [conserved_line(terms, life)]))
        if found:
            console.print()
            console.print(figures_page(terms, found))
    if csv:
        write_whole(csv, run_csv(terms, life, by))
    if picture:
        from penstock.report.figures import draw_life

        draw_life(terms, life.settlements, picture, flows_name(flows))
    if not life.conserved:
        raise typer.Exit(NOT_CONSERVED)
