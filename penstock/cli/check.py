"""`penstock check`: validates a deal file and prints its terms."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.options import DealPath


def check(
    deal: DealPath,
    schedule: Annotated[bool, typer.Option("--schedule", help="Print the payment calendar as well.")] = False,
) -> None:
    """Validates a deal file and prints its terms."""
    from penstock.dealfile import load
    from penstock.dealfile.warnings import warnings
    from penstock.onchain.launch import require_room
    from penstock.report import tables
    from penstock.report.terms_page import schedule_page, terms_page

    terms = load(deal)
    require_room(terms)
    console = tables.console()
    console.print(terms_page(terms))
    if schedule:
        console.print()
        console.print(schedule_page(terms))
    if lines := warnings(terms):
        console.print()
        console.print("\n".join(lines))
