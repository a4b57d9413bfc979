"""
A program run period by period, one call a period: over Python ints of any size, over NumPy arrays of scenarios, and
over upper bounds, which show how large every number can become.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from penstock.simulate.columns import Stage
from penstock.simulate.printed import Steps, Vocabulary
from penstock.simulate.program import PERIOD, Program
from penstock.simulate.series import SERIES

INTS: Vocabulary = {
    "add": "{0} + {1}",
    "less": "{0} - {1}",
    "times": "{0} * {1}",
    "least": "{0} if {0} < {1} else {1}",
    "excess": "{0} - {1} if {0} > {1} else 0",
    "capped": "{0} if {0} < {1} else {1}",
    "equal": "{0} == {1}",
    "choose": "{1} if {0} else {2}",
    "mul_div_down": "{0} * {1} // {2}",
    "mul_div_up": "-(-{0} * {1} // {2})",
    "share": "{0} * {1} // {2} if {2} else 0",
    "below": "{0} * {1} < {2} * {3}",
    "cash": "{0}",
    "positive": "{0} > 0",
    "reported": "{0} >= 0",
    "negate": "not {0}",
    "both": "{0} and {1}",
    "either": "{0} or {1}",
}


def mul_div_down(a: Any, m: Any, d: Any) -> Any:
    """Exact in 64 bits for quotients below 2^50 and divisors below 2^61: docs/SIMULATOR.md has the proof."""
    a = np.atleast_1d(np.asarray(a, np.int64))  # of an int the product would not be taken modulo 2^64
    estimate = (a.astype(np.float64) * (np.float64(m) / np.asarray(d).astype(np.float64))).astype(np.int64)
    rest = a * m - estimate * d
    return estimate + (rest >= d) - (rest < 0)


def mul_div_up(a: Any, m: Any, d: Any) -> Any:
    a = np.atleast_1d(np.asarray(a, np.int64))
    down = mul_div_down(a, m, d)
    return down + (a * m - down * d > 0)


NUMPY: Vocabulary = {
    **INTS,
    "least": "np.minimum({0}, {1})",
    "capped": "np.minimum({0}, {1})",
    "excess": "np.maximum({0} - {1}, 0)",
    "choose": "np.where({0}, {1}, {2})",
    "mul_div_down": "mul_div_down({0}, {1}, {2})",
    "mul_div_up": "mul_div_up({0}, {1}, {2})",
    "share": "mul_div_down({0}, {1}, np.maximum({2}, 1))",
    "negate": "np.logical_not({0})",
    "both": "{0} & {1}",
    "either": "{0} | {1}",
}


@dataclass
class Outcome:
    """record : of every column, each recorded number. totals : each number that is kept of the whole life."""

    record: list[list[Any]]
    totals: list[Any]


class Runner:
    """Runs a program in one vocabulary; made once, used for any number of scenarios."""

    def __init__(
        self, program: Program, vocabulary: Vocabulary, namespace: Mapping[str, Any], most: int | None = None
    ) -> None:
        self.program, self.most = program, most
        steps = Steps(program, vocabulary, namespace, most)
        self.steps = {stage: steps.step(section) for stage, section in program.sections.items()}

    def run(self, given: Callable[[str, int], Any], late: Any, start: Callable[[int], Any] = int) -> Outcome:
        """given : an input of a period, which is counted from 0. start : makes a number of one known at closing."""
        program, periods = self.program, self.program.terms.periods
        cells = {name: [start(value)] * program.depths[name] for name, value in program.variables.items()}
        record: list[list[Any]] = []
        totals: list[Any] = []
        for index in range(periods + 1):
            stage = Stage.LATE if index == periods else Stage.LAST if index == periods - 1 else Stage.USUAL
            section, (step, takes) = program.sections[stage], self.steps[stage]
            values = []
            for name in takes:
                if name.startswith("s_"):
                    cell = cells[name[2:]]
                    values.append(cell[index % len(cell)])
                elif name.startswith("c_"):
                    value = section.columns[name][index]
                    values.append(value if self.most is None else min(value, self.most))
                elif name == PERIOD:
                    values.append(index + 1)
                else:
                    values.append(late if stage is Stage.LATE else given(name, index))
            after, figures, added = step(*values)
            for name, value in zip(section.writes, after, strict=True):
                cells[name][index % len(cells[name])] = value
            record.append(figures)
            totals = self._added(totals, added)
        return Outcome(record, totals)

    def _added(self, totals: list[Any], more: list[Any]) -> list[Any]:
        if not totals:
            return more
        rows = self.program.rows(self.program.totals)
        return [
            part if SERIES[name].kept else before + part
            for (name, _), before, part in zip(rows, totals, more, strict=True)
        ]


def ints(program: Program) -> Runner:
    return Runner(program, INTS, {})


def arrays(program: Program) -> Runner:
    return Runner(program, NUMPY, {"np": np, "mul_div_down": mul_div_down, "mul_div_up": mul_div_up}, 1 << 62)
