"""
A program as the source of one kernel: blocks of lanes, one scenario a lane, all numbers of a block in one array.

The source depends on the deal's structure alone: what is known when it is printed and larger than 1 is an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.simulate.bounds import Width
from penstock.simulate.columns import Stage
from penstock.simulate.numbers import Number
from penstock.simulate.printed import CALLS, statement
from penstock.simulate.program import PERIOD, Program, Section
from penstock.simulate.series import SERIES
from penstock.simulate.trace import Symbol

LANES = {64: 256, 128: 64}
"""How many scenarios are settled together, so that a block's numbers stay near the processor."""


@dataclass
class Source:
    """
    text : of the kernel. constants, columns, opening : its arguments, by planes: of 64 bits one, of 128 low and high.
    inputs : which arrays it takes, in this order.
    """

    program: Program
    width: Width
    text: str = ""
    constants: list[int] = field(default_factory=list)

    @property
    def planes(self) -> int:
        return self.width.bits // 64

    @property
    def lanes(self) -> int:
        return LANES[self.width.bits]

    def column_values(self) -> list[list[int]]:
        usual = self.program.sections.get(Stage.USUAL)
        return [] if usual is None else [list(values) for values in usual.columns.values()]

    def array(self, values: Sequence[Any], shape: tuple[int, ...]) -> NDArray[np.int64]:
        """Known numbers as the kernel takes them; one beyond all in use limits nothing, and is made smaller."""
        most = self.width.number
        flat = [min(int(each), most) for row in values for each in (row if isinstance(row, list) else [row])]
        found = planes(flat, self.planes)
        return found.reshape(self.planes, *shape)


def planes(values: Any, count: int) -> NDArray[np.int64]:
    """Whole numbers as words of 64 bits, the lowest first."""
    if count == 1:
        return np.array(values, np.int64).reshape(1, -1)
    whole = np.array(values, object)
    low = (whole & (2**64 - 1)).astype(np.uint64).astype(np.int64)
    return np.stack([low, (whole >> 64).astype(np.int64)])


def source(program: Program, width: Width) -> Source:
    """The kernel of a program for lanes of a width."""
    return _Printer(program, width).made


class _Printer:
    """Places in the scratch array are rows of a lane each: the state, windows, inputs, then what a period records."""

    def __init__(self, program: Program, width: Width) -> None:
        self.program, self.made = program, Source(program, width)
        self.constants: dict[int, int] = {}
        self.row: dict[str, int] = {}
        self.rows = 0
        for name in program.variables:
            self._place(f"s_{name}")
        self.cells: dict[str, int] = {}
        for name, depth in program.depths.items():
            if depth > 1:
                self.cells[name] = self._place(f"cells_{name}", depth)
        for name in program.inputs:
            self._place(name)
        self.recorded, self.added = program.rows(program.record), program.rows(program.totals)
        self._place("recorded", len(self.recorded))
        self._place("added", len(self.added))
        self.made.text = "\n".join(self._text()) + "\n"
        self.made.constants = list(self.constants)

    def _place(self, name: str, rows: int = 1) -> int:
        self.row[name], self.rows = self.rows, self.rows + rows
        return self.row[name]

    def _operand(self, value: Number) -> str:
        if isinstance(value, Symbol):
            return value.name
        if value in (0, 1):
            return ("zero", "one")[value] if self.made.planes == 2 else str(value)
        place = self.constants.setdefault(int(value), len(self.constants))
        return f"q_{place}"

    def _at(self, row: int | str, plane: int = 0) -> str:
        """A place in the scratch array, for the lane `s`."""
        lanes = self.made.lanes
        if isinstance(row, str):
            return f"S[({row} + {plane * self.rows}) * {lanes} + s]"
        return f"S[{(row + plane * self.rows) * lanes} + s]"

    def _load(self, row: int) -> str:
        if self.made.planes == 1:
            return self._at(row)
        return f"wide({self._at(row)}, {self._at(row, 1)})"

    def _store(self, row: int, value: str) -> Iterator[str]:
        if self.made.planes == 1:
            yield f"{self._at(row)} = {value}"
        else:
            yield f"x = {value}"
            yield f"{self._at(row)} = low(x)"
            yield f"{self._at(row, 1)} = high(x)"

    def _argument(self, array: str, place: str) -> str:
        if self.made.planes == 1:
            return f"{array}[0, {place}]"
        return f"wide({array}[0, {place}], {array}[1, {place}])"

    def _text(self) -> list[str]:
        sections, inputs = self.program.sections, "".join(f"all_{name}, " for name in self.program.inputs)
        block = [f"n = min({self.made.lanes}, count - block * {self.made.lanes})", "S[:] = 0", *self._opening()]
        if Stage.USUAL in sections:
            block += ["for k in range(periods - 1):", *_indented(self._period(sections[Stage.USUAL], Stage.USUAL))]
        block += ["k = periods - 1", *self._period(sections[Stage.LAST], Stage.LAST)]
        block += ["k = periods", *self._period(sections[Stage.LATE], Stage.LATE)]
        block += self._out("added", len(self.added), "totals[p, i, {lane}]")
        body = [f"S = np.zeros({self.rows * self.made.lanes * self.made.planes}, np.int64)"]
        if self.made.planes == 2:
            body += ["zero = wide(0, 0)", "one = wide(1, 0)"]
        body += [f"q_{place} = {self._argument('constants', str(place))}" for place in self.constants.values()]
        body += ["for block in range(first, end):", *_indented(block)]
        taken = f"first, end, count, periods, {inputs}late, columns, constants, opening, record, totals"
        return [f"def run({taken}):", *_indented(body)]

    def _opening(self) -> Iterator[str]:
        for place, name in enumerate(self.program.variables):
            if self.program.depths[name] > 1:
                continue
            for plane in range(self.made.planes):
                yield f"x = opening[{plane}, {place}]"
                yield f"for s in range({self.made.lanes}): {self._at(self.row[f's_{name}'], plane)} = x"

    def _each_plane(self) -> range:
        return range(self.made.planes)

    def _period(self, section: Section, stage: Stage) -> list[str]:
        program, lanes = self.program, self.made.lanes
        lines = []
        names = {each.name for each in _symbols(section, program)}
        for name in program.inputs:
            if name not in names:
                continue
            for plane in range(self.made.planes):
                lane = f"block * {lanes} + min(s, n - 1)"
                value = f"late[{plane}, {lane}]" if stage is Stage.LATE else f"all_{name}[{plane}, {lane}, k]"
                lines.append(f"for s in range({lanes}): {self._at(self.row[name], plane)} = {value}")
        if stage is Stage.USUAL:
            for place, name in enumerate(section.columns):
                lines.append(f"{name} = {self._argument('columns', f'{place}, k')}")
            if PERIOD in names:
                lines.append("period = k + 1" if self.made.planes == 1 else "period = wide(k + 1, 0)")
        deep = [name for name in self.cells if f"s_{name}" in names or name in section.writes]
        for name in deep:
            cell = f"{self.cells[name]} + k % {program.depths[name]}"
            for plane in range(self.made.planes):
                lines.append(
                    f"for s in range({lanes}): {self._at(self.row[f's_{name}'], plane)} = {self._at(cell, plane)}"
                )
        lines.append(f"for s in range({lanes}):")
        lines += _indented(self._lane(section, names))
        for name in deep:
            cell = f"{self.cells[name]} + k % {program.depths[name]}"
            for plane in range(self.made.planes):
                lines.append(
                    f"for s in range({lanes}): {self._at(cell, plane)} = {self._at(self.row[f's_{name}'], plane)}"
                )
        lines += self._out("recorded", len(self.recorded), "record[p, k, i, {lane}]")
        return lines

    def _lane(self, section: Section, names: set[str]) -> list[str]:
        """One period of one scenario."""
        program = self.program
        known = [f"s_{name}" for name in program.variables] + list(program.inputs)
        lines = [f"{name} = {self._load(self.row[name])}" for name in known if name in names]
        lines += [statement(line, CALLS, self._operand) for line in section.lines]
        for name, value in section.writes.items():
            if not (isinstance(value, Symbol) and value.name == f"s_{name}"):
                lines += self._store(self.row[f"s_{name}"], self._operand(value))
        for place, (name, part) in enumerate(self.recorded):
            lines += self._store(self.row["recorded"] + place, self._operand(section.figures[name][part]))
        for place, (name, part) in enumerate(self.added):
            row, more = self.row["added"] + place, self._operand(section.figures[name][part])
            if SERIES[name].kept:
                if section is program.sections[Stage.LATE]:
                    lines += self._store(row, more)
            elif more not in ("0", "zero"):
                lines += self._store(row, f"add({self._load(row)}, {more})")
        return lines or ["pass"]

    def _out(self, rows: str, count: int, target: str) -> list[str]:
        """Copies rows of the scratch array to where the caller reads them."""
        if not count:
            return []
        lanes = self.made.lanes
        place = target.format(lane=f"block * {lanes} + s")
        at = f"S[({self.row[rows]} + i + p * {self.rows}) * {lanes} + s]"
        return [
            f"for p in range({self.made.planes}):",
            f"    for i in range({count}):",
            f"        for s in range({lanes}): {place} = {at}",
        ]


def _symbols(section: Section, program: Program) -> Iterator[Symbol]:
    rows = (*program.rows(program.record), *program.rows(program.totals))
    figures = [section.figures[name][part] for name, part in rows]
    for each in (*(given for line in section.lines for given in line.given), *section.writes.values(), *figures):
        if isinstance(each, Symbol):
            yield each


def _indented(lines: Sequence[str] | Iterator[str]) -> list[str]:
    return ["    " + line for line in lines]
