"""What became of each mutant, one line each in a file that outlives an interruption."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from mutation.mutants import Mutant
from mutation.suite import Verdict


@dataclass(frozen=True)
class Result:
    """place, after : of the mutant. sources, tests : digests of what was mutated and of what decided.
    by : see `Workspace.try_mutant`. seconds : of one processor."""

    key: str
    place: str
    after: str
    sources: str
    tests: str
    verdict: Verdict
    by: str
    seconds: float


class Results:
    """
    Appends to a file and finds again, as long as the sources are the same.

    tests : digest of what a verdict depends on, by the test that killed, "" when none did: a mutant is tried again when
    that has changed.
    """

    def __init__(self, file: Path, sources: str, tests: Callable[[str], str]) -> None:
        self.file, self.sources, self.tests = file, sources, tests
        self._lock = Lock()
        self._last: dict[str, Result] = {}
        if file.exists():
            text = file.read_text()
            if not text.endswith("\n"):
                file.write_text(text + "\n")
            for line in text.splitlines():
                self._remember(_read(line))

    def last(self, mutant: Mutant) -> Result | None:
        """What became of it when it was tried last on these sources, be it with tests of another day."""
        return self._last.get(mutant.key)

    def of(self, mutant: Mutant) -> Result | None:
        """The same, if the tests that decided are those of today."""
        last = self.last(mutant)
        return last if last and last.tests == self._decided_by(last.verdict, last.by) else None

    def add(self, mutant: Mutant, verdict: Verdict, by: str, seconds: float) -> Result:
        tests, seconds = self._decided_by(verdict, by), round(seconds, 2)
        result = Result(mutant.key, mutant.place, mutant.after, self.sources, tests, verdict, by, seconds)
        with self._lock:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a") as file:
                file.write(json.dumps(asdict(result)) + "\n")
            self._remember(result)
        return result

    def _remember(self, result: Result | None) -> None:
        if result and result.sources == self.sources:
            self._last[result.key] = result

    def _decided_by(self, verdict: Verdict, by: str) -> str:
        if verdict in (Verdict.INVALID, Verdict.EQUIVALENT):
            return ""  # the compiler, whose version is fixed
        return self.tests(by if verdict is Verdict.KILLED else "")


def digest(root: Path, files: Iterable[Path]) -> str:
    """One for the names and contents of many files."""
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file.relative_to(root)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()[:16]


def _read(line: str) -> Result | None:
    """None for the half of a line that an interruption leaves."""
    try:
        values = json.loads(line)
        return Result(**{**values, "verdict": Verdict(values["verdict"])})
    except (ValueError, TypeError, KeyError):
        return None
