"""`penstock reit`: what a real estate investment trust must show of a year."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import Json, ManifestPath, Network


def reit(
    deployment: ManifestPath,
    year: Annotated[int, typer.Option(min=1970, max=2149, metavar="Y", help="The year.", show_default=False)],
    field: Annotated[
        str, typer.Option(metavar="NAME", help="The declared field that attests taxable income, an amount.")
    ] = "taxable_income",
    as_json: Json = False,
    network: Network = None,
) -> None:
    """
    Prints a year of a real estate investment trust: attested income, what equity was paid of it, and who holds it.

    A period counts towards the year of its first day. Whether that makes the deal a trust is for its lawyers.
    """
    from penstock.cli.pages.reit import reit_json, reit_page
    from penstock.operate.reit import reit_year
    from penstock.operate.status import status_of
    from penstock.report import tables

    found = status_of(selection.opened(deployment, network))
    made = reit_year(found, year, field)
    if as_json:
        print(json.dumps(reit_json(found.terms, made), indent=1))
    else:
        tables.console().print(reit_page(found.terms, made))
