"""
Annual rates of return of many scenarios at once: each pays one price at closing and then only receives, so that there
is exactly one rate, and Newton's method finds it from any start.

With u the logarithm of growth a day, log Σ received × exp(−day × u) is a convex, falling function of u, steeper than
the first payment day and less steep than the last. The definition is the same as of `penstock simulate --figures`
(ACT/365 from closing); tests hold both to each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penstock.revenue.elementary import Floats, exp, log

YEAR = 365
_STEPS = 60
_NARROW = 1e-15  # of growth a day: 4e-13 of a year's rate


def rates(price: int, received: NDArray[np.float64], days: Sequence[int]) -> Floats:
    """
    The annual rate of each scenario; −1 for a total loss. NaN where there is no price.

    received : scenarios × payments, in base units, none negative. days : of the payments, after closing.
    """
    count = len(received)
    if price <= 0 or not count:
        return np.full(count, np.nan)
    total = _sum(received)
    found = np.full(count, -1.0)
    paid = np.flatnonzero(total > 0)
    if not len(paid):
        return found
    flows, aim = received[paid], float(log(np.array([float(price)]))[0])
    growth, found_it = np.zeros(len(paid)), np.zeros(len(paid), bool)
    for _ in range(_STEPS):
        worth, weighted = _worth(flows, days, growth)
        step = np.where(found_it, 0.0, (log(worth) - aim) * worth / weighted)  # Newton of the logarithm
        growth = growth + step
        found_it = np.abs(step) < _NARROW  # each scenario by itself: its block must not matter
        if found_it.all():
            break
    found[paid] = exp(growth * YEAR) - 1
    return found


def mean_time(received: NDArray[np.float64], days: Sequence[int]) -> Floats:
    """The mean time of payments in years of 365 days, weighted by what was paid; NaN where nothing was."""
    total = _sum(received)
    weighted = np.zeros(len(received))
    for at, day in enumerate(days):
        weighted = weighted + received[:, at] * float(day)
    found: Floats = np.divide(weighted, total * YEAR, out=np.full(len(received), np.nan), where=total > 0)
    return found


def _worth(flows: NDArray[np.float64], days: Sequence[int], growth: Floats) -> tuple[Floats, Floats]:
    """Σ flow × exp(−day × growth), and the same with each term times its day."""
    worth, weighted = np.zeros(len(flows)), np.zeros(len(flows))
    factor, last = np.ones(len(flows)), 0
    powers: dict[int, Floats] = {}
    for at, day in enumerate(days):
        gap = day - last
        if gap not in powers:
            powers[gap] = exp(growth * -float(gap))
        factor = factor * powers[gap]
        term = flows[:, at] * factor
        worth, weighted = worth + term, weighted + term * float(day)
        last = day
    return worth, weighted


def _sum(values: NDArray[np.float64]) -> Floats:
    """By columns, in their order: NumPy's own sums may add in another one on another machine."""
    total = np.zeros(len(values))
    for at in range(values.shape[1]):
        total = total + values[:, at]
    return total
