"""Which mutants there are, and which of them a run tries first."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from mutation import python, solidity
from mutation.compiler import Contracts
from mutation.mutants import Mutant, numbered
from mutation.targets import TARGETS, files_of
from mutation.verdicts import Record

SEED = 20260101
RESULTS = "mutation/results"
# One in so many of a sample has a verdict already: whether keeping verdicts is right is seen here.
KEPT_ONE_IN = 10
MOST_KEPT = 40
_FILE = re.compile(r"\+\+\+ (?:b/(.*)|/dev/null)")
_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")

Lines = Mapping[str, Sequence[tuple[int, int]]]


def all_mutants(root: Path, contracts: Contracts) -> list[Mutant]:
    """The mutants of every target, by file and place."""
    found: list[Mutant] = []
    for file in (each for target in TARGETS for each in files_of(root, target)):
        source = (root / file).read_bytes()
        solid = file.endswith(".sol")
        found += solidity.mutants(file, source, contracts.trees[file]) if solid else python.mutants(file, source)
    return list(numbered(found))


def base(root: Path) -> str | None:
    """
    The revision to compare with: where this branch left main, or else the last one that brought results. None where
    git does not say.
    """
    head = _git(root, "rev-parse", "HEAD")
    for main in ("origin/main", "main"):
        found = _git(root, "merge-base", "HEAD", main)
        if found and found != head:
            return found
    return _git(root, "log", "-1", "--format=%H", "--", RESULTS) or None


def changed_lines(root: Path, base: str | None) -> Lines:
    """The first and last line of each change since a revision, by file; of a new file, of all of it."""
    if base is None:
        return {}
    found: dict[str, list[tuple[int, int]]] = {}
    for file in _git(root, "ls-files", "--others", "--exclude-standard").splitlines():
        found[file] = [(1, 10**9)]
    for line in _git(root, "diff", "--unified=0", "--find-renames", "--no-color", "--no-ext-diff", base).splitlines():
        if file_line := _FILE.fullmatch(line):
            hunks = found.setdefault(file_line[1] or "", [])
        elif hunk := _HUNK.match(line):
            first = int(hunk[1])
            hunks.append((first, first + max(1, int(hunk[2] or 1)) - 1))
    return found


def is_touched(mutant: Mutant, record: Record | None, lines: Lines) -> bool:
    """Whether a change is in the mutant's function, or in the file of the test that decided about it."""
    if record and record.by.partition("::")[0] in lines:
        return True
    return any(first <= mutant.last_line and mutant.line <= last for first, last in lines.get(mutant.file, ()))


def order(waiting: Sequence[Mutant], touched: Collection[str], kept: Sequence[Mutant], seed: int) -> list[Mutant]:
    """
    What the change touched before the rest, in an order that depends on the seed alone, with some kept ones between.

    Parameters
    ----------
    waiting : mutants without a verdict. touched : keys of those that the change touched. kept : mutants with one.
    """
    drawing = random.Random(seed)
    first = sorted(drawing.sample(waiting, len(waiting)), key=lambda each: each.key not in touched)
    again = drawing.sample(kept, min(len(kept), MOST_KEPT))
    return list(_between(first, again))


def _between(first: Sequence[Mutant], again: Sequence[Mutant]) -> Iterator[Mutant]:
    left = list(again)
    for number, each in enumerate(first, 1):
        yield each
        if left and number % (KEPT_ONE_IN - 1) == 0:
            yield left.pop()
    if not first:
        yield from left


def _git(root: Path, *arguments: str) -> str:
    """What git says; nothing where there is no git or no such revision."""
    try:
        done = subprocess.run(("git", *arguments), cwd=root, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.rstrip("\n") if done.returncode == 0 else ""
