"""`make mutation`: see docs/MUTATION.md."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from mutation import explained, plan, report, suite
from mutation.campaign import Campaign
from mutation.compiler import Contracts, Solc, is_deployed
from mutation.mutants import Mutant
from mutation.results import Result, Results, digest
from mutation.suite import HarnessError, Verdict
from penstock import paths
from penstock.evm.solc import VERSION

console = Console(stderr=True, highlight=False)
Files = Mapping[str, Sequence[Mutant]]
FULL_RESULTS = Path("docs/mutants.jsonl")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutation", description="Mutants of the contracts and the model.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--full", action="store_true", help="every mutant, going on where the last run stopped")
    what.add_argument("--file", metavar="FILE", help="every mutant of one file; publishes nothing")
    parser.add_argument("--seed", type=int, default=plan.SEED, help="which sample; in a full run, in which order")
    parser.add_argument("--jobs", type=int, default=2, help="workers, at lowered priority")
    parser.add_argument("--minutes", type=float, help="stop after so many; 0 tries none")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    return parser.parse_args(given)


def results_of(root: Path, options: argparse.Namespace) -> Results:
    """What earlier runs found: of a full run kept with the code, since it outlasts a checkout."""
    file = root / (FULL_RESULTS if options.full else "build/mutation/results.jsonl")
    if options.fresh:
        file.unlink(missing_ok=True)
    sources = [*(root / "contracts").rglob("*.sol"), *(root / "penstock" / "model").glob("*.py")]
    tests = suite.files(root)
    helpers = [each for each in tests if not each.name.startswith("test_")]

    @cache
    def deciding(by: str) -> str:
        killing = [each for each in tests if by.startswith(f"{each.relative_to(root).as_posix()}::")]
        return digest(root, [*helpers, *killing] if killing else tests)

    return Results(file, digest(root, sources), deciding)


def chosen(mutants: Files, options: argparse.Namespace) -> list[Mutant]:
    if options.file:
        if options.file not in mutants:
            raise HarnessError(f"{options.file}: no such file with mutants; there are {', '.join(mutants)}")
        return list(mutants[options.file])
    return plan.shuffled(mutants, options.seed) if options.full else plan.sample(mutants, options.seed)


def tried(campaign: Campaign, waiting: Sequence[Mutant], results: Results, minutes: float | None) -> None:
    """Runs what is not decided yet, under a progress line."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("mutants", total=len(waiting))

        def show(mutant: Mutant, result: Result) -> None:
            progress.advance(task)
            if result.verdict in (Verdict.SURVIVED, Verdict.TIMED_OUT):
                progress.console.print(f"{result.verdict.value} {mutant.place}: {mutant.after}", markup=False)

        campaign.run(waiting, results, show, None if minutes is None else 60 * minutes)


def tools() -> dict[str, str]:
    return {
        "solc": VERSION,
        "Python": platform.python_version(),
        **{name: version(name) for name in ("pytest", "hypothesis", "pyrevm")},
    }


def mutate(root: Path, options: argparse.Namespace) -> int:
    solc = Solc()
    try:
        return mutate_with(solc, root, options)
    finally:
        solc.close()


def mutate_with(solc: Solc, root: Path, options: argparse.Namespace) -> int:
    contracts = Contracts(solc)
    mutants = plan.all_mutants(root, contracts)
    explanations = explained.load(root)
    for reads in explanations.without_mutant(each for group in mutants.values() for each in group):
        raise HarnessError(f"{explained.FILE}: there is no such mutant any more: {' | '.join(reads)}")
    wanted, results = chosen(mutants, options), results_of(root, options)
    waiting = [each for each in wanted if results.of(each) is None]
    waiting.sort(key=lambda each: _turn(results.last(each), explanations.of(each)))
    interrupted = False
    if waiting and options.minutes != 0:
        if any(each.file.endswith(".sol") for each in waiting):
            contracts.compile_reference(solc, filter(is_deployed, contracts.sources))
        campaign = Campaign(root, contracts, options.jobs)
        try:
            campaign.measure([each.file for each in waiting])
            tried(campaign, waiting, results, options.minutes)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            campaign.close()
    code = conclude(root, options, wanted, results, explanations)
    return 130 if interrupted else code


def _turn(last: Result | None, reason: str | None) -> int:
    """
    What no run has tried comes first, since a test written meanwhile has every survivor tried again, which takes long;
    survivors with a reason come last, since no test should kill them.
    """
    if last is None:
        return 0
    return 2 if last.verdict is Verdict.SURVIVED and reason is not None else 1


def conclude(
    root: Path,
    options: argparse.Namespace,
    wanted: Sequence[Mutant],
    results: Results,
    explanations: explained.Explanations,
) -> int:
    """
    Publishes and tells what came of a run: 1 when a mutant survived unexplained, when an explanation is refuted, or
    when a sample or a file was not run to its end. A full run goes on another day: it publishes what it has, of a
    mutant that is to be tried again what became of it the last time, for those are the ones that survived. Survivors
    with a reason are tried again too, and not waited for.
    """
    by_file: dict[str, list[Mutant]] = {}
    for each in wanted:
        by_file.setdefault(each.file, []).append(each)
    found = results.last if options.full else results.of
    outcomes = [(each, result) for each in wanted if (result := found(each))]
    again = sum(results.of(each) is None and _turn(last, explanations.of(each)) == 1 for each, last in outcomes)
    mode = "full" if options.full else "sample"
    about: dict[str, Any] = {"mode": mode, "seed": options.seed, "tools": tools(), "again": again}
    published = report.summary(by_file, outcomes, explanations, about)
    total = published["total"]
    complete = options.full or total["run"] == total["mutants"]
    if complete and not options.file:
        report.publish(root, mode, published)
    counts = ", ".join(f"{total[name]} {title}" for name, title in report.COLUMNS.items())
    print(
        f"mutation: {counts}; score {published['score']} %; {published['processor_minutes']} minutes of one processor"
    )
    if again:
        print(f"mutation: {again} of them to be tried again: tests were changed since", file=sys.stderr)
    bad = report.unexplained(published)
    for seen in bad:
        print(f"survived: {seen['place']}: {seen['before']}  →  {seen['after']}", file=sys.stderr)
    for seen in published["refuted"]:
        print(f"explained as equivalent, but killed by {seen['by']}: {seen['place']}: {seen['after']}", file=sys.stderr)
    kept = {each.key for each, result in outcomes if result.verdict is Verdict.SURVIVED and not explanations.of(each)}
    unexplained = root / "build" / "mutation" / "unexplained.toml"
    unexplained.parent.mkdir(parents=True, exist_ok=True)
    unexplained.write_text(explained.as_toml(each for each, _ in outcomes if each.key in kept))
    if not complete:
        print(f"mutation: {total['run']} of {total['mutants']} mutants run: nothing is published", file=sys.stderr)
    return 1 if bad or published["refuted"] or not complete else 0


def main() -> int:
    options = arguments()
    os.nice(10)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if find_spec("pyrevm") is None:
            raise HarnessError("the contracts are tested in pyrevm, which is not here; it is made for Python ≤ 3.12")
        return mutate(paths.root(), options)
    except HarnessError as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
