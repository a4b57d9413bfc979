"""
A random walk on the bytecode beside the twins: reporters, meters, questions, pledges, certificates
└── given any calls, right and wrong, at any time, both sides should log, refuse, keep and pay the same, and
    INV 26 to 36 hold after each
"""

from __future__ import annotations

import os

import pytest

from penstock.onchain.launch import System
from tests.fixtures.slow import mostly_slow
from tests.links.walk import Walk

STEPS = int(os.environ.get("PENSTOCK_WALK_STEPS", "2000"))


@pytest.mark.parametrize("seed", mostly_slow(range(102), [0]))
def test_a_walk_is_the_same_on_both_sides(system: System, seed: int) -> None:
    walk = Walk(system, seed)
    walk.run(300 if seed == 0 else STEPS)
    assert walk.bed.steps >= (300 if seed == 0 else STEPS)
    assert walk.bed.refusals < walk.bed.steps * 0.7
