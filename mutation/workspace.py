"""A copy of the tree to put mutants into, one at a time. The tree it is made from is never written to."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from mutation import python, testing
from mutation.compiler import Contracts, NotCompiled, Solc
from mutation.mutants import Mutant
from mutation.testcode import Test, module_name
from mutation.testing import HarnessError, Tests
from mutation.verdicts import IMPORT, Verdict

# Without the artifacts that the package carries, the contracts come from where this puts them, mutated or not.
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "build", "node_modules", "artifacts.json")
# Most mutants fall to one of the first tests: the others are not even collected before these have passed.
FIRST_TESTS = (4, 24)

# Python takes a compiled module for current when time (in seconds) and size of the source are the same: each file
# written gets a time of its own.
_moments = count(1_000_000_000)


@dataclass
class KnownTests:
    """
    Tests that were tried without a mutant.

    sound : they pass. unsound : they fail here without one, and decide nothing; a module's path stands for all of it.
    """

    sound: set[str] = field(default_factory=set)
    unsound: set[str] = field(default_factory=set)

    def usable(self, tests: Sequence[Test]) -> list[Test]:
        return [each for each in tests if not self.unsound & {each.name, each.name.partition("::")[0]}]


class Workspace:
    """
    One worker's copy.

    contracts : compiled without a mutant. known : which tests pass without a mutant; workers share it.
    """

    def __init__(self, source: Path, root: Path, contracts: Contracts, known: KnownTests) -> None:
        self.source, self.root, self.contracts, self.known = source, root, contracts, known
        self.solc = Solc()
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(source, root, ignore=LEFT_OUT)
        (root / "node_modules").symlink_to((source / "node_modules").resolve())
        self._artifacts = root / "build" / "artifacts"
        self._artifacts.mkdir(parents=True)
        self._keep(contracts.fingerprint(), contracts.reference)
        self.tests = Tests(root)
        self._testing = 0.0

    @property
    def seconds(self) -> float:
        """What compiling and testing took of a processor so far, whatever else the machine does."""
        return self.solc.seconds + self._testing

    def stop(self) -> None:
        """Ends what is under way in another thread, which raises Stopped or HarnessError there."""
        self.tests.stop()
        self.solc.stop()

    def close(self) -> None:
        self.tests.close()
        self.solc.close()

    def try_mutant(self, mutant: Mutant, tests: Sequence[Test]) -> tuple[Verdict, str]:
        """
        What becomes of a mutant under some tests, the likeliest to find it first, and the test that says so.

        Raises
        ------
        HarnessError : when the run proves nothing, or no test passes without the mutant. Stopped : see `Tests`.
        """
        original = (self.root / mutant.file).read_bytes()
        changed = mutant.apply(original)
        prepare = self._prepare_solidity if mutant.file.endswith(".sol") else self._prepare_python
        decided = prepare(mutant, original, changed)
        if decided:
            return decided, ""
        self.tests.start()
        first = [module_name(mutant.file), "tests.conftest"] if mutant.file.endswith(".py") else []
        try:
            while usable := self.known.usable(tests):
                self._write(mutant.file, changed)
                found, by = self._test(usable, first)
                self._write(mutant.file, original)
                if by in ("", IMPORT) or self._passes(by):
                    return found, by
        finally:
            self._write(mutant.file, original)
            if mutant.file.endswith(".sol"):
                self._artifact(self.contracts.fingerprint(mutant.file, changed)).unlink(missing_ok=True)
        failing = ", ".join(sorted(self.known.unsound))
        raise HarnessError(f"of its tests none passes without a mutant; these do not: {failing}")

    def _test(self, tests: Sequence[Test], first: Sequence[str]) -> tuple[Verdict, str]:
        for some in _in_turn(tests):
            names = [each.name for each in some]
            ended = self.tests.run(names, first)
            found, by = testing.verdict(ended, self.root, names)
            self._testing += self.tests.seconds_a_test if found is Verdict.TIMED_OUT else ended.seconds
            if found is not Verdict.SURVIVED:
                return found, by
        return Verdict.SURVIVED, ""

    def _passes(self, test: str) -> bool:
        """A test kills only if it passes without the mutant; of a module, its import must."""
        if test in self.known.sound:
            return True
        ended = self.tests.run([test] if "::" in test else [test, "--collect-only"])
        self._testing += ended.seconds
        if ended.code != 0:
            self.known.unsound.add(testing.without_parameters(test))
            return False
        self.known.sound.add(test)
        return True

    def _prepare_solidity(self, mutant: Mutant, original: bytes, changed: bytes) -> Verdict | None:
        try:
            made = self.contracts.compile(self.solc, mutant.file, changed)
        except NotCompiled:
            return Verdict.INVALID
        if self.contracts.same(made):
            return Verdict.SAME_CODE
        self._keep(self.contracts.fingerprint(mutant.file, changed), {**self.contracts.reference, **made})
        return None

    def _prepare_python(self, mutant: Mutant, original: bytes, changed: bytes) -> Verdict | None:
        try:
            return Verdict.SAME_CODE if python.same_code(original, changed) else None
        except SyntaxError:
            return Verdict.INVALID

    def _artifact(self, fingerprint: str) -> Path:
        return self._artifacts / f"{fingerprint}.json"

    def _keep(self, fingerprint: str, artifacts: dict[str, Any]) -> None:
        """Where `compile_contracts` looks before it compiles."""
        self._artifact(fingerprint).write_text(json.dumps(artifacts))

    def _write(self, file: str, text: bytes) -> None:
        target = self.root / file
        target.write_bytes(text)
        moment = next(_moments)
        os.utime(target, (moment, moment))


def _in_turn(tests: Sequence[Test]) -> Iterator[Sequence[Test]]:
    begin = 0
    for end in (*FIRST_TESTS, len(tests)):
        if tests[begin:end]:
            yield tests[begin:end]
        begin = max(begin, end)
