"""
The operations on one scenario among many, as machine code: for numbers of 64 bits, which processors settle several at a
time, and of 128 bits. Each is the operation of its name in `numbers`; none branches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

DOUBLE = ir.DoubleType()
WORD = ir.IntType(64)


class Wide(types.Type):
    """A whole number of 128 bits, with a sign."""

    def __init__(self) -> None:
        super().__init__(name="penstock.Wide")


WIDE = Wide()
LONG = ir.IntType(128)


@register_model(Wide)
class _WideModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, LONG)  # type: ignore[no-untyped-call]


Emit = Callable[..., Any]


def _least(b: Any, x: Any, y: Any) -> Any:
    return b.select(b.icmp_signed("<", x, y), x, y)


def _excess(b: Any, x: Any, y: Any) -> Any:
    gap = b.sub(x, y)
    nothing = ir.Constant(gap.type, 0)
    return b.select(b.icmp_signed(">", gap, nothing), gap, nothing)


def _corrected(b: Any, estimate: Any, rest: Any, d: Any) -> Any:
    """A quotient that is one off at most, by the sign and size of what it leaves."""
    nothing = ir.Constant(d.type, 0)
    more = b.zext(b.icmp_signed(">=", rest, d), d.type)
    fewer = b.zext(b.icmp_signed("<", rest, nothing), d.type)
    return b.sub(b.add(estimate, more), fewer)


def _divide_64(b: Any, a: Any, m: Any, d: Any) -> Any:
    """Exact for quotients below 2^50 and divisors below 2^61: docs/SIMULATOR.md has the proof."""
    a_, m_, d_ = (b.sitofp(each, DOUBLE) for each in (a, m, d))
    estimate = b.fptosi(b.fmul(a_, b.fdiv(m_, d_)), WORD)
    return _corrected(b, estimate, b.sub(b.mul(a, m), b.mul(estimate, d)), d)


def _double(b: Any, x: Any) -> Any:
    """A number of 128 bits in floating point: of two signed parts, each rounded once, and their sum."""
    low = b.trunc(x, WORD)
    high = b.trunc(b.ashr(b.sub(x, b.sext(low, LONG)), ir.Constant(LONG, 64)), WORD)
    scaled = b.fmul(b.sitofp(high, DOUBLE), ir.Constant(DOUBLE, 2.0**64))
    return b.fadd(scaled, b.sitofp(low, DOUBLE))


def _long(b: Any, x: Any) -> Any:
    """A number in floating point, below 2^110 in size, without what is behind its point."""
    high = b.fptosi(b.fmul(x, ir.Constant(DOUBLE, 2.0**-48)), WORD)
    left = b.fsub(x, b.fmul(b.sitofp(high, DOUBLE), ir.Constant(DOUBLE, 2.0**48)))
    low = b.sext(b.fptosi(left, WORD), LONG)
    return b.add(b.shl(b.sext(high, LONG), ir.Constant(LONG, 48)), low)


def _divide_128(b: Any, a: Any, m: Any, d: Any) -> Any:
    """Exact for quotients below 2^96 and divisors below 2^78: two estimates, docs/SIMULATOR.md has the proof."""
    inverse = _double(b, d)
    first = _long(b, b.fmul(_double(b, a), b.fdiv(_double(b, m), inverse)))
    rest = b.sub(b.mul(a, m), b.mul(first, d))
    ratio = b.fdiv(_double(b, rest), inverse)
    under = b.sext(b.fcmp_ordered("<", ratio, ir.Constant(DOUBLE, 0.0)), LONG)
    more = b.add(_long(b, ratio), under)  # rounded down: `_long` rounds towards zero
    return _corrected(b, b.add(first, more), b.sub(rest, b.mul(more, d)), d)


def _operations(number: Any, divide: Emit) -> dict[str, tuple[str, Emit]]:
    """Of each operation its signature, a letter for what it returns and for what it takes, and its code."""

    def divide_up(b: Any, a: Any, m: Any, d: Any) -> Any:
        down = divide(b, a, m, d)
        rest = b.sub(b.mul(a, m), b.mul(down, d))
        return b.add(down, b.zext(b.icmp_signed(">", rest, ir.Constant(number, 0)), number))

    def share(b: Any, amount: Any, due: Any, total: Any) -> Any:
        nothing, one = ir.Constant(number, 0), ir.Constant(number, 1)
        return divide(b, amount, due, b.select(b.icmp_signed("==", total, nothing), one, total))

    def compare(how: str, with_: int) -> Emit:
        return lambda b, x: b.icmp_signed(how, x, ir.Constant(number, with_))

    return {
        "add": ("nnn", lambda b, x, y: b.add(x, y)),
        "less": ("nnn", lambda b, x, y: b.sub(x, y)),
        "times": ("nnn", lambda b, x, y: b.mul(x, y)),
        "least": ("nnn", _least),
        "capped": ("nnn", _least),
        "excess": ("nnn", _excess),
        "choose": ("ntnn", lambda b, when, x, y: b.select(when, x, y)),
        "mul_div_down": ("nnnn", divide),
        "mul_div_up": ("nnnn", divide_up),
        "share": ("nnnn", share),
        "below": ("tnnnn", lambda b, x, a, y, c: b.icmp_signed("<", b.mul(x, a), b.mul(y, c))),
        "equal": ("tnn", lambda b, x, y: b.icmp_signed("==", x, y)),
        "cash": ("nn", lambda b, x: x),
        "positive": ("tn", compare(">", 0)),
        "reported": ("tn", compare(">=", 0)),
        "negate": ("tt", lambda b, x: b.not_(x)),
        "both": ("ttt", lambda b, x, y: b.and_(x, y)),
        "either": ("ttt", lambda b, x, y: b.or_(x, y)),
    }


def _intrinsic(kinds: Sequence[Any], emit: Emit) -> Any:
    result, *takes = kinds

    def codegen(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return emit(builder, *given)

    signature = result(*takes)
    if len(takes) == 1:
        return intrinsic(lambda typing, a: (signature, codegen))
    if len(takes) == 2:
        return intrinsic(lambda typing, a, b: (signature, codegen))
    if len(takes) == 3:
        return intrinsic(lambda typing, a, b, c: (signature, codegen))
    return intrinsic(lambda typing, a, b, c, d: (signature, codegen))


def _compiled(number: Any, word: Any, divide: Emit) -> dict[str, Any]:
    kinds = {"n": number, "t": types.boolean}
    return {
        name: _intrinsic([kinds[letter] for letter in letters], emit)
        for name, (letters, emit) in _operations(word, divide).items()
    }


def _joined(b: Any, low: Any, high: Any) -> Any:
    return b.or_(b.zext(low, LONG), b.shl(b.sext(high, LONG), ir.Constant(LONG, 64)))


NARROW_OPERATIONS = _compiled(types.int64, WORD, _divide_64)
WIDE_OPERATIONS = {
    **_compiled(WIDE, LONG, _divide_128),
    "wide": _intrinsic([WIDE, types.int64, types.int64], _joined),
    "low": _intrinsic([types.int64, WIDE], lambda b, x: b.trunc(x, WORD)),
    "high": _intrinsic([types.int64, WIDE], lambda b, x: b.trunc(b.ashr(x, ir.Constant(LONG, 64)), WORD)),
}
