"""Symbols and the trace they leave: straight-line code, each line one operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Line(NamedTuple):
    """`result = operation(*given)`; given are Symbols and ints."""

    result: Symbol
    operation: str
    given: tuple[Symbol | int, ...]


@dataclass
class Trace:
    """The lines of one section, in the order in which they were noted; the same operation is noted once."""

    lines: list[Line] = field(default_factory=list)
    known: dict[tuple[object, ...], Symbol] = field(default_factory=dict)
    made: dict[str, Line] = field(default_factory=dict)

    def note(self, operation: str, given: tuple[Symbol | int, ...]) -> Symbol:
        key = (operation, *given)
        if key not in self.known:
            self.known[key] = Symbol(self, f"v{len(self.lines)}")
            self.lines.append(Line(self.known[key], operation, given))
            self.made[self.known[key].name] = self.lines[-1]
        return self.known[key]

    def given(self, name: str) -> Symbol:
        """A symbol that the kernel is given: an input, a value of the period, a variable of the state."""
        key = ("given", name)
        return self.known.setdefault(key, Symbol(self, name))


class Symbol:
    """A number, or a truth, that is known only when the code runs."""

    __slots__ = ("name", "trace")

    def __init__(self, trace: Trace, name: str) -> None:
        self.trace, self.name = trace, name

    @staticmethod
    def note(operation: str, *given: Symbol | int) -> Symbol:
        symbol = next(each for each in given if isinstance(each, Symbol))
        return symbol.trace.note(operation, given)

    def negate(self) -> Symbol:
        """The opposite of a truth; of an opposite, the truth itself."""
        line = self.trace.made.get(self.name)
        if line and line.operation == "negate" and isinstance(line.given[0], Symbol):
            return line.given[0]
        return Symbol.note("negate", self)

    def __repr__(self) -> str:
        return self.name

    def __add__(self, other: Symbol | int) -> Symbol:
        return self if isinstance(other, int) and other == 0 else Symbol.note("add", self, other)

    __radd__ = __add__

    def __sub__(self, other: Symbol | int) -> Symbol | int:
        if other is self:
            return 0
        return self if isinstance(other, int) and other == 0 else Symbol.note("less", self, other)

    def __rsub__(self, other: int) -> Symbol:
        return Symbol.note("less", other, self)

    def __mul__(self, other: Symbol | int) -> Symbol | int:
        if isinstance(other, int) and other in (0, 1):
            return self if other else 0
        return Symbol.note("times", self, other)

    __rmul__ = __mul__
