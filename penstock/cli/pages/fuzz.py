"""Pages of `penstock fuzz`: a progress bar, then what the runs reached, or the run that fails."""

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
    "deal": "deal",
    "cap": "cap on lifetime cash",
    "normal ladder": "normal ladder",
    "enforcement ladder": "enforcement ladder",
    "reserve": "reserves",
    "test": "tests",
    "promote": "promote",
    "tranche": "tranches",
    "fee": "fees",
    "step": "steps and refusals",
    "forbidden": "forbidden actions",
    "call-back": "calls back into the deal",
}

NEVER = "not reached: it may take more runs, or be impossible under these terms"

NAMED = ("cap", "normal ladder", "enforcement ladder", "reserve", "test", "promote", "tranche", "fee")


@contextmanager
def progress(runs: int, minutes: float, seed: int) -> Iterator[Callable[[Coverage], None]]:
    """Prints the seed, then a bar on stderr, or a line every ten seconds when stderr is not a terminal."""
    console = Console(stderr=True, highlight=False, markup=False)
    console.print(f"seed {seed}")
    began = time.monotonic()
    if not console.is_terminal:
        yield _line_every_ten_seconds(console, began)
        return
    columns = (BarColumn(32), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)

        def report(coverage: Coverage) -> None:
            seconds = time.monotonic() - began
            done = min(coverage.runs / runs if runs else 1.0, seconds / (60 * minutes) if minutes else 1.0)
            bar.update(task, completed=min(1.0, done), description=_rate(coverage, seconds))

        yield report


def page(terms: DealTerms, result: CampaignResult, raw: float) -> None:
    """
    Prints what was reached and what was not, or the failing run and its first difference.

    raw : calls per second that this machine makes on the same chain, by which a reader can judge the steps per second.
    """
    console = tables.console()
    if result.mismatch:
        print_steps(result.mismatch.run.lines)
        console.print(f"\n{result.mismatch.reason}")
    else:
        _reached(terms, result.coverage)
    console.print(f"\n{_closing(result, raw)}")


def _reached(terms: DealTerms, coverage: Coverage) -> None:
    console, possible = tables.console(), reachable(terms)
    rows = []
    for part, title in TITLES.items():
        of_part = [each for each in possible if each[0] == part]
        reached = [each for each in of_part if coverage.seen[each]]
        if of_part:
            times = sum(coverage.seen[each] for each in of_part)
            rows.append((title, len(reached), len(of_part), times))
    console.print(tables.table(f"{terms.name}: what was reached", ("part",), ("reached", "of", "times"), rows))
    console.print()
    console.print(tables.table("by name", ("part", "what", "how often"), (), _named(terms, coverage)))
    missed = [(TITLES[part], name, event) for part, name, event in coverage.never(terms)]
    if missed:
        console.print()
        console.print(tables.table(NEVER, ("part", "what", "event"), (), missed))


def _named(terms: DealTerms, coverage: Coverage) -> list[tuple[str, str, str]]:
    """What happened to each rung, reserve, test, tranche and fee, and how often."""
    by_name: dict[tuple[str, str], list[str]] = {}
    for part, name, event in reachable(terms):
        if part in NAMED and coverage.seen[part, name, event]:
            by_name.setdefault((part, name), []).append(f"{event} {coverage.seen[part, name, event]:,}")
    return [(TITLES[part], name, ", ".join(events)) for (part, name), events in by_name.items()]


def print_steps(lines: Sequence[str]) -> None:
    console = tables.console()
    for place, line in enumerate(lines, start=1):
        console.print(f"{place:>3}. {line}")


def _closing(result: CampaignResult, raw: float) -> str:
    done = f"{_count(result.coverage)} in {result.seconds:.0f} s"
    if result.mismatch:
        shrunk = "interrupted before it was shrunk" if result.interrupted else "shrunk above"
        return f"{done}, seed {result.seed}: the last run FAILS, {shrunk}"
    rates = f"{result.rate:,.0f} steps/s beside {raw:,.0f} raw calls/s"
    summary = f"{done}, {rates}, seed {result.seed}: chain = model after every step"
    numbers = ", ".join(f"{number:02d}" for number in HELD)
    return f"{summary}\ninvariants checked (docs/INVARIANTS.md): {numbers}"


def _rate(coverage: Coverage, seconds: float) -> str:
    rate = coverage.steps / seconds if seconds else 0
    return f"{_count(coverage)}, {rate:,.0f} steps/s"


def _count(coverage: Coverage) -> str:
    return f"{counted(coverage.runs, 'run')}, {counted(coverage.steps, 'step')}"


def _line_every_ten_seconds(console: Console, began: float) -> Callable[[Coverage], None]:
    last = began

    def report(coverage: Coverage) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            console.print(_rate(coverage, last - began))

    return report
