"""A program as Python source: each operation as a vocabulary says it, each section as a function of one period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.simulate.numbers import Number
from penstock.simulate.program import Program, Section
from penstock.simulate.trace import Line, Symbol

Vocabulary = Mapping[str, str]
"""Of each operation, the expression: `{0} + {1}`."""

Step = Callable[..., tuple[list[Any], list[Any], list[Any]]]
"""A period: from its inputs, columns and state, the state after it, the figures recorded and those added up."""


def text(value: Number) -> str:
    return value.name if isinstance(value, Symbol) else repr(int(value))


def statement(line: Line, vocabulary: Vocabulary, operand: Callable[[Number], str] = text) -> str:
    """One line of the trace. operand : how a number is written."""
    return f"{line.result.name} = {vocabulary[line.operation].format(*map(operand, line.given))}"


CALLS: Vocabulary = {
    **{each: each + "({0}, {1})" for each in ("add", "less", "times", "least", "excess", "capped", "equal")},
    **{each: each + "({0}, {1}, {2})" for each in ("choose", "mul_div_down", "mul_div_up", "share")},
    "below": "below({0}, {1}, {2}, {3})",
    **{each: each + "({0})" for each in ("cash", "positive", "reported", "negate")},
    **{each: each + "({0}, {1})" for each in ("both", "either")},
}
"""Every operation as a call of the function of its name."""


@dataclass(frozen=True)
class Steps:
    """
    The functions of a program in one vocabulary, to be run period by period.

    most : what a known number beyond it, which limits nothing, is written as; None to leave it.
    """

    program: Program
    vocabulary: Vocabulary
    namespace: Mapping[str, Any]
    most: int | None = None

    def step(self, section: Section) -> tuple[Step, tuple[str, ...]]:
        """The function of one section, and the names of what it takes."""
        program = self.program
        figures = [section.figures[name][part] for name, part in program.rows(program.record)]
        added = [section.figures[name][part] for name, part in program.rows(program.totals)]
        after = list(section.writes.values())
        numbers = [*(each for line in section.lines for each in line.given), *after, *figures, *added]
        made = {line.result.name for line in section.lines}
        takes = tuple(sorted({each.name for each in numbers if isinstance(each, Symbol)} - made))
        results = ", ".join("[" + ", ".join(map(self._operand, each)) + "]" for each in (after, figures, added))
        source = [f"def step({', '.join(takes)}):"]
        source += ["    " + statement(line, self.vocabulary, self._operand) for line in section.lines]
        source += [f"    return {results}"]
        scope = dict(self.namespace)
        exec("\n".join(source), scope)
        return scope["step"], takes

    def _operand(self, value: Number) -> str:
        return text(value if isinstance(value, Symbol) or self.most is None else min(value, self.most))
