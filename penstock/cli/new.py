"""`penstock new`: a deal file to begin from."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer


class Industry(str, Enum):
    """The deals there are, by the names of their files."""

    SOLAR = "solar"
    GPU = "gpu"
    MINING = "mining"
    MINIMAL = "minimal"


def new(
    industry: Annotated[
        Industry, typer.Argument(metavar="solar|gpu|mining|minimal", help="What the deal is about.", show_default=False)
    ],
    revenue: Annotated[
        bool, typer.Option("--revenue", help="Print revenue to try the deal with (CSV), instead of the deal.")
    ] = False,
) -> None:
    """
    Prints a commented deal file to begin from.

    `penstock new solar > deal.toml` writes a solar plant's deal into a file, for you to change.
    """
    from penstock import paths
    from penstock.files import read_text

    ending = "csv" if revenue else "toml"
    print(read_text(paths.deals() / "new" / f"{industry.value}.{ending}"), end="")
