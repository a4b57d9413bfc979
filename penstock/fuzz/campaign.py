"""Running the machine: so many stories from a seed, or for so long; and one story again, step by step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
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
from penstock.fuzz.machine import Campaign, Enough, Mismatch, Story, machine_of
from penstock.fuzz.steps import Step, dump, undump
from penstock.model.terms import DealTerms

ROUND = 100
"""Stories from one seed; then the seed goes up by one and the chain is a new one, for its memory grows."""

LENGTH = 50
"""Most choices of a story, each of which is for two steps of a kind."""


class ExampleRefused(PenstockError):
    """A file that holds no story."""


@dataclass(frozen=True)
class CampaignResult:
    """
    What a run of stories came to.

    found : the shortest failing story, if any. seed : of its round, or the first. interrupted : ended by Ctrl-C.
    """

    coverage: Coverage
    seconds: float
    seed: int
    found: Mismatch | None
    interrupted: bool = False

    @property
    def rate(self) -> float:
        """
        Steps a second, everything included. They are told as rules: what one actor does, after which all is compared.
        """
        return self.coverage.steps / self.seconds if self.seconds else 0.0


def run_campaign(
    theatres: Callable[[], TestBed],
    deals: st.SearchStrategy[DealTerms],
    stories: int,
    seed: int,
    seconds: float = 0.0,
    length: int = LENGTH,
    told: Callable[[Coverage], None] = lambda coverage: None,
) -> CampaignResult:
    """
    Lives stories until there are enough of them and the time is over, or one fails; a failing one is made short first.
    Ctrl-C ends it with what was lived until then.

    Parameters
    ----------
    theatres : builds the chain of each round. seconds : at least so long, when it is more than the stories take.
    told : is called after each story.
    """
    coverage = Coverage()
    theatre = theatres()
    began = time.monotonic()
    round_seed, found, interrupted = seed, None, False
    try:
        while coverage.stories < stories or time.monotonic() - began < seconds:
            most = coverage.stories + ROUND
            if coverage.stories < stories:
                most = min(most, stories)
            # Stories that are asked for are lived, however long they take; then the clock counts, or nothing does.
            end = began + seconds if seconds else inf
            lived = Campaign(theatre, coverage, most, told, stories, end)
            try:
                _live(lived, deals, round_seed, length)
            finally:
                found = lived.found
            if found:
                found = _without_needless_steps(theatre, found)
                break
            round_seed += 1
            theatre = theatres()
    except KeyboardInterrupt:
        interrupted = True
    return CampaignResult(coverage, time.monotonic() - began, round_seed if found else seed, found, interrupted)


def _live(stories: Campaign, deals: st.SearchStrategy[DealTerms], seed: int, length: int) -> None:
    machine = seeded(seed)(machine_of(stories, deals))
    wanted = settings(
        max_examples=2 * ROUND,
        stateful_step_count=length,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=HealthCheck.all(),
    )
    with with_reporter(lambda text: None):  # type: ignore[no-untyped-call]
        try:
            run_state_machine_as_test(machine, settings=wanted)  # type: ignore[no-untyped-call]
        except Mismatch as found:
            stories.found = found
        except (Enough, Flaky):
            # Hypothesis sees that the same choices led to a story before, and to none now.
            if not stories.over:
                raise


def _without_needless_steps(theatre: TestBed, found: Mismatch) -> Mismatch:
    """The failure without any one step that it does not need: Hypothesis leaves out whole choices."""
    at = 0
    while at < len(found.story.steps):
        fewer = [*found.story.steps[:at], *found.story.steps[at + 1 :]]
        try:
            replay(theatre, found.story.terms, found.story.seed, fewer)
        except Mismatch as shorter:
            found = shorter
        else:
            at += 1
    return found


def replay(theatre: TestBed, terms: DealTerms, seed: int, steps: Sequence[Step]) -> list[str]:
    """Lives one story again and returns it in words. Raises Found where it fails."""
    with closing(Story(theatre, terms, seed)) as story:
        for step in steps:
            story.take(step)
        story.end()
        return story.lines


_TERMS: TypeAdapter[DealTerms] = TypeAdapter(DealTerms)


def write_example(file: Path, story: Story, why: str) -> Path:
    """
    Keeps a story: terms, seed of the allotments and steps, as JSON. Returns the file, or the next free name
    (`file-2.json`, …) where another story has it. Raises OSError.
    """
    content: dict[str, Any] = {
        "why": why,
        "terms": _TERMS.dump_python(story.terms, mode="json"),
        "allotments": story.seed,
        "steps": dump(story.steps),
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
        return _story_of(parse_json(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ExampleRefused(f"{file}: {error.strerror}; give a story that penstock fuzz wrote") from None
    except JSONDecodeError as error:
        raise ExampleRefused(f"{file}: not a story of penstock fuzz: not JSON at line {error.lineno}") from None
    except UnicodeDecodeError:
        raise ExampleRefused(f"{file}: not a story of penstock fuzz: not UTF-8 text") from None
    except ValueError as error:
        raise ExampleRefused(f"{file}: not a story of penstock fuzz: {error}") from None


def _story_of(content: Any) -> tuple[DealTerms, int, list[Step], str]:
    """Raises ValueError, in words."""
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
