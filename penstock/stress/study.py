"""What a stress asks: a deal, a model and a seed; the same study gives the same result wherever it is computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from penstock.model.terms import DealTerms
from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Central, Draws, Seeded
from penstock.revenue.file import Model
from penstock.simulate import Runs, Scenarios, simulate
from penstock.stress.scenarios import Fit, collected, fit

COLLECTIONS = "collections"
"""What may be multiplied beside the inputs of a model: what its months collect, rounded down to cents."""
BLOCK = 1_000
"""Scenarios of a block: what one worker computes at a time, and one file of a result."""

RECORDED = (
    "interest",
    "principal",
    "equity",
    "interest_due",
    "principal_due",
    "deferred",
    "written_down",
    "balance",
    "interest_arrears",
    "passes_needed",
    "missing",
    "enforced",
    "made",
    "numerator",
    "denominator",
)


@dataclass(frozen=True)
class Study:
    """
    scenarios : how many. scale : what collections are multiplied by. factors : what inputs of the model are
    multiplied by, month by month, in every scenario. size : scenarios of a block.
    """

    terms: DealTerms
    model: Model
    seed: int
    scenarios: int
    scale: Fraction = Fraction(1)
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    size: int = BLOCK

    @property
    def blocks(self) -> int:
        return -(-self.scenarios // self.size)

    def span(self, block: int) -> tuple[int, int]:
        """The first scenario of a block, and how many it has."""
        return block * self.size, min(self.size, self.scenarios - block * self.size)

    @property
    def fit(self) -> Fit:
        return fit(self.terms, self.model)

    @property
    def key(self) -> str:
        """A hash of what scenarios depend on: terms, model, seed, scale, factors; not on how many there are."""
        said: dict[str, Any] = {
            "terms": repr(self.terms),
            "model": [repr(self.model.process), repr(self.model.months), self.model.asset, repr(self.model.reports)],
            "seed": self.seed,
            "scale": str(self.scale),
            "factors": {name: list(values) for name, values in sorted(self.factors.items())},
            "block": self.size,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def drawn(self, draws: Draws, factors: Mapping[str, tuple[float, ...]] | None = None, first: int = 0) -> Scenarios:
        """Scenarios of the model as the deal's. factors : in place of the study's own."""
        shifts = Shifts(self.model.months, self.factors if factors is None else factors)
        made = self.model.process.draw(self.model.months, draws, shifts)
        if COLLECTIONS in shifts.factors:
            cents = np.floor(made.cents * np.array(shifts.factors[COLLECTIONS])).astype(np.int64)
            made = replace(made, cents=cents)
        return collected(self.terms, self.fit, made, self.scale, first)

    def block(self, block: int) -> tuple[Scenarios, Runs]:
        """The scenarios of a block and their runs. Raises TooMuchCash."""
        first, count = self.span(block)
        made = self.drawn(Seeded(self.seed, first, count), first=first)
        return made, simulate(self.terms, made.collections, made.reports, record=RECORDED, threads=1)

    def central(self, factors: Mapping[str, tuple[float, ...]] | None = None) -> Scenarios:
        """The scenario in which nothing departs from its middle."""
        return self.drawn(Central(), factors)
