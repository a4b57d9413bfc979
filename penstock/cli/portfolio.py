"""`penstock portfolio`: holdings of several deals together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.options import Json, Seed, print_notes
from penstock.extras import require

if TYPE_CHECKING:
    from penstock.stress.together import Together
    from penstock.structure.holdings import Holdings


def portfolio(
    holdings: Annotated[
        Path,
        typer.Argument(
            metavar="HOLDINGS",
            help="Shares held (CSV: deal,flows,tranche,shares and optionally price a share and the day bought); names "
            "of files are relative to it.",
            show_default=False,
        ),
    ],
    scenarios: Annotated[
        int | None,
        typer.Option(
            "--scenarios",
            metavar="N",
            min=1,
            max=1_000_000,
            help="Also draw so many futures of the deals whose row names a revenue model (column revenue).",
            show_default=False,
        ),
    ] = None,
    seed: Seed = 1,
    correlation: Annotated[
        float,
        typer.Option(
            "--correlation",
            metavar="PART",
            min=0,
            max=1,
            help="Correlation of the shocks of models of one kind, 0 to 1.",
        ),
    ] = 0.0,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="FILE", help="Also write what all holdings receive by date, exactly.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """
    Runs several deals on their revenue and prints what shares of them return together.

    XIRR, multiple, average life and duration of each holding and of all; what they receive by year; how much of the
    price hangs on one deal or one tranche (HHI). With --scenarios, the same in many futures, and how far holdings move
    together.
    """
    from penstock.files import write_whole
    from penstock.report import tables
    from penstock.report.portfolio_page import portfolio_data, portfolio_page, receipts_csv
    from penstock.structure.holdings import load_holdings
    from penstock.structure.portfolio import portfolio as figures_of

    held = load_holdings(holdings)
    print_notes(held.notes)
    found = figures_of(held.holdings)
    futures = None if scenarios is None else _futures(held, scenarios, seed, correlation)
    if as_json:
        data = portfolio_data(held, found)
        if futures:
            data["futures"] = _futures_data(held, futures) | {"seed": seed, "shocks": correlation}
        print(json.dumps(data, indent=1))
    else:
        console = tables.console()
        console.print(portfolio_page(held, found))
        if futures:
            from penstock.report.together_page import together_page

            console.print()
            console.print(together_page(held, futures))
    if csv:
        write_whole(csv, receipts_csv(held, found))


def _futures(held: Holdings, scenarios: int, seed: int, correlation: float) -> Together:
    require("numpy", "stress", "futures of revenue")
    from penstock.revenue.file import load_model
    from penstock.stress.together import fit_notes, together

    names = dict.fromkeys(each.played.revenue for each in held.holdings if each.played.revenue)
    if not names:
        raise typer.BadParameter("no row names a revenue model in a column revenue", param_hint="--scenarios")
    models = {name: load_model(name) for name in names}
    for each in {holding.played.name: holding.played for holding in held.holdings}.values():
        if each.revenue:
            print_notes([f"note: {each.name}: {note}" for note in fit_notes(each.run.terms, models[each.revenue])])
    return together(held.holdings, models, scenarios, seed, correlation)


def _futures_data(held: Holdings, futures: Together) -> dict[str, Any]:
    from penstock.report.together_page import together_data

    return together_data(held, futures)
