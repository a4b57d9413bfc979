"""What fuzzing shows: a bar while it runs, then what it reached and what it never did, or the story that fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from penstock.format import counted
from penstock.fuzz.campaign import CampaignResult
from penstock.fuzz.coverage import Coverage, reachable
from penstock.fuzz.invariants import HELD
from penstock.model.terms import DealTerms
from penstock.report import tables

TITLES = {
    "deal": "life",
    "cap": "a life's cash",
    "normal ladder": "normal ladder",
    "enforcement ladder": "enforcement ladder",
    "reserve": "reserves",
    "test": "tests",
    "tranche": "tranches",
    "fee": "fees",
    "step": "steps and refusals",
    "trespass": "trespasses",
    "call-back": "calls back into the deal",
}

NEVER = "never exercised in this run: it may take more stories, or be impossible under these terms"

NAMED = ("cap", "normal ladder", "enforcement ladder", "reserve", "test", "tranche", "fee")


@contextmanager
def progress(stories: int, minutes: float, seed: int) -> Iterator[Callable[[Coverage], None]]:
    """A bar on stderr, or a line every ten seconds where stderr is no terminal. The seed comes first, in any case."""
    console = Console(stderr=True, highlight=False, markup=False)
    console.print(f"seed {seed}")
    began = time.monotonic()
    if not console.is_terminal:
        yield _line_now_and_then(console, began)
        return
    columns = (BarColumn(32), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def tell(coverage: Coverage) -> None:
            seconds = time.monotonic() - began
            done = min(coverage.stories / stories if stories else 1.0, seconds / (60 * minutes) if minutes else 1.0)
            bar.update(task, completed=min(1.0, done), description=_words(coverage, seconds))

        yield tell


def page(terms: DealTerms, explored: CampaignResult) -> None:
    """The tables of what was reached and what was not, or the story that fails and how; and the closing lines."""
    console = tables.console()
    if explored.found:
        story(explored.found.story.lines)
        console.print(f"\n{explored.found.reason}", soft_wrap=True)
    else:
        _reached(terms, explored.coverage)
    console.print(f"\n{_closing(explored)}", soft_wrap=True)


def _reached(terms: DealTerms, coverage: Coverage) -> None:
    console, possible = tables.console(), reachable(terms)
    rows = []
    for part, title in TITLES.items():
        of_part = [each for each in possible if each[0] == part]
        reached = [each for each in of_part if coverage.seen[each]]
        if of_part:
            times = sum(coverage.seen[each] for each in of_part)
            rows.append((title, f"{len(reached)}", f"{len(of_part)}", f"{times:,}"))
    console.print(tables.table(f"{terms.name}: what was reached", ("part",), ("reached", "of", "times"), rows))
    console.print()
    console.print(tables.table("by name", ("part", "what", "how often"), (), _named(terms, coverage)))
    missed = [(TITLES[part], name, event) for part, name, event in coverage.never(terms)]
    if missed:
        console.print()
        console.print(tables.table(NEVER, ("part", "what", "event"), (), missed))


def _named(terms: DealTerms, coverage: Coverage) -> list[tuple[str, str, str]]:
    """Of each rung, reserve, test, tranche and fee, what happened to it and how often."""
    found: dict[tuple[str, str], list[str]] = {}
    for part, name, event in reachable(terms):
        if part in NAMED and coverage.seen[part, name, event]:
            found.setdefault((part, name), []).append(f"{event} {coverage.seen[part, name, event]:,}")
    return [(TITLES[part], name, ", ".join(events)) for (part, name), events in found.items()]


def story(lines: Sequence[str]) -> None:
    console = tables.console()
    for place, line in enumerate(lines, start=1):
        console.print(f"{place:>3}. {line}", soft_wrap=True)


def _closing(explored: CampaignResult) -> str:
    lived = f"{_lived(explored.coverage)} in {explored.seconds:.0f} s"
    if explored.found:
        short = "interrupted before it was made short" if explored.interrupted else "made short above"
        return f"{lived}, seed {explored.seed}: FOUND in the last, {short}"
    did = f"{lived}, {explored.rate:,.0f} rules/s, seed {explored.seed}: chain = model after every one"
    numbers = ", ".join(f"{number:02d}" for number in HELD)
    return f"{did}\nheld wherever they apply, by their number in docs/INVARIANTS.md: {numbers}"


def _words(coverage: Coverage, seconds: float) -> str:
    rate = coverage.steps / seconds if seconds else 0
    return f"{_lived(coverage)}, {rate:,.0f} rules/s"


def _lived(coverage: Coverage) -> str:
    return f"{counted(coverage.stories, 'story', 'stories')}, {counted(coverage.steps, 'rule')}"


def _line_now_and_then(console: Console, began: float) -> Callable[[Coverage], None]:
    last = began

    def tell(coverage: Coverage) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            console.print(_words(coverage, last - began))

    return tell
