"""Runs the state machine for a number of runs or minutes from a seed, or repeats one saved run step by step."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, count
from json import JSONDecodeError
from math import inf
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.reporting import with_reporter
from hypothesis.stateful import run_state_machine_as_test
from pydantic import TypeAdapter, ValidationError

from penstock.errors import PenstockError
from penstock.files import parse_json, write_whole
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.driver import TestBed
from penstock.fuzz.limits import ALLOTMENTS, LONGEST, fits
from penstock.fuzz.machine import Campaign, Enough, FuzzRun, Mismatch, machine_of
from penstock.fuzz.steps import Step, dump, undump
from penstock.model.terms import DealTerms

ROUND = 100
"""Runs from one seed; then the seed is increased by one and a new chain is started, because its memory grows."""

LENGTH = 25
"""The maximum number of choices in a run, each of which is for `machine.PARTS` steps of a kind."""


class ExampleRefused(PenstockError):
    """A file that does not hold a saved run."""


@dataclass(frozen=True)
class CampaignResult:
    """
    The result of a campaign.

    mismatch : the shortest failing run, if any. seed : of its round, or the first. interrupted : ended by Ctrl-C.
    """

    coverage: Coverage
    seconds: float
    seed: int
    mismatch: Mismatch | None
    interrupted: bool = False

    @property
    def rate(self) -> float:
        """
        Steps per second, everything included. A step is one action of one account, after which everything is compared.
        """
        return self.coverage.steps / self.seconds if self.seconds else 0.0


def run_campaign(
    test_beds: Callable[[], TestBed],
    deals: st.SearchStrategy[DealTerms],
    runs: int,
    seed: int,
    seconds: float = 0.0,
    length: int = LENGTH,
    progress: Callable[[Coverage], None] = lambda coverage: None,
) -> CampaignResult:
    """
    Executes runs until there are enough and the time is over, or until one fails, which is then shrunk. Ctrl-C ends the
    campaign with the runs so far.

    Parameters
    ----------
    test_beds : builds the chain of each round. seconds : the minimum duration.
    progress : called after each run.
    """
    coverage = Coverage()
    began = time.monotonic()
    round_seed, mismatch, interrupted = seed, None, False
    try:
        while coverage.runs < runs or time.monotonic() - began < seconds:
            test_bed = test_beds()
            most = coverage.runs + ROUND
            if coverage.runs < runs:
                most = min(most, runs)
            # The runs asked for are executed however long they take; after that only the clock counts.
            end = began + seconds if seconds else inf
            campaign = Campaign(test_bed, coverage, most, progress, runs, end)
            try:
                with rare_collections():
                    _execute(campaign, deals, round_seed, length)
            finally:
                mismatch = campaign.mismatch
            if mismatch:
                mismatch = _without_needless_steps(test_bed, mismatch)
                break
            round_seed += 1
    except KeyboardInterrupt:
        interrupted = True
    return CampaignResult(coverage, time.monotonic() - began, round_seed if mismatch else seed, mismatch, interrupted)


@contextmanager
def rare_collections() -> Iterator[None]:
    """
    Python looks for garbage less often, and not among what was there before: Hypothesis keeps all that it drew, and
    each look goes through it again.
    """
    usual = gc.get_threshold()
    gc.set_threshold(50_000, *usual[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)


def _execute(campaign: Campaign, deals: st.SearchStrategy[DealTerms], seed: int, length: int) -> None:
    machine = seeded(seed)(machine_of(campaign, deals))
    options = settings(
        max_examples=2 * ROUND,
        stateful_step_count=length,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    with with_reporter(lambda text: None):
        try:
            run_state_machine_as_test(machine, settings=options)
        except Mismatch as mismatch:
            campaign.mismatch = mismatch
        except (Enough, Flaky):
            # Hypothesis notices that the same choices led to a run before and to none now.
            if not campaign.over:
                raise


def _without_needless_steps(test_bed: TestBed, mismatch: Mismatch) -> Mismatch:
    """The failure without any single unnecessary step; Hypothesis only removes whole choices."""
    at = 0
    while at < len(mismatch.run.steps):
        fewer = [*mismatch.run.steps[:at], *mismatch.run.steps[at + 1 :]]
        try:
            replay(test_bed, mismatch.run.terms, mismatch.run.seed, fewer)
        except Mismatch as shorter:
            mismatch = shorter
        else:
            at += 1
    return mismatch


def replay(test_bed: TestBed, terms: DealTerms, seed: int, steps: Sequence[Step]) -> list[str]:
    """Repeats one run and returns it in words. Raises Mismatch where it fails."""
    with closing(FuzzRun(test_bed, terms, seed)) as run:
        for step in steps:
            run.take(step)
        run.end()
        return run.lines


_TERMS: TypeAdapter[DealTerms] = TypeAdapter(DealTerms)


def write_example(file: Path, run: FuzzRun, why: str) -> Path:
    """
    Saves a run as JSON: terms, seed of the allotments and steps. Returns the file, or the next free name
    (`file-2.json`, …) if another run has that name. Raises FileNotWritten.
    """
    content: dict[str, Any] = {
        "why": why,
        "terms": _TERMS.dump_python(run.terms, mode="json"),
        "allotments": run.seed,
        "steps": dump(run.steps),
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    names = chain([file], (file.with_stem(f"{file.stem}-{number}") for number in count(2)))
    free = next(name for name in names if not name.exists() or (name.is_file() and name.read_bytes() == text.encode()))
    write_whole(free, text)
    return free


def read_example(file: Path) -> tuple[DealTerms, int, list[Step], str]:
    """
    Raises
    ------
    ExampleRefused : when the file is not what `write_example` wrote.
    """
    try:
        return _run_of(parse_json(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ExampleRefused(f"{file}: {error.strerror}; accepted: a run that penstock fuzz saved") from None
    except JSONDecodeError as error:
        raise ExampleRefused(f"{file}: not a run saved by penstock fuzz: not JSON at line {error.lineno}") from None
    except UnicodeDecodeError:
        raise ExampleRefused(f"{file}: not a run saved by penstock fuzz: not UTF-8 text") from None
    except ValueError as error:
        raise ExampleRefused(f"{file}: not a run saved by penstock fuzz: {error}") from None


def _run_of(content: Any) -> tuple[DealTerms, int, list[Step], str]:
    """Raises ValueError with the reason."""
    kinds = {"why": str, "terms": dict, "allotments": int, "steps": list}
    for name, kind in kinds.items():
        if not isinstance(content, dict) or type(content.get(name)) is not kind:
            raise ValueError(f"it has no {name}" if isinstance(content, dict) else "it is no JSON object")
    try:
        terms = _TERMS.validate_python(content["terms"], strict=False)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ValueError(f"its terms lack or misstate {place}") from None
    steps = undump(content["steps"])
    for step, entry in zip(steps, content["steps"], strict=True):
        if not fits(terms, step):
            raise ValueError(f"not a step: {json.dumps(entry)[:80]}")
    if not 0 <= content["allotments"] < ALLOTMENTS:
        raise ValueError(f"its allotments are no number below {ALLOTMENTS:,}")
    if sum(step.amount for step in steps if step.what == "wait") > LONGEST:
        raise ValueError(f"it takes longer than {LONGEST:,} seconds")
    return terms, content["allotments"], steps, content["why"]
