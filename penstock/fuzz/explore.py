"""Running the machine: so many stories from a seed, or for so long; and one story again, step by step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
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

from penstock.chain.files import parse_json
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.machine import Enough, Found, Round, Story, machine_of
from penstock.fuzz.onchain import Theatre
from penstock.fuzz.steps import Step, dump, undump
from penstock.model.errors import PenstockError
from penstock.model.terms import DealTerms

ROUND = 100
"""Stories from one seed; then the seed goes up by one and the chain is a new one, for its memory grows."""

LENGTH = 50
"""Most choices of a story, each of which is for two steps of a kind."""


class ExampleRefused(PenstockError):
    """A file that holds no story."""


@dataclass(frozen=True)
class Explored:
    """What a run of stories came to. found : the shortest failing story, if any. seed : of its round, or the first."""

    coverage: Coverage
    seconds: float
    seed: int
    found: Found | None

    @property
    def rate(self) -> float:
        """
        Steps a second, everything included. They are told as rules: what one actor does, after which all is compared.
        """
        return self.coverage.steps / self.seconds if self.seconds else 0.0


def explore(
    theatres: Callable[[], Theatre],
    deals: st.SearchStrategy[DealTerms],
    stories: int,
    seed: int,
    seconds: float = 0.0,
    length: int = LENGTH,
    told: Callable[[Coverage], None] = lambda coverage: None,
) -> Explored:
    """
    Lives stories until there are enough of them and the time is over, or one fails; a failing one is made short first.

    Parameters
    ----------
    theatres : builds the chain of each round. seconds : at least so long, when it is more than the stories take.
    told : is called after each story.
    """
    coverage = Coverage()
    theatre = theatres()
    began = time.monotonic()
    round_seed = seed
    while coverage.stories < stories or time.monotonic() - began < seconds:
        most = coverage.stories + ROUND
        if coverage.stories < stories:
            most = min(most, stories)
        # Stories that are asked for are lived, however long they take; then the clock counts, or nothing does.
        end = began + seconds if seconds else inf
        found = _round(Round(theatre, coverage, most, told, stories, end), deals, round_seed, length)
        if found:
            seconds_lived = time.monotonic() - began
            return Explored(coverage, seconds_lived, round_seed, _without_needless_steps(theatre, found))
        round_seed += 1
        theatre = theatres()
    return Explored(coverage, time.monotonic() - began, seed, None)


def _round(stories: Round, deals: st.SearchStrategy[DealTerms], seed: int, length: int) -> Found | None:
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
        except Found as found:
            return found
        except (Enough, Flaky):
            # Hypothesis sees that the same choices led to a story before, and to none now.
            if not stories.over:
                raise
    return None


def _without_needless_steps(theatre: Theatre, found: Found) -> Found:
    """The failure without any one step that it does not need: Hypothesis leaves out whole choices."""
    at = 0
    while at < len(found.story.steps):
        fewer = [*found.story.steps[:at], *found.story.steps[at + 1 :]]
        try:
            replay(theatre, found.story.terms, found.story.seed, fewer)
        except Found as shorter:
            found = shorter
        else:
            at += 1
    return found


def replay(theatre: Theatre, terms: DealTerms, seed: int, steps: Sequence[Step]) -> list[str]:
    """Lives one story again and returns it in words. Raises Found where it fails."""
    with closing(Story(theatre, terms, seed)) as story:
        for step in steps:
            story.take(step)
        story.end()
        return story.lines


_TERMS: TypeAdapter[DealTerms] = TypeAdapter(DealTerms)


def write_example(file: Path, story: Story, why: str) -> None:
    """Keeps a story: terms, seed of the allotments and steps, as JSON."""
    content: dict[str, Any] = {
        "why": why,
        "terms": _TERMS.dump_python(story.terms, mode="json"),
        "allotments": story.seed,
        "steps": dump(story.steps),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_example(file: Path) -> tuple[DealTerms, int, list[Step], str]:
    """
    Raises
    ------
    ExampleRefused : when the file is not what `write_example` wrote.
    """
    try:
        content = parse_json(file.read_text(encoding="utf-8"))
        terms = _TERMS.validate_python(content["terms"], strict=False)
        return terms, int(content["allotments"]), undump(content["steps"]), str(content["why"])
    except OSError as error:
        raise ExampleRefused(f"{file}: {error.strerror}; give a story that penstock fuzz wrote") from None
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as error:
        words = " ".join(str(error).split())[:120]
        raise ExampleRefused(f"{file}: not a story of penstock fuzz: {words}") from None
