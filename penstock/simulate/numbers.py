"""
The operations in which settlement is stated here, over whole numbers that may not be known yet.

Over Python ints and truths they compute, and the rules are a model. With a `Symbol` among what they are given they
note what to compute, and the rules leave straight-line code: no branch depends on a number, and what is known is folded
away. Nothing is negative: a difference `a - b` is only taken where the rules make b at most a; else it is `excess`.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple, TypeAlias

from penstock.simulate.trace import Symbol

Number: TypeAlias = int | Symbol
Truth: TypeAlias = bool | Symbol

MOST_DIVISOR = 1 << 61
"""Below it, lanes of 64 bits divide exactly: docs/SIMULATOR.md."""


class Fraction(NamedTuple):
    """A rate of one period, in lowest terms over all periods: `numerator / denominator`."""

    numerator: Number
    denominator: int


def _same(a: Number, b: Number) -> bool:
    return a is b or (isinstance(a, int) and isinstance(b, int) and a == b)


def _is(value: Number, known: int) -> bool:
    return isinstance(value, int) and value == known


def least(a: Number, b: Number) -> Number:
    """The smaller one."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    if _is(a, 0) or _is(b, 0):
        return 0
    return a if _same(a, b) else Symbol.note("least", a, b)


def excess(a: Number, b: Number) -> Number:
    """What `a` is above `b`: a - b, not below zero."""
    if isinstance(a, int) and isinstance(b, int):
        return max(0, a - b)
    if _is(a, 0) or _same(a, b):
        return 0
    return a if _is(b, 0) else Symbol.note("excess", a, b)


def choose(when: Truth, a: Number, b: Number) -> Number:
    """`a` when it is so, else `b`."""
    if not isinstance(when, Symbol):
        return a if when else b
    return a if _same(a, b) else Symbol.note("choose", when, a, b)


def mul_div_down(a: Number, m: Number, d: int) -> Number:
    """Exact a × m / d, rounded down."""
    if isinstance(a, int) and isinstance(m, int):
        return a * m // d
    if _is(a, 0) or _is(m, 0):
        return 0
    if _same(m, d):
        return a
    if d >= MOST_DIVISOR:  # floor(floor(x / n) / k) = floor(x / (n k))
        first = _divisor(d)
        if first > 1:
            return mul_div_down(mul_div_down(a, m, d // first), 1, first)
    return Symbol.note("mul_div_down", a, m, d)


def _divisor(d: int) -> int:
    """A divisor of d, the smaller the better, that leaves less than MOST_DIVISOR; 1 where none is found."""
    return next((each for each in range(2, 4096) if d % each == 0 and d // each < MOST_DIVISOR), 1)


def mul_div_up(a: Number, m: Number, d: int) -> Number:
    """Exact a × m / d, rounded up."""
    if isinstance(a, int) and isinstance(m, int):
        return -(-a * m // d)
    if _is(a, 0) or _is(m, 0):
        return 0
    return a if _same(m, d) else Symbol.note("mul_div_up", a, m, d)


def share(amount: Number, due: Number, total: Number) -> Number:
    """Exact amount × due / total, rounded down, of amount ≤ total and due ≤ total; 0 where the total is 0."""
    if isinstance(amount, int) and isinstance(due, int) and isinstance(total, int):
        return amount * due // total if total else 0
    if _is(amount, 0) or _is(due, 0):
        return 0
    return amount if _same(due, total) else Symbol.note("share", amount, due, total)


def below(x: Number, a: int, y: Number, b: int) -> Truth:
    """Whether x × a < y × b."""
    if isinstance(x, int) and isinstance(y, int):
        return x * a < y * b
    a, b = (a * x, b) if isinstance(x, int) else (a, b)
    a, b = (a, b * y) if isinstance(y, int) else (a, b)
    x, y = (1 if isinstance(x, int) else x), (1 if isinstance(y, int) else y)
    common = gcd(a, b)
    return Symbol.note("below", x, a // common, y, b // common)


def positive(a: Number) -> Truth:
    return a > 0 if isinstance(a, int) else Symbol.note("positive", a)


def equal(a: Number, b: Number) -> Truth:
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return True if a is b else Symbol.note("equal", a, b)


def reported(a: Number) -> Truth:
    """Whether a figure of a report is there: an array holds -1 where it is not."""
    return a >= 0 if isinstance(a, int) else Symbol.note("reported", a)


def negate(a: Truth) -> Truth:
    return not a if not isinstance(a, Symbol) else Symbol.negate(a)


def both(a: Truth, b: Truth) -> Truth:
    if not isinstance(a, Symbol):
        return b if a else False
    if not isinstance(b, Symbol):
        return a if b else False
    return a if a is b else Symbol.note("both", a, b)


def either(a: Truth, b: Truth) -> Truth:
    if not isinstance(a, Symbol):
        return True if a else b
    if not isinstance(b, Symbol):
        return True if b else a
    return a if a is b else Symbol.note("either", a, b)


def cash(a: Number) -> Number:
    """The same: an amount that is part of all cash the deal ever got, which bounds it where nothing else does."""
    return a if isinstance(a, int) else Symbol.note("cash", a)


def capped(a: Number, most: int) -> Number:
    """The smaller one, where `most` is the cap of everything the chain stores."""
    return min(a, most) if isinstance(a, int) else Symbol.note("capped", a, most)


def number(a: Truth) -> Number:
    """1 when it is so, else 0."""
    return choose(a, 1, 0)
