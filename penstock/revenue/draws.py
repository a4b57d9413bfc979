"""
Random numbers by counter: each is a function of (seed, stream, step, scenario) and of nothing drawn before it.

NumPy's Philox generator (Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011) maps a key and a
counter to four words of 64 bits. The key is the seed, the stream and the step; the counter is the scenario. So scenario
7,000 is the same in a block of its own and among a million others, on any worker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.revenue.elementary import Floats, normal_quantile

WORDS = 4  # of a counter
_STEPS = 2**32
_GOLDEN = 0.6180339887498949


class Draws(Protocol):
    """Random numbers of some scenarios: arrays of one number a scenario."""

    @property
    def scenarios(self) -> int: ...

    def uniforms(self, stream: int, step: int) -> Floats:
        """Four numbers a scenario, shape (4, scenarios), above 0 and below 1. step : at most 2^32 − 1."""

    def normals(self, stream: int, step: int) -> Floats:
        """Four independent standard normal numbers a scenario, shape (4, scenarios)."""

    def normal(self, stream: int, index: int) -> Floats:
        """One standard normal number a scenario; an index has a word of its step, so that none is drawn in vain."""

    def members(self, stream: int, step: int) -> Floats:
        """As `uniforms`, for four of many alike: even in a central scenario they differ from each other."""


@dataclass(frozen=True)
class Seeded:
    """
    Scenarios first … first + scenarios − 1 of a seed.

    seed : from 0 to 2^64 − 1. first : from 0.
    """

    seed: int
    first: int
    scenarios: int
    _last: dict[int, tuple[int, Floats]] = field(default_factory=dict, compare=False, repr=False)

    def uniforms(self, stream: int, step: int) -> Floats:
        found: Floats = (self._words(stream, step) >> np.uint64(12)).astype(np.float64) * 2.0**-52 + 2.0**-53
        return found

    def normals(self, stream: int, step: int) -> Floats:
        return normal_quantile(self.uniforms(stream, step))

    def normal(self, stream: int, index: int) -> Floats:
        step, word = divmod(index, WORDS)
        kept = self._last.get(stream)
        if kept is None or kept[0] != step:
            kept = self._last[stream] = step, self.normals(stream, step)
        found: Floats = kept[1][word]
        return found

    def members(self, stream: int, step: int) -> Floats:
        return self.uniforms(stream, step)

    def _words(self, stream: int, step: int) -> NDArray[np.uint64]:
        generator = np.random.Philox(key=[self.seed, stream * _STEPS + step], counter=[self.first, 0, 0, 0])
        return np.ascontiguousarray(generator.random_raw(WORDS * self.scenarios).reshape(-1, WORDS).T)


@dataclass(frozen=True)
class Central:
    """
    One scenario in which nothing departs from its middle: uniform numbers are ½, normal ones 0. Of many members the
    numbers are spread evenly (a Weyl sequence by the golden ratio), so that as many default as on average.
    """

    scenarios: int = 1

    def uniforms(self, stream: int, step: int) -> Floats:
        return np.full((WORDS, 1), 0.5)

    def normals(self, stream: int, step: int) -> Floats:
        return np.zeros((WORDS, 1))

    def normal(self, stream: int, index: int) -> Floats:
        return np.zeros(1)

    def members(self, stream: int, step: int) -> Floats:
        places = np.arange(WORDS * step + 1, WORDS * step + WORDS + 1) * _GOLDEN
        found: Floats = (places - np.floor(places)).reshape(WORDS, 1)
        return found
