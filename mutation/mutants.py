"""A mutant: one small fault at one place of one file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Mutant:
    """
    A replacement of some bytes of a file.

    start, end : in bytes, as both compilers count them. function : the enclosing function, dotted; "" outside any.
    line : from 1. before, after : the lines it touches, without and with it, blanks run together.
    nth : which of several mutants that read the same.
    """

    file: str
    start: int
    end: int
    replacement: str
    operator: str
    function: str
    line: int
    before: str
    after: str
    nth: int = 0

    @property
    def key(self) -> str:
        """Stays the same while the lines around it move."""
        parts = (self.file, self.function, self.before, self.after, str(self.nth))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.replacement.encode() + source[self.end :]


def make(file: str, source: bytes, span: tuple[int, int], replacement: str, operator: str, function: str) -> Mutant:
    start, end = span
    first = source.rfind(b"\n", 0, start) + 1
    last = source.find(b"\n", end)
    last = len(source) if last < 0 else last
    before = source[first:last].decode()
    after = source[first:start].decode() + replacement + source[end:last].decode()
    line = source.count(b"\n", 0, start) + 1
    return Mutant(file, start, end, replacement, operator, function, line, _squeeze(before), _squeeze(after))


def distinct(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """Each replacement once, in the order of the file; those that read the same are numbered."""
    unique = {(each.start, each.end, each.replacement): each for each in mutants}
    seen: Counter[tuple[str, str, str]] = Counter()
    for _, each in sorted(unique.items()):
        reads = (each.function, each.before, each.after)
        yield replace(each, nth=seen[reads])
        seen[reads] += 1


def _squeeze(text: str) -> str:
    return " ".join(text.split())
