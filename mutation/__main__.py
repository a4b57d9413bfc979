"""`make mutation`: see docs/MUTATION.md."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from mutation import choose, explained, summary
from mutation.campaign import Campaign
from mutation.compiler import Contracts, Solc
from mutation.explained import Explanations
from mutation.judges import Judges
from mutation.mutants import Mutant
from mutation.summary import State
from mutation.testing import HarnessError
from mutation.verdicts import FILE, Record, Records
from penstock import paths

console = Console(stderr=True, highlight=False, soft_wrap=True)
# Five with what comes before and after.
SAMPLE_MINUTES = 4.7
UNEXPLAINED = Path("build/mutation/unexplained.md")


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutation", description="Faults put into the code for tests to find.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--full", action="store_true", help="every mutant without a verdict, however long it takes")
    what.add_argument("--file", metavar="PATH", help="every mutant of a file or folder without a verdict")
    what.add_argument("--status", action="store_true", help="try none; say what is known")
    parser.add_argument("--fresh", action="store_true", help="those with a verdict as well")
    parser.add_argument("--base", metavar="REVISION", help="sample what changed since; default where main was left")
    parser.add_argument("--seed", type=int, default=choose.SEED, help="decides the order")
    parser.add_argument("--jobs", type=int, default=2, help="workers, at lowered priority")
    parser.add_argument("--minutes", type=float, help=f"stop after so many; a sample after {SAMPLE_MINUTES}")
    return parser.parse_args(given)


def mutate(root: Path, options: argparse.Namespace, started: float) -> int:
    """
    The exit code: 1 when a mutant survived unexplained for which the run is to blame (`chosen`), when an explanation is
    refuted, or when nothing could be tried; 130 when interrupted.
    """
    solc = Solc()
    try:
        contracts = Contracts(solc)
        mutants = choose.all_mutants(root, contracts)
        records, explanations = Records(root / FILE), explained.load(root)
        judges = Judges(root, records)
        known = summary.states(mutants, records, judges, explanations)
        wanted, blamed = chosen(root, options, mutants, known, records)
        if not wanted:
            return conclude(root, mutants, known, {}, blamed, explanations, records)
        contracts.compile_reference(solc)
    finally:
        solc.close()
    minutes = options.minutes or (None if options.full or options.file else SAMPLE_MINUTES)
    left = None if minutes is None else max(0.0, started + 60 * minutes - time.monotonic())
    before, tried = dict(known), dict[str, Record]()
    campaign = Campaign(root, contracts, judges, options.jobs, left)
    code = 0
    try:
        with progress(len(wanted)) as shown:

            def on_record(mutant: Mutant, record: Record) -> None:
                tried[mutant.key] = record
                known[mutant.key] = state = summary.state_of(record.verdict, mutant, explanations)
                shown.advance(shown.task_ids[0])
                if state in (State.SURVIVED, State.TIMED_OUT):
                    shown.console.print(f"{state.value} {mutant.place}: {mutant.shown}", markup=False)

            campaign.run(wanted, records, on_record)
    except KeyboardInterrupt:
        code = 130
    finally:
        campaign.close()
    print(f"mutation: tried {len(tried)} of {len(wanted)} in {(time.monotonic() - started) / 60:.1f} minutes")
    again = [key for key in tried if before[key] not in summary.WAITING]
    for test in sorted(campaign.known.unsound):
        print(f"mutation: does not pass here without a mutant, and decided nothing: {test}", file=sys.stderr)
    print(f"mutation: new verdicts: {summary.counts(known[key] for key in tried if key not in again)}")
    if again:
        changed = sum(known[key] is not before[key] for key in again)
        print(f"mutation: of {len(again)} kept verdicts that were tried again, {changed} changed")
    if options.full and not code and len(tried) == len(wanted):
        records.tidy(mutants)
    if tried:
        summary.publish(root, records, explanations)
    code = code or conclude(root, mutants, known, tried, blamed, explanations, records)
    return code or (1 if not tried else 0)


def chosen(
    root: Path, options: argparse.Namespace, mutants: Sequence[Mutant], known: dict[str, State], records: Records
) -> tuple[list[Mutant], set[str]]:
    """
    What a run tries, in its order, and the keys of those whose survival fails the run. A sample fails on what the
    change touched and on what was killed before; a hole that was there already is named and stops nobody.
    """
    everyone = {each.key for each in mutants}
    if options.status:
        return [], everyone
    inside = options.file and options.file.rstrip("/")
    of_file = [each for each in mutants if not inside or each.file == inside or each.file.startswith(f"{inside}/")]
    if not of_file:
        files = ", ".join(sorted({each.file for each in mutants}))
        raise HarnessError(f"{options.file}: no such file or folder with mutants; there are {files}")
    waiting = [each for each in of_file if options.fresh or known[each.key] in summary.WAITING]
    if options.full or options.file:
        print(f"mutation: {len(waiting)} of {len(of_file)} mutants to try")
        return choose.order(waiting, (), (), options.seed), everyone
    base = options.base or choose.base(root)
    lines = choose.changed_lines(root, base)
    touched = {each.key for each in waiting if choose.is_touched(each, records.of(each), lines)}
    since = f"since {base[:12]}" if base else "of an unknown base"
    print(f"mutation: {len(waiting)} mutants wait for a verdict, {len(touched)} of them for changes {since}")
    kept = [each for each in mutants if known[each.key] is State.KILLED]
    blamed = touched | {each.key for each in kept} if base else everyone
    return choose.order(waiting, touched, kept, options.seed), blamed


def conclude(
    root: Path,
    mutants: Sequence[Mutant],
    known: dict[str, State],
    tried: dict[str, Record],
    blamed: set[str],
    explanations: Explanations,
    records: Records,
) -> int:
    print(summary.table(mutants, known))
    for line in summary.lapsed_with(mutants, known, records):
        print(f"mutation: {line}")
    survived = [each for each in mutants if known[each.key] is State.SURVIVED]
    refuted = [each for each in mutants if known[each.key] in (State.KILLED, State.TIMED_OUT) and explanations.of(each)]
    reread = [each for each in mutants if each.key in tried and known[each.key] is State.EXPLAINED]
    reread = [each for each in reread if not explanations.of(each)]
    for each in survived:
        where = "" if each.key in blamed else ", in code that the change did not touch"
        print(f"survived{where}: {each.place}: {each.shown}", file=sys.stderr)
    for each in refuted:
        record = records.of(each)
        print(f"explained, but killed by {record.by if record else ''}: {each.place}: {each.shown}", file=sys.stderr)
    for each in reread:
        print(f"explained for an earlier text of {each.function}: {each.place}: {each.shown}", file=sys.stderr)
    lapsed = explanations.lapsed(mutants)
    if lapsed:
        print(f"mutation: {len(lapsed)} explanations are of functions that have changed since", file=sys.stderr)
    if survived or reread:
        (root / UNEXPLAINED).parent.mkdir(parents=True, exist_ok=True)
        (root / UNEXPLAINED).write_text(summary.to_explain([*survived, *reread], explanations))
        print(f"mutation: lines for {explained.FILE} are in {UNEXPLAINED}", file=sys.stderr)
    return 1 if refuted or any(each.key in blamed for each in survived) else 0


def progress(total: int) -> Progress:
    shown = Progress(
        TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True
    )
    shown.add_task("mutants", total=total)
    return shown


def main() -> int:
    started = time.monotonic()
    options = arguments()
    os.nice(10)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if find_spec("pyrevm") is None:
            raise HarnessError("the contracts are tested in pyrevm, which is not here; it is made for Python ≤ 3.12")
        return mutate(paths.root(), options, started)
    except HarnessError as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
