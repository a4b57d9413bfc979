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
    """sources, tests : digests of what was mutated and of what decided. by : see `Workspace.try_mutant`.
    seconds : of one processor."""

    key: str
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
        self._known: dict[str, Result] = {}
        self._tried: set[str] = set()
        if file.exists():
            text = file.read_text()
            if not text.endswith("\n"):
                file.write_text(text + "\n")
            for line in text.splitlines():
                self._remember(_read(line))

    def of(self, mutant: Mutant) -> Result | None:
        return self._known.get(mutant.key)

    def tried(self, mutant: Mutant) -> bool:
        """Whether any run tried it on these sources, be it with tests of another day."""
        return mutant.key in self._tried

    def add(self, mutant: Mutant, verdict: Verdict, by: str, seconds: float) -> Result:
        result = Result(mutant.key, self.sources, self._decided_by(verdict, by), verdict, by, round(seconds, 2))
        with self._lock:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a") as file:
                file.write(json.dumps(asdict(result)) + "\n")
            self._remember(result)
        return result

    def _remember(self, result: Result | None) -> None:
        if result is None or result.sources != self.sources:
            return
        self._tried.add(result.key)
        if result.tests == self._decided_by(result.verdict, result.by):
            self._known[result.key] = result
        else:
            self._known.pop(result.key, None)

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
