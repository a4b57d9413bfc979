"""`penstock fuzz`: random runs of a deal, with the contracts and the exact model compared after every step."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import DealPath, finite
from penstock.errors import FileNotWritten, PenstockError
from penstock.extras import require

if TYPE_CHECKING:
    from penstock.fuzz.campaign import CampaignResult
    from penstock.model.terms import DealTerms

MAX_SEED = 2**32
DEFAULT_RUNS = 500


class FuzzMismatch(PenstockError):
    """A run in which the contracts and the model differ."""


def fuzz(
    context: typer.Context,
    deal: DealPath,
    examples: Annotated[
        int | None,
        typer.Option(
            "--examples",
            metavar="N",
            min=1,
            help=f"Number of random runs. Default: {DEFAULT_RUNS}, or none if --minutes is given.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="S", min=0, help="Random seed; a new one each time by default."),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes",
            metavar="M",
            min=0,
            callback=finite,
            help="Keep running for this many minutes. With --examples, runs at least that many first.",
        ),
    ] = 0.0,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Repeat the failing run saved in FILE.", show_default=False),
    ] = None,
) -> None:
    """
    Tests a deal with random actions of honest and hostile users.

    Contracts and exact model are compared after every action. A failing run is shrunk, printed with the first
    difference, and saved for --replay.
    """
    require("hypothesis", "fuzz", "penstock fuzz")
    from penstock.cli.pages import fuzz as show
    from penstock.dealfile import load
    from penstock.evm.artifacts import load_artifacts
    from penstock.evm.test_chain import fast_chains
    from penstock.model.calendar import timestamp

    if replay:
        for name in ("examples", "seed", "minutes"):
            if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE":
                reason = "cannot be combined with --replay, which repeats one saved run"
                raise typer.BadParameter(reason, param_hint=f"--{name}")
    terms = load(deal)
    if replay:
        _replay(terms, deal, replay)
        return
    load_artifacts()  # before the progress bar, which counts runs only
    from hypothesis import strategies as st

    from penstock.fuzz.campaign import run_campaign
    from penstock.fuzz.driver import build_test_bed
    from penstock.fuzz.pace import raw_calls

    seed = secrets.randbelow(MAX_SEED) if seed is None else seed
    if examples is None:
        examples = 0 if minutes else DEFAULT_RUNS
    with fast_chains(timestamp(terms.closing)) as chains:
        raw = raw_calls(build_test_bed(chains()))
        with show.progress(examples, minutes, seed) as report:
            result = run_campaign(
                lambda: build_test_bed(chains()), st.just(terms), examples, seed, minutes * 60, progress=report
            )
    show.page(terms, result, raw)
    if result.mismatch:
        raise _saved(deal, result)
    if result.interrupted:
        raise KeyboardInterrupt


def _replay(terms: DealTerms, deal: Path, file: Path) -> None:
    from penstock.cli.pages import fuzz as show
    from penstock.evm.test_chain import fast_chains
    from penstock.format import counted
    from penstock.fuzz.campaign import ExampleRefused, read_example
    from penstock.fuzz.campaign import replay as repeat
    from penstock.fuzz.driver import build_test_bed
    from penstock.model.calendar import timestamp

    saved_terms, allotments, steps, _ = read_example(file)
    if saved_terms != terms:
        raise ExampleRefused(f"{file}: a run of other terms than {deal}; accepted: the deal file it was found with")
    with fast_chains(timestamp(terms.closing)) as chains:
        lines = repeat(build_test_bed(chains()), terms, allotments, steps)
        show.print_steps(lines)
    print(f"\nthe run in {file} does not fail: chain = model after each of {counted(len(steps), 'step')}")


def _saved(deal: Path, result: CampaignResult) -> FuzzMismatch:
    from penstock.fuzz.campaign import write_example

    assert result.mismatch is not None
    reason, again = result.mismatch.reason, f"penstock fuzz {deal}"
    file = Path(f"{deal.stem}-fuzz-{result.seed}.json")
    try:
        file = write_example(file, result.mismatch.run, reason)
    except FileNotWritten as error:
        outcome = f"{error.file} could not be written: {error.reason}; {again} --seed {result.seed} finds the run again"
    else:
        outcome = f"saved in {file}; repeat it with {again} --replay {file}"
    return FuzzMismatch(f"fuzz: {reason}; {outcome}")
