"""
How large every number of a program can become: the same rules over upper bounds, with the largest inputs there are.

Nothing is negative, so that a bound above is all there is to know: a sum's is the sum of its parts, what is chosen is
at most the larger one, a difference at most what it is taken from. Cash is part of all that the deal ever got.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from penstock.simulate.printed import CALLS
from penstock.simulate.program import COLLECTIONS, Program, report_input
from penstock.simulate.scenarios import Scenarios
from penstock.simulate.stepped import Runner


@dataclass(frozen=True)
class Width:
    """
    What a kind of lane computes exactly. All are powers of two, none of which is reached.

    number : of every number. quotient, divisor : of divisions. product : of what is compared.
    """

    bits: int
    number: int
    quotient: int
    divisor: int
    product: int


NARROW = Width(bits=64, number=1 << 62, quotient=1 << 50, divisor=1 << 61, product=1 << 63)
WIDE = Width(bits=128, number=1 << 126, quotient=1 << 96, divisor=1 << 78, product=1 << 127)


class TooLarge(Exception):
    """A number may become larger than lanes of a width compute exactly."""


@dataclass(frozen=True)
class Largest:
    """The largest inputs of some scenarios. inputs : by name, of each period. brought : all cash of one scenario."""

    inputs: Mapping[str, tuple[int, ...]]
    late: int
    brought: int

    def rounded(self) -> Largest:
        """No smaller, and the same for most blocks of scenarios: powers of two, the same in every period."""
        inputs = {name: (_power(max(values)),) * len(values) for name, values in self.inputs.items()}
        return Largest(inputs, _power(self.late), _power(self.brought))

    def __hash__(self) -> int:
        return hash((tuple(self.inputs.items()), self.late, self.brought))


def _power(value: int) -> int:
    return (1 << value.bit_length()) - 1 if value > 0 else 0


def largest(program: Program, given: Scenarios) -> Largest:
    """The largest inputs of these scenarios."""
    terms = program.terms
    arrays = {
        COLLECTIONS: given.collections,
        **{report_input(terms, name): each for name, each in given.reports.items()},
    }
    if not given.count:
        return Largest(dict.fromkeys(program.inputs, (0,) * terms.periods), 0, terms.opening)
    inputs = {name: tuple(max(0, int(each)) for each in arrays[name].max(axis=0)) for name in program.inputs}
    collected = given.collections.astype(object) if _may_overflow(given) else given.collections
    brought = int((collected.sum(axis=1) + given.late).max())
    return Largest(inputs, int(given.late.max()), terms.opening + brought)


def _may_overflow(given: Scenarios) -> bool:
    periods, most = given.collections.shape[1], int(given.collections.max(initial=0))
    return bool(most * periods + int(given.late.max(initial=0)) >= 1 << 62)


def _below(value: int, limit: int) -> int:
    if value >= limit:
        raise TooLarge
    return value


class Checker:
    """A program over upper bounds, for one width."""

    def __init__(self, program: Program, width: Width) -> None:
        self.width, self.brought = width, 0
        self.runner = Runner(program, CALLS, self._operations())

    def fits(self, most: Largest) -> bool:
        """Whether lanes of this width settle scenarios with these inputs exactly."""
        self.brought = most.brought
        try:
            for values in most.inputs.values():
                self._number(max(values))
            outcome = self.runner.run(lambda name, index: most.inputs[name][index], most.late)
            for column in (*outcome.record, outcome.totals):
                for each in column:
                    self._number(each)
        except TooLarge:
            return False
        return True

    def _number(self, value: int) -> int:
        return _below(value, self.width.number)

    def _operations(self) -> dict[str, Callable[..., int]]:
        def known(*_: int) -> int:
            return 1

        return {
            "add": lambda a, b: self._number(a + b),
            "less": lambda a, b: a,
            "times": lambda a, b: self._number(a * b),
            "least": lambda a, b: self._number(min(a, b)),
            "capped": lambda a, b: self._number(min(a, b)),
            "excess": lambda a, b: a,
            "choose": lambda when, a, b: self._number(max(a, b)),
            "mul_div_down": self._mul_div_down,
            "mul_div_up": lambda a, m, d: self._mul_div_down(a, m, d) + 1,
            "share": self._share,
            "below": self._compared,
            "cash": lambda a: min(a, self.brought),
            **dict.fromkeys(("positive", "reported", "negate", "both", "either", "equal"), known),
        }

    def _mul_div_down(self, a: int, m: int, d: int) -> int:
        self._number(a)
        self._number(m)
        _below(d, self.width.divisor)
        return _below(a * m // d, self.width.quotient)

    def _share(self, amount: int, due: int, total: int) -> int:
        _below(total, self.width.divisor)
        return _below(min(amount, due), self.width.quotient)

    def _compared(self, x: int, a: int, y: int, b: int) -> int:
        _below(x * a, self.width.product)
        _below(y * b, self.width.product)
        return 1
