"""`penstock holders`: who holds shares of a deal, what each has claimed and what each can claim."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import ManifestPath, Network


def holders(
    deployment: ManifestPath,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Write all holdings to this file, with exact amounts and the block, and print the sums alone. "
            "`penstock claim --holders` reads it.",
        ),
    ] = None,
    network: Network = None,
) -> None:
    """
    Lists everyone who holds shares of a deal, or held some.

    Of each holding: shares, what was claimed for them and what can be claimed now, all at one block.
    """
    from penstock.cli.pages import holdings
    from penstock.files import write_whole
    from penstock.operate.status import status_of
    from penstock.report import tables

    found = status_of(selection.opened(deployment, network))
    if csv:
        write_whole(csv, holdings.holdings_csv(found))
    tables.console().print(holdings.holdings_page(found, listed=csv is None))
