"""`penstock stress`: a deal in thousands of futures of its revenue."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import DealPath, Json, ScenarioCount, Seed
from penstock.extras import require
from penstock.files import read_bytes

if TYPE_CHECKING:
    from penstock.report.stress_page import Beside
    from penstock.stress.compute import Workers
    from penstock.stress.store import Store
    from penstock.stress.study import Study
    from penstock.stress.summary import Summary

_SCALE = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,9})?", re.ASCII)
_MOST_BY = 99


def stress(
    deal: DealPath,
    revenue: Annotated[
        str,
        typer.Option(
            "--revenue",
            metavar="MODEL",
            help="Revenue model (TOML), or the name of one that comes with Penstock; see `penstock revenue`.",
            show_default=False,
        ),
    ],
    scenarios: ScenarioCount = 10_000,
    seed: Seed = 1,
    case: Annotated[
        list[str] | None,
        typer.Option(
            "--case",
            metavar="CASE",
            help='A case beside the scenarios: "price -30% 2028-01..2029-06", "yield x0.9, price -10%"; repeatable.',
        ),
    ] = None,
    scale: Annotated[
        str, typer.Option("--scale", metavar="FACTOR", help="Multiply all collections: 0.75 for a quarter less.")
    ] = "1",
    tornado: Annotated[
        int,
        typer.Option(
            "--tornado", min=0, max=_MOST_BY, metavar="PERCENT", help="How far each input moves; 0 leaves it out."
        ),
    ] = 10,
    breakeven: Annotated[
        bool, typer.Option("--breakeven/--no-breakeven", help="Find the multiples at which lenders first lose.")
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for the result (Parquet, with a manifest). Default: stress/DEAL-MODEL-SEED.",
            show_default=False,
        ),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Remove a result that is in the folder.")] = False,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the fans in this file (PNG).", show_default=False)
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, metavar="N", help="Threads. Default: one for each processor.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="Compute on a Dask cluster: the address of its scheduler, such as tcp://10.0.0.1:8786.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """
    Runs a deal through thousands of futures of its revenue, to the base unit.

    Prints loss and shortfall by tranche, returns, lock-ups by year, breakevens, cases and a tornado. The same seed
    gives the same result for any number of workers; run again, it continues where it was interrupted.
    """
    if picture and picture.suffix.lower() != ".png":
        raise typer.BadParameter(f"{picture} does not end in .png, and the picture is a PNG", param_hint="--picture")
    factor = _scale(scale)
    for module in ("numpy", "polars"):
        require(module, "stress", "penstock stress")
    if picture:
        require("matplotlib", "plots", "the picture")
    if scheduler:
        require("distributed", "cluster", "--scheduler")
    from penstock.dealfile import load
    from penstock.report.stress_page import Beside
    from penstock.revenue.file import load_model
    from penstock.stress.cases import breakevens, read_case, run_cases, tornado_of
    from penstock.stress.compute import run
    from penstock.stress.store import Store
    from penstock.stress.study import Study
    from penstock.stress.summary import summary

    terms, model = load(deal), load_model(revenue)
    study = Study(terms, model, seed, scenarios, factor)
    results = run_cases(study, [read_case(text, model) for text in case or ()])  # refuses what does not fit
    folder = out or Path("stress") / f"{deal.stem}-{Path(revenue).stem}-{seed}"
    store = Store(folder, study, {deal.name: sha256(read_bytes(deal)).hexdigest(), **model.hashes})
    with _workers(study, workers, scheduler) as where, _progress(scenarios) as report:
        run(study, store, where, store.open(restart), report)
    made = summary(terms, store.column, *store.tally())
    swings = tornado_of(study, tornado / 100) if tornado else []
    found = {name: breakevens(study, name) for name in model.process.inputs} if breakeven and terms.lenders else {}
    _show(study, made, Beside(results, swings, tornado / 100, found), as_json)
    typer.echo(f"result: {folder}", err=True)
    if picture:
        _draw(study, store, made, picture)


def _show(study: Study, made: Summary, beside: Beside, as_json: bool) -> None:
    from penstock.report import tables
    from penstock.report.stress_page import stress_json, stress_page

    if as_json:
        print(json.dumps(stress_json(study, made, beside), indent=1))
    else:
        tables.console().print(stress_page(study, made, beside))


def _draw(study: Study, store: Store, made: Summary, picture: Path) -> None:
    from penstock.format import counted
    from penstock.report.fan_picture import draw_fans
    from penstock.report.stress_page import collections_panel, ratio_panels

    under = f"{counted(made.scenarios, 'scenario')} of {study.model.title}, seed {study.seed}"
    panels = [collections_panel(study.terms, made), *ratio_panels(study.terms, made)]
    draw_fans(study.terms.name, under, panels, picture)


def _scale(text: str) -> Fraction:
    found = Fraction(text) if _SCALE.fullmatch(text) else Fraction(0)
    if not found:
        reason = f"{text!r}; accepted: a decimal above 0 such as 0.75, with nine decimals at most"
        raise typer.BadParameter(reason, param_hint="--scale")
    return found


@contextmanager
def _workers(study: Study, count: int | None, scheduler: str | None) -> Iterator[Workers]:
    """Threads of this process, or the workers of a cluster."""
    if scheduler is None:
        from penstock.stress.compute import threads

        with threads(study, count or os.cpu_count() or 1) as pool:
            yield pool
        return
    from penstock.stress.cluster import cluster, connected

    with connected(scheduler) as client:
        yield cluster(client, study)


@contextmanager
def _progress(scenarios: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("scenarios"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("scenarios", total=scenarios)
        yield lambda made: bar.update(task, completed=made)
