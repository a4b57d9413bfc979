"""A mutant: one small fault at one place of one file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

CONTEXT = 36


@dataclass
class Unit:
    """
    What a verdict belongs to: a function, or a statement outside any.

    name : dotted, with the class or contract around it; of a statement, that of what is around it.
    start, end : in bytes of the file, as both compilers count them.
    normal : gives a text as a compiler reads it, without comments and layout. Raises SyntaxError.
    """

    file: str
    name: str
    source: bytes
    start: int
    end: int
    normal: Callable[[bytes], str]

    def __post_init__(self) -> None:
        self.text = self.normal(self.source[self.start : self.end])


@dataclass(frozen=True)
class Mutant:
    """
    A replacement of some bytes of a file.

    start, end : in bytes. line, last_line : of its unit's first and last line, from 1, as `at` is of the mutant itself.
    function : the name of its unit. shown : the change in its line, for people.
    key : the function's text without and with the fault; neither the file nor the place in it.
    """

    file: str
    start: int
    end: int
    replacement: str
    operator: str
    function: str
    at: int
    line: int
    last_line: int
    shown: str
    key: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.at}"

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.replacement.encode() + source[self.end :]


def make(unit: Unit, span: tuple[int, int], replacement: str, operator: str) -> Mutant | None:
    """None when the fault cannot be parsed, or reads the same."""
    start, end = span
    source = unit.source
    changed = source[unit.start : start] + replacement.encode() + source[end : unit.end]
    try:
        after = unit.normal(changed)
    except SyntaxError:
        return None
    if after == unit.text:
        return None
    return Mutant(
        unit.file,
        start,
        end,
        replacement,
        operator,
        unit.name,
        _line(source, start),
        _line(source, unit.start),
        _line(source, unit.end),
        _shown(source, start, end, replacement),
        digest(unit.name, unit.text, after),
    )


def distinct(mutants: Iterable[Mutant | None]) -> Iterator[Mutant]:
    """Each fault once, in the order of the file."""
    unique = {each.key: each for each in mutants if each}
    yield from sorted(unique.values(), key=lambda each: (each.start, each.end, each.replacement))


def numbered(mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """With a key each: the same function may be in two files."""
    seen: Counter[str] = Counter()
    for each in mutants:
        number = seen[each.key]
        seen[each.key] += 1
        yield replace(each, key=digest(each.key, str(number))) if number else each


def digest(*parts: str) -> str:
    """Twelve hexadecimal digits: of ten thousand mutants no two share them but by one chance in five million."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _line(source: bytes, at: int) -> int:
    return source.count(b"\n", 0, at) + 1


def _shown(source: bytes, start: int, end: int, replacement: str) -> str:
    """`if (loss «> → >=» 0)`: the line with its change, cut to what is around it."""
    first = source.rfind(b"\n", 0, start) + 1
    last = source.find(b"\n", end)
    left = _squeeze(source[first:start].decode(), keep_end=True)
    right = _squeeze(source[end : last if last >= 0 else len(source)].decode(), keep_start=True)
    left = left if len(left) <= CONTEXT else "…" + left[-CONTEXT:]
    right = right if len(right) <= CONTEXT else right[:CONTEXT] + "…"
    changed = f"«{_short(source[start:end].decode())} → {_short(replacement)}»"
    return f"{left}{changed}{right}".strip()


def _short(text: str) -> str:
    text = _squeeze(text)
    return text if len(text) <= 2 * CONTEXT else f"{text[:CONTEXT]}…{text[-CONTEXT:]}"


def _squeeze(text: str, *, keep_start: bool = False, keep_end: bool = False) -> str:
    squeezed = " ".join(text.split())
    if keep_start and text[:1].isspace():
        squeezed = " " + squeezed
    if keep_end and text[-1:].isspace() and squeezed:
        squeezed += " "
    return squeezed
