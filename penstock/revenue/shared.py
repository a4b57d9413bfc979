"""
Draws of several models of one kind that share shocks: two such models have normal shocks with a given correlation.

With a correlation c, a normal shock is √c × a common one + √(1 − c) × the model's own. Of what is not normal, such as
whether a customer leaves, each model takes the common number with probability √c and its own otherwise, so that two
take the same one with probability c.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from penstock.revenue.draws import Seeded
from penstock.revenue.elementary import Floats


@dataclass(frozen=True)
class Shared:
    """common, own, choice : draws of the same scenarios. correlation : from 0 to 1."""

    common: Seeded
    own: Seeded
    choice: Seeded
    correlation: float

    @property
    def scenarios(self) -> int:
        return self.own.scenarios

    def uniforms(self, stream: int, step: int) -> Floats:
        chosen = self.choice.uniforms(stream, step) < self.correlation**0.5
        found: Floats = np.where(chosen, self.common.uniforms(stream, step), self.own.uniforms(stream, step))
        return found

    def normals(self, stream: int, step: int) -> Floats:
        common, own = self.common.normals(stream, step), self.own.normals(stream, step)
        found: Floats = common * self.correlation**0.5 + own * (1 - self.correlation) ** 0.5
        return found

    def normal(self, stream: int, index: int) -> Floats:
        common, own = self.common.normal(stream, index), self.own.normal(stream, index)
        found: Floats = common * self.correlation**0.5 + own * (1 - self.correlation) ** 0.5
        return found

    def members(self, stream: int, step: int) -> Floats:
        return self.own.members(stream, step)


def shared(seed: int, kind: str, name: str, correlation: float, first: int, scenarios: int) -> Shared:
    """
    Draws of a model that shares with all of its kind what is common, with the same seed.

    name : of the model's use, such as the deal; another one has shocks of its own.
    """
    seeds = (_seed(seed, "common", kind), _seed(seed, "own", f"{kind}/{name}"), _seed(seed, "choice", f"{kind}/{name}"))
    common, own, choice = (Seeded(each, first, scenarios) for each in seeds)
    return Shared(common, own, choice, correlation)


def _seed(seed: int, what: str, of: str) -> int:
    """A seed for one use of another seed."""
    return int.from_bytes(sha256(f"{seed}/{what}/{of}".encode()).digest()[:8], "big")
