"""Multiply-divide in lanes is exact within the bounds that docs/SIMULATOR.md proves it for: random cases and edges."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from penstock.simulate.bounds import NARROW, WIDE, Width
from penstock.simulate.stepped import mul_div_down, mul_div_up

Case = tuple[int, int, int]


def cases(chance: random.Random, width: Width, count: int) -> Iterator[Case]:
    """(a, m, d) of every size, most of them at a quotient's edge: a rest of 0, of d - 1, or one more."""
    number, divisor, quotient = (each.bit_length() - 1 for each in (width.number, width.divisor, width.quotient))
    made = 0
    while made < count:
        d = chance.getrandbits(chance.randint(1, divisor)) | 1
        m = chance.getrandbits(chance.randint(1, number)) + 1
        q = chance.getrandbits(chance.randint(0, quotient))
        a = (q * d + chance.choice((0, 0, d - 1, chance.randrange(d)))) // m
        for each in (a, a + 1, max(0, a - 1)):
            if each < width.number and m < width.number and each * m // d < width.quotient:
                made += 1
                yield each, m, d


def numpy_is_exact(count: int) -> None:
    drawn = list(cases(random.Random(5), NARROW, count))
    a, m, d = (np.array(each, np.int64) for each in zip(*drawn, strict=True))
    wanted = np.array([a * m // d for a, m, d in drawn], np.int64)
    assert (mul_div_down(a, m, d) == wanted).all()
    upwards = np.array([-(-a * m // d) for a, m, d in drawn], np.int64)
    assert (mul_div_up(a, m, d) == upwards).all()


def test_division_of_64_bits_is_exact() -> None:
    numpy_is_exact(20_000)


@pytest.mark.slow
def test_division_of_64_bits_is_exact_a_million_times() -> None:
    numpy_is_exact(1_000_000)


def test_beyond_its_bounds_it_is_not() -> None:
    """The bounds are needed: with a quotient of 2^58 the estimate is 26 off."""
    a, m, d = 2**60 - 1, 3, 7
    assert a * m // d > NARROW.quotient
    assert int(mul_div_down(np.int64(a), np.int64(m), np.int64(d))[0]) != a * m // d


@pytest.mark.slow
def test_division_of_128_bits_is_exact() -> None:
    from numba import njit

    from penstock.simulate.kernel_source import planes
    from penstock.simulate.lanes import WIDE_OPERATIONS

    wide, low, high = (WIDE_OPERATIONS[name] for name in ("wide", "low", "high"))
    divide = WIDE_OPERATIONS["mul_div_down"]

    @njit
    def run(a, m, d, out):  # type: ignore[no-untyped-def]
        for i in range(out.shape[1]):
            x = divide(wide(a[0, i], a[1, i]), wide(m[0, i], m[1, i]), wide(d[0, i], d[1, i]))
            out[0, i], out[1, i] = low(x), high(x)

    drawn = list(cases(random.Random(6), WIDE, 1_000_000))
    out = np.zeros((2, len(drawn)), np.int64)
    run(*(planes(each, 2) for each in zip(*drawn, strict=True)), out)
    wanted = planes([a * m // d for a, m, d in drawn], 2)
    assert (out == wanted).all()
