"""Which tests judge a mutant, in which order, and whether an earlier verdict still holds."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

from mutation.mutants import Mutant, digest
from mutation.targets import TARGETS, modules_of, target_of
from mutation.testcode import Test, TestCode, module_name
from mutation.verdicts import IMPORT, Record, Records, Verdict


class Judges:
    """
    The tests of a tree, as it is now.

    Tests that killed mutants of the same function come first, then those that did in the same file, then those whose
    file has its name, imports it, or speaks of it most, then those that reach few modules, which are usually about one
    of them.
    """

    def __init__(self, root: Path, records: Records) -> None:
        self._root = root
        self._code = TestCode(root)
        modules = {target.name: modules_of(root, target) for target in TARGETS}
        self._tests = {name: self._code.tests(paths) for name, paths in modules.items()}
        self._digests = {name: self._code.digests(paths) for name, paths in modules.items()}
        self._kills: Counter[tuple[str, str]] = Counter()
        for each in records:
            if each.by:
                self._kills.update([(each.function, each.decided), (Path(each.file).name, each.decided)])
        self._of = cache(self._of_function)
        self._text = cache(lambda module: (root / module).read_text())

    def of(self, mutant: Mutant) -> list[Test]:
        """The tests that can reach a mutant, the likeliest to find it first."""
        return self._of(mutant.file, mutant.function)

    def decided(self, mutant: Mutant, verdict: Verdict, by: str) -> str:
        """The digest of what has decided about a mutant."""
        if verdict in (Verdict.INVALID, Verdict.SAME_CODE) or by == IMPORT:
            return ""
        return self._passed(mutant) if verdict is Verdict.SURVIVED else self._code.find(by).digest

    def uphold(self, record: Record | None, mutant: Mutant) -> bool:
        """Whether the tests that gave a verdict read as they did. The mutant's own text is part of its key."""
        if record is None:
            return False
        if record.verdict is Verdict.SURVIVED:
            return record.decided == self._passed(mutant)
        return not record.decided or record.decided in self._digests[target_of(mutant.file).name]

    def _passed(self, mutant: Mutant) -> str:
        return digest(*sorted(each.digest for each in self.of(mutant)))

    def _of_function(self, file: str, function: str) -> list[Test]:
        tests = self._tests[target_of(file).name]
        if file.endswith(".py"):
            tests = [each for each in tests if module_name(file) in each.reach]

        words = [f'"{each}"' for each in self._spoken_of(file)]
        package, _, name = module_name(file).rpartition(".")
        names = (f"from {package} import {name}\n", f"from {package}.{name} import ")

        def turn(test: Test) -> tuple[int, int, int, int, int, str]:
            kills = [self._kills[place, test.digest] for place in (function, Path(file).name)]
            module = test.name.partition("::")[0]
            text = self._text(module)
            distance = 0 if f"/test_{name}" in module else 1 if any(each in text for each in names) else 2
            spoken = sum(text.count(each) for each in words)
            return -kills[0], -kills[1], distance, -spoken, len(test.reach), test.name

        return sorted(tests, key=turn)

    def _spoken_of(self, file: str) -> list[str]:
        """
        The names of a module and of those of its package that name it: every test of a command reaches all commands,
        and says in quotes which it runs.
        """
        name, package = Path(file).stem, Path(*Path(file).parts[:2])
        if not file.endswith(".py"):
            return []
        return [name, *(each.stem for each in (self._root / package).glob("*.py") if name in each.read_text())]
