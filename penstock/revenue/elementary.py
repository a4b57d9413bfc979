"""
exp, log and the normal quantile of arrays, from operations that IEEE 754 rounds correctly: + − × ÷ √, powers of two.

NumPy's own exp and log differ in the last bit between processors, and a bit can be a cent: a scenario would not be the
same on every worker of a cluster.
"""

from __future__ import annotations

from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_INVERSE_LN2 = float.fromhex("0x1.71547652b82fep+0")
_EXP = tuple(1 / factorial(n) for n in range(13, -1, -1))  # |r| ≤ ln 2 / 2: the first term left out is below 5e-18
_LOG = tuple(2 / n for n in range(25, 0, -2))  # |s| ≤ 0.172: below 1e-21
_ROOT_HALF = 0.7071067811865476

# Wichura, Algorithm AS 241 (1988), PPND16: numerators and denominators of its three regions, highest power first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def exp(x: Floats) -> Floats:
    """e to the power of x, within two units in the last place; |x| ≤ 700."""
    whole = np.rint(x * _INVERSE_LN2)
    rest = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    found: Floats = np.ldexp(_polynomial(_EXP, rest), whole.astype(np.int32))
    return found


def log(x: Floats) -> Floats:
    """The natural logarithm of x > 0, within 4e-16 of its size or absolutely."""
    part, exponent = np.frexp(x)
    low = part < _ROOT_HALF
    part, exponent = np.where(low, part * 2, part), exponent - low
    s = (part - 1) / (part + 1)
    found: Floats = exponent * _LN2_HIGH + (s * _polynomial(_LOG, s * s) + exponent * _LN2_LOW)
    return found


@lru_cache(maxsize=10_000)
def power(base: float, exponent: float) -> float:
    """A positive number to some power."""
    return float(exp(log(np.array([base])) * exponent)[0])


def lognormal(normal: Floats, deviation: float) -> Floats:
    """A factor of mean one. normal : standard normal numbers. deviation : of the factor's logarithm."""
    return exp(normal * deviation - deviation * deviation / 2)


def normal_quantile(p: Floats) -> Floats:
    """What a standard normal variable stays below with probability p, 0 < p < 1, within 1e-15 of its size."""
    q = p - 0.5
    found = q * _rational(_CENTRE, 0.180625 - q * q)
    outer = np.abs(q) > 0.425
    below = q[outer]
    r = np.sqrt(-log(np.minimum(p[outer], 1 - p[outer])))
    far = np.where(r <= 5, _rational(_MIDDLE, np.minimum(r, 5) - 1.6), _rational(_TAIL, np.maximum(r, 5) - 5))
    found[outer] = np.where(below < 0, -far, far)
    return found


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    value = x * coefficients[0]
    for each in coefficients[1:-1]:
        value += each
        value *= x
    value += coefficients[-1]
    return value


def _rational(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    above, below = coefficients
    return _polynomial(above, x) / _polynomial(below, x)
