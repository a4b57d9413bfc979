"""Survivors that change nothing anybody could see: mutation/EXPLAINED.md says why, for people and for this module."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mutation.mutants import Mutant

FILE = Path("mutation/EXPLAINED.md")
_ENTRY = re.compile(r"- `([0-9a-f]{12})` ([\w.]*): `` (.*) ``")


@dataclass(frozen=True)
class Entry:
    """kind, file : the headings it is under. reason : the paragraph above it. The rest is the mutant's."""

    kind: str
    file: str
    reason: str
    key: str
    function: str
    shown: str


class Explanations:
    """An explanation belongs to the text of its function, as a verdict does."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self._by_key = {each.key: each for each in self.entries}
        self._by_look = {(each.function, each.shown): each for each in self.entries}

    def of(self, mutant: Mutant) -> Entry | None:
        return self._by_key.get(mutant.key)

    def earlier(self, mutant: Mutant) -> Entry | None:
        """Of a mutant that looked the same in an earlier text of its function: does it still hold?"""
        return self._by_look.get((mutant.function, mutant.shown))

    def lapsed(self, mutants: Iterable[Mutant]) -> list[Entry]:
        """Explanations of functions that read otherwise now."""
        keys = {each.key for each in mutants}
        return [each for each in self.entries if each.key not in keys]


def load(root: Path) -> Explanations:
    """
    Raises
    ------
    ValueError : an entry that cannot be read, has no reason, or is there twice.
    """
    kind = file = reason = ""
    entries: dict[str, Entry] = {}
    after_entry = True
    for number, line in enumerate((root / FILE).read_text().splitlines(), 1):
        if line.startswith("## "):
            kind, reason = line[3:], ""
        elif line.startswith("### "):
            file, reason = line[4:], ""
        elif line.startswith("- `"):
            found = _ENTRY.fullmatch(line)
            if not found or not reason or found[1] in entries:
                raise ValueError(f"{FILE}:{number}: want a reason, then - `key` function: `` change ``, each key once")
            entries[found[1]] = Entry(kind, file, reason, *found.groups())
            after_entry = True
        elif line.strip():
            reason = line if after_entry or not reason else f"{reason} {line}"
            after_entry = False
    return Explanations(entries.values())


def as_entry(mutant: Mutant) -> str:
    return f"- `{mutant.key}` {mutant.function}: `` {mutant.shown} ``"
