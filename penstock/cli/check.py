"""`penstock check`: validates a deal file and prints its terms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import DealPath, Prices, prices, print_notes


def check(
    deal: DealPath,
    schedule: Annotated[bool, typer.Option("--schedule", help="Print the payment calendar as well.")] = False,
    flows: Annotated[
        Path | None,
        typer.Option(
            "--flows",
            metavar="CSV",
            help="Revenue by date, as of `penstock simulate`: print what each tranche returns and how it is covered.",
            show_default=False,
        ),
    ] = None,
    price: Prices = None,
) -> None:
    """Validates a deal file and prints its terms."""
    if price and not flows:
        raise typer.BadParameter("only with --flows are there figures that ask for prices", param_hint="--price")
    from penstock.dealfile import load, loads_offering
    from penstock.dealfile.flows import load_flows, run_flows
    from penstock.dealfile.warnings import warnings
    from penstock.files import read_text
    from penstock.onchain.launch import require_room
    from penstock.report import tables
    from penstock.report.offering_page import offering_terms_page
    from penstock.report.structuring import figures_page
    from penstock.report.terms_page import schedule_page, terms_page
    from penstock.structure.figures import figures

    terms = load(deal)
    require_room(terms)
    paid = prices(price or (), terms)
    received = load_flows(flows, terms) if flows else None
    found = figures(run_flows(terms, received), paid, received.late_on) if received else None
    print_notes(received.notes if received else ())
    console = tables.console()
    console.print(terms_page(terms))
    if offering := loads_offering(read_text(deal), str(deal)):
        console.print()
        console.print(offering_terms_page(offering, terms))
    if schedule:
        console.print()
        console.print(schedule_page(terms))
    if found:
        console.print()
        console.print(figures_page(terms, found))
    if lines := warnings(terms):
        console.print()
        console.print("\n".join(lines))
