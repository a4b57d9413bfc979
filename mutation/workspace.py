"""A copy of the tree to put mutants into, one at a time. The tree it is made from is never written to."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from mutation import python, suite
from mutation.compiler import Contracts, NotCompiled, Solc
from mutation.mutants import Mutant
from mutation.suite import Run, Verdict

COPIED = ("contracts", "penstock", "tests", "deals", "docs", "scripts", "tools", "mutation", "benchmarks")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*")

# Python takes a compiled module for current when time (in seconds) and size of the source are the same: each file
# written gets a time of its own.
_moments = count(1_000_000_000)


class Workspace:
    """
    One worker's copy.

    base : the artifacts of the unmutated contracts, as `compile_contracts` keeps them. tests_for : see suite.py.
    """

    def __init__(
        self,
        source: Path,
        root: Path,
        contracts: Contracts,
        base: dict[str, Any],
        tests_for: Callable[[str], Sequence[str]] = suite.tests_for,
    ) -> None:
        self.source, self.root, self.contracts, self.base = source, root, contracts, base
        self.tests_for = tests_for
        self._testing = 0.0
        self.solc = Solc()
        self._artifacts = root / "build" / "artifacts"
        shutil.rmtree(root, ignore_errors=True)
        for name in COPIED:
            if (source / name).exists():
                shutil.copytree(source / name, root / name, ignore=LEFT_OUT)
        for file in source.iterdir():
            if file.is_file() and not file.name.startswith("."):
                shutil.copy(file, root)
        (root / "node_modules").symlink_to((source / "node_modules").resolve())
        self._artifacts.mkdir(parents=True)

    @property
    def seconds(self) -> float:
        """What compiling and testing took of a processor so far, whatever else the machine does."""
        return self.solc.seconds + self._testing

    def close(self) -> None:
        self.solc.close()

    def baseline(self, file: str, seconds: float, program: tuple[str, ...] | None = None) -> Run:
        """The tests for a file on the unmutated tree."""
        self._keep(self.contracts.fingerprint_with(*self._some_contract()), self.base)
        return suite.run(self.root, self.tests_for(file), seconds, program)

    def try_mutant(self, mutant: Mutant, expected: int, seconds: float) -> tuple[Verdict, str]:
        """
        What becomes of a mutant, and what says so: the test that found it, or the compiler's message.

        Raises
        ------
        HarnessError : when the run proves nothing.
        """
        original = (self.source / mutant.file).read_bytes()
        changed = mutant.apply(original)
        prepare = self._prepare_solidity if mutant.file.endswith(".sol") else self._prepare_python
        decided = prepare(mutant, original, changed)
        if decided:
            return decided
        try:
            self._write(mutant.file, changed)
            ended = suite.run(self.root, self.tests_for(mutant.file), seconds)
            if ended.notes is None and mutant.file.endswith(".py") and not suite.importable(self.root):
                return Verdict.KILLED, "tests/conftest.py cannot be imported"
        finally:
            self._write(mutant.file, original)
        self._testing += ended.notes["seconds"] if ended.notes else seconds
        found = suite.verdict(ended, self.root, expected, imports_may_fail=mutant.file.endswith(".py"))
        return found, suite.killer(ended)

    def _prepare_solidity(self, mutant: Mutant, original: bytes, changed: bytes) -> tuple[Verdict, str] | None:
        try:
            made = self.contracts.compile(self.solc, mutant.file, changed)
        except NotCompiled as error:
            return Verdict.INVALID, str(error).splitlines()[0]
        if self.contracts.same(made):
            return Verdict.EQUIVALENT, "same bytecode"
        self._keep(self.contracts.fingerprint_with(mutant.file, changed), {**self.base, **made})
        return None

    def _prepare_python(self, mutant: Mutant, original: bytes, changed: bytes) -> tuple[Verdict, str] | None:
        try:
            same = python.same_code(original, changed)
        except SyntaxError as error:
            return Verdict.INVALID, str(error)
        if same:
            return Verdict.EQUIVALENT, "same bytecode"
        self._keep(self.contracts.fingerprint_with(*self._some_contract()), self.base)
        return None

    def _some_contract(self) -> tuple[str, bytes]:
        name = next(iter(self.contracts.sources))
        return name, self.contracts.sources[name]["content"].encode()

    def _keep(self, fingerprint: str, artifacts: dict[str, Any]) -> None:
        if (self._artifacts / f"{fingerprint}.json").exists():
            return
        for stale in self._artifacts.glob("*.json"):
            stale.unlink()
        (self._artifacts / f"{fingerprint}.json").write_text(json.dumps(artifacts))

    def _write(self, file: str, text: bytes) -> None:
        target = self.root / file
        target.write_bytes(text)
        moment = next(_moments)
        os.utime(target, (moment, moment))
