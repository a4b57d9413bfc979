"""How many runs the state machine lives, and from which seed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from penstock.evm.test_chain import HAS_REVM, fast_chains
from penstock.fuzz.driver import TestBed, build_test_bed
from tests.conftest import START

PROFILE = os.environ.get("PENSTOCK_PROFILE", "test" if HAS_REVM else "quick")
DEEP = PROFILE == "deep"


@dataclass(frozen=True)
class Effort:
    """runs : for each seed. seconds : at least so long for each test (`make deep`). seed : the first."""

    runs: int
    seconds: float
    seed: int


@pytest.fixture(scope="session")
def effort() -> Effort:
    """Always the same seeds in `make test`, others each time in `make deep`; PENSTOCK_SEED sets them."""
    seed = int(os.environ.get("PENSTOCK_SEED", secrets.randbelow(2**32) if DEEP else 0))
    minutes = float(os.environ.get("PENSTOCK_MINUTES", "60")) if DEEP else 0.0
    # the drawn deals take the time in parts, on two workers
    return Effort({"quick": 5, "test": 25, "slow": 120, "deep": 1000}[PROFILE], 60 * minutes / 2, seed)


@pytest.fixture(scope="session")
def test_beds() -> Iterator[Callable[[], TestBed]]:
    """The contracts on new quick chains."""
    with fast_chains(START) as chains:
        yield lambda: build_test_bed(chains())
