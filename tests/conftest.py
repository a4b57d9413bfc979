"""What every test may ask for: the contracts in the process, and how hard Hypothesis tries."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from penstock.chain.backend import Contract
from penstock.chain.launch import System, deploy_system
from penstock.chain.revm import Revm

START = 1_700_000_000  # before every drawn deal's first payment date

quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
for profile, examples in {"quick": 30, "test": 400, "deep": 20_000}.items():
    settings.register_profile(
        profile, max_examples=examples, deadline=None, suppress_health_check=quiet, print_blob=True
    )
settings.load_profile(os.environ.get("PENSTOCK_PROFILE", "test"))


@pytest.fixture(scope="session")
def system() -> System:
    """The contracts on the chain in the process."""
    return deploy_system(Revm(START))


@pytest.fixture(scope="session")
def asset_of(system: System) -> dict[int, Contract]:
    """A stablecoin for each number of decimals in use."""
    return {decimals: system.chain.deploy(system.artifacts["MockUSD"], decimals) for decimals in (0, 2, 6, 18)}


@pytest.fixture(scope="session")
def reporter(system: System) -> Contract:
    """The one named reporter; accounts[0] holds the role."""
    return system.chain.deploy(system.artifacts["SingleReporter"], system.chain.accounts[0])
