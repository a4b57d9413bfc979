"""`penstock demo-energy`: one week of 1,000 rooftops, from their readings to the lenders' interest."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from penstock.extras import has, require


def demo_energy(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the picture. Default: build/demo.")
    ] = None,
) -> None:
    """
    Runs a week of 1,000 rooftops on an embedded chain, checked by the exact twins.

    Readings become reports, reports become certificates and a power bill, both are paid into a deal, and a cheat loses
    its stake.
    """
    if out:
        require("matplotlib", "plots", "the picture")
    from penstock import paths
    from penstock.cli.pages.demo_energy import week_page
    from penstock.demo.energy.play import play
    from penstock.demo.energy.week import FIRST
    from penstock.evm.test_chain import fast_chains
    from penstock.report import tables

    if paths.is_checkout():
        os.environ.setdefault("MPLCONFIGDIR", str(paths.build() / "matplotlib"))
    began = time.monotonic()
    with fast_chains(FIRST - 1800) as chains:
        outcome = play(chains(), lambda line: typer.echo(line, err=True))
    picture = None
    if has("matplotlib"):
        from penstock.report.week import draw_week

        week = outcome.week
        made = [tree.total for tree in week.made]
        picture = draw_week(made, week.site, week.matched, (out or paths.build() / "demo") / "energy.png")
    tables.console().print(week_page(outcome, time.monotonic() - began, picture))
