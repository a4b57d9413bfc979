"""Mutants that change nothing anybody could see: tests/mutation/equivalent.toml says why."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mutation.mutants import Mutant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path("tests/mutation/equivalent.toml")
Reads = tuple[str, str, str, str]


@dataclass(frozen=True)
class Explanations:
    """Reasons by file, function, line before and line after; where a line stands does not matter."""

    reasons: dict[Reads, str]

    def of(self, mutant: Mutant) -> str | None:
        return self.reasons.get(_reads(mutant))

    def without_mutant(self, mutants: Iterable[Mutant]) -> list[Reads]:
        """Explanations of mutants that do not exist any more."""
        existing = {_reads(each) for each in mutants}
        return [reads for reads in self.reasons if reads not in existing]


def load(root: Path) -> Explanations:
    entries = tomllib.loads((root / FILE).read_text()).get("equivalent", [])
    return Explanations(
        {
            (entry["file"], entry["function"], before, after): entry["reason"]
            for entry in entries
            for before, after in entry["changes"]
        }
    )


def as_toml(mutants: Iterable[Mutant]) -> str:
    """Entries to complete with a reason."""
    return "\n".join(
        f'[[equivalent]]\nfile = "{each.file}"\nfunction = "{each.function}"\n'
        f"changes = [['''{each.before}''', '''{each.after}''']]\nreason = \"\"\n"
        for each in mutants
    )


def _reads(mutant: Mutant) -> Reads:
    return mutant.file, mutant.function, mutant.before, mutant.after
