"""`penstock fuzz`: a deal lived in thousands of ways, contracts and exact model beside each other."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import DEAL, finite
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from penstock.fuzz.campaign import CampaignResult
    from penstock.model.terms import DealTerms

MOST_SEED = 2**32
STORIES = 500


class FuzzMismatch(PenstockError):
    """A story that fails."""


def fuzz(
    context: typer.Context,
    deal: Annotated[Path, DEAL],
    examples: Annotated[
        int | None,
        typer.Option(
            "--examples", metavar="N", min=1, help=f"How many stories; default {STORIES}, none with --minutes."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="S", min=0, help="Where chance begins; default another each time."),
    ] = None,
    minutes: Annotated[
        float,
        typer.Option(
            "--minutes", metavar="M", min=0, callback=finite, help="How long; beside --examples, so long after them."
        ),
    ] = 0.0,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Live the one story in FILE again.", show_default=False),
    ] = None,
) -> None:
    """Lives a deal in any order with people who mean no good; compares contracts and model after each step."""
    from penstock.cli.pages import fuzz as show
    from penstock.dealfile import load
    from penstock.evm.artifacts import compile_contracts
    from penstock.evm.test_chain import quickest_chains
    from penstock.model.calendar import timestamp

    if replay:
        for name in ("examples", "seed", "minutes"):
            if getattr(context.get_parameter_source(name), "name", "") == "COMMANDLINE":
                words = "not with --replay, which lives its one story as it is written"
                raise typer.BadParameter(words, param_hint=f"--{name}")
    terms = load(deal)
    if replay:
        _replay(terms, deal, replay)
        return
    compile_contracts()  # says so when it takes long: before the bar, which knows only stories
    from hypothesis import strategies as st

    from penstock.fuzz.campaign import run_campaign
    from penstock.fuzz.driver import build_test_bed

    seed = secrets.randbelow(MOST_SEED) if seed is None else seed
    if examples is None:
        examples = 0 if minutes else STORIES
    with quickest_chains(timestamp(terms.closing)) as chains, show.progress(examples, minutes, seed) as told:
        explored = run_campaign(
            lambda: build_test_bed(chains()), st.just(terms), examples, seed, minutes * 60, told=told
        )
    show.page(terms, explored)
    if explored.found:
        raise _kept(deal, explored)
    if explored.interrupted:
        raise KeyboardInterrupt


def _replay(terms: DealTerms, deal: Path, file: Path) -> None:
    from penstock.cli.pages import fuzz as show
    from penstock.evm.test_chain import quickest_chains
    from penstock.format import counted
    from penstock.fuzz.campaign import ExampleRefused, read_example
    from penstock.fuzz.campaign import replay as live_again
    from penstock.fuzz.driver import build_test_bed
    from penstock.model.calendar import timestamp

    told_of, allotments, steps, _ = read_example(file)
    if told_of != terms:
        raise ExampleRefused(f"{file}: a story of other terms than {deal}; give the deal file it was found with")
    with quickest_chains(timestamp(terms.closing)) as chains:
        lines = live_again(build_test_bed(chains()), terms, allotments, steps)
        show.story(lines)
    print(f"\nthe story in {file} does not fail: chain = model after each of {counted(len(steps), 'step')}")


def _kept(deal: Path, explored: CampaignResult) -> FuzzMismatch:
    from penstock.fuzz.campaign import write_example

    assert explored.found is not None
    reason, again = explored.found.reason, f"penstock fuzz {deal}"
    file = Path(f"{deal.stem}-fuzz-{explored.seed}.json")
    try:
        file = write_example(file, explored.found.story, reason)
    except OSError as error:
        words = f"{file} could not be written: {error.strerror}; {again} --seed {explored.seed} finds the story again"
    else:
        words = f"the story is in {file}: {again} --replay {file}"
    return FuzzMismatch(f"fuzz: {reason}; {words}")
