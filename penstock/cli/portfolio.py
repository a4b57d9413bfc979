"""`penstock portfolio`: holdings of several deals together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import Json, print_notes


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
    price hangs on one deal or one tranche (HHI).
    """
    from penstock.files import write_whole
    from penstock.report import tables
    from penstock.report.portfolio_page import portfolio_data, portfolio_page, receipts_csv
    from penstock.structure.holdings import load_holdings
    from penstock.structure.portfolio import portfolio as figures_of

    held = load_holdings(holdings)
    print_notes(held.notes)
    found = figures_of(held.holdings)
    if as_json:
        print(json.dumps(portfolio_data(held, found), indent=1))
    else:
        tables.console().print(portfolio_page(held, found))
    if csv:
        write_whole(csv, receipts_csv(held, found))
