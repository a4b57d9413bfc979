"""What fuzzing shows: a bar while it runs, then what it reached, what it never did, and a story where one failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from penstock.fuzz.coverage import Coverage, reachable
from penstock.fuzz.explore import Explored
from penstock.fuzz.invariants import EVERY
from penstock.model.terms import DealTerms
from penstock.report import tables
from penstock.report.words import counted

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


def page(terms: DealTerms, explored: Explored) -> None:
    """The table of what was reached, all that never happened, the story of a failure, and the closing line."""
    console, coverage = tables.console(), explored.coverage
    possible = reachable(terms)
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
    never = coverage.never(terms)
    if never:
        console.print()
        missed = [(TITLES[part], name, event) for part, name, event in never]
        console.print(tables.table("never exercised", ("part", "what", "event"), (), missed))
    console.print()
    if explored.found:
        story(explored.found.story.lines)
        console.print()
    console.print(_closing(explored), soft_wrap=True)


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


def _closing(explored: Explored) -> str:
    coverage = explored.coverage
    lived = f"{_lived(coverage)} in {explored.seconds:.0f} s"
    did = f"{lived}, {explored.rate:,.0f} rules/s"
    if explored.found:
        return f"{did}, seed {explored.seed}: FOUND, made short above"
    held = f"chain = model after every one, {len(EVERY) + 4} checks held wherever they apply"
    return f"{did}, seed {explored.seed}: {held}"


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
