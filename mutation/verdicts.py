"""
What became of each mutant, kept in mutation/results/ from one change to the next.

A verdict holds while the mutated function and what decided about it read the same: see docs/decisions/0008-mutation.md.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from threading import Lock

from mutation.mutants import Mutant

FILE = Path("mutation/results/verdicts.jsonl.gz")
# In place of a test, when the mutated code cannot be imported.
IMPORT = "import"


class Verdict(str, Enum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    SAME_CODE = "same code"
    INVALID = "invalid"


@dataclass(frozen=True)
class Record:
    """
    One mutant's verdict.

    file, function : where the mutant was then; for people and figures, neither is part of its key.
    by : the test that killed it or in which it timed out; "import" when nothing could be imported any more; "" else.
    decided : digest of that test; of a survivor, of all the tests it passed; "" when no test decided.
    seconds : of one processor.
    """

    file: str
    function: str
    key: str
    verdict: Verdict
    by: str
    decided: str
    seconds: float


class Records:
    """The file of records. Each one added is on the disk when `add` returns: a run may end at any time."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = Lock()
        text = gzip.decompress(file.read_bytes()).decode() if file.exists() else ""
        read = [json.loads(line) for line in text.splitlines()]
        self._kept = {each["key"]: Record(**{**each, "verdict": Verdict(each["verdict"])}) for each in read}

    def __iter__(self) -> Iterator[Record]:
        return iter(sorted(self._kept.values(), key=lambda each: (each.file, each.function, each.key)))

    def of(self, mutant: Mutant) -> Record | None:
        return self._kept.get(mutant.key)

    def add(self, mutant: Mutant, verdict: Verdict, by: str, decided: str, seconds: float) -> Record:
        made = Record(mutant.file, mutant.function, mutant.key, verdict, by, decided, round(seconds, 1))
        with self._lock:
            self._kept[made.key] = made
            self._write()
        return made

    def tidy(self, mutants: Collection[Mutant]) -> None:
        """Forgets what is not a mutant of these any more, and notes where the others are now."""
        with self._lock:
            kept = {each.key: self._kept[each.key] for each in mutants if each.key in self._kept}
            places = {each.key: each for each in mutants}
            self._kept = {
                key: replace(each, file=places[key].file, function=places[key].function) for key, each in kept.items()
            }
            self._write()

    def _write(self) -> None:
        lines = "".join(json.dumps(asdict(each)) + "\n" for each in self)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        part = self.file.with_suffix(".part")
        # No time in the head: the same records are the same bytes.
        part.write_bytes(gzip.compress(lines.encode(), mtime=0))
        part.replace(self.file)
