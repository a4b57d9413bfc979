"""What every test may ask for: the contracts in the process, and how hard Hypothesis tries."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Chain, Contract
from penstock.evm.test_chain import HAS_REVM, fast_chains
from penstock.onchain.launch import System, deploy_system
from tests.fixtures.cli import TERMINAL

pytest_plugins = ["tests.fixtures.chains", "tests.fixtures.deals", "tests.fixtures.every_figure"]

for name in TERMINAL:  # pytest-xdist sets COLUMNS, and no test depends on the terminal it was started in
    os.environ.pop(name, None)

ROOT = Path(__file__).parents[1]
START = 1_700_000_000  # before every drawn deal's first payment date

quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
# Always the same cases but in `make deep`: a test that fails only now and then stops everybody and tells little.
for profile, examples in {"quick": 15, "test": 25, "slow": 400, "deep": 20_000}.items():
    settings.register_profile(
        profile,
        max_examples=examples,
        derandomize=profile != "deep",
        deadline=None,
        suppress_health_check=quiet,
        print_blob=True,
    )

# Where Anvil takes the place of pyrevm, all is a hundred times slower.
settings.load_profile(os.environ.get("PENSTOCK_PROFILE") or ("test" if HAS_REVM else "quick"))

COMPILES = pytest.StashKey["subprocess.Popen[bytes]"]()
# Why it fails, if it does, is for the tests to say.
COMPILE = """
from contextlib import suppress
from penstock.errors import PenstockError
from penstock.evm.artifacts import compile_contracts
with suppress(PenstockError):
    compile_contracts()
"""
WITHOUT_CONTRACTS = tuple(f"tests/{name}/" for name in ("dealfile", "model", "properties", "report", "vectors"))
ON_NODES = tuple(f"tests/{name}/" for name in ("audit", "cli", "deploy", "evm", "operate"))
QUICK_CASES = 2
"""How many cases of a parametrised test that needs nodes `make test` runs: the first and the last."""
collect_ignore = [] if HAS_REVM else ["evm/test_revm.py"]


@contextmanager
def fast_chain(timestamp: int) -> Iterator[Chain]:
    """The chain in the process, or Anvil where there is none."""
    with fast_chains(timestamp) as chains:
        yield chains()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begins to compile the contracts beside the workers; where nothing has changed, there is nothing to do."""
    workers = session.config.getoption("numprocesses", None)
    if workers and not session.config.getoption("collectonly"):
        session.config.stash[COMPILES] = subprocess.Popen([sys.executable, "-c", COMPILE], cwd=ROOT)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if compiles := session.config.stash.get(COMPILES, None):
        compiles.wait()


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what needs no contracts; then marks what is beyond the sample."""
    items.sort(key=lambda item: not item.nodeid.startswith(WITHOUT_CONTRACTS))
    for item in beyond_the_sample(items):
        item.add_marker(pytest.mark.rest)


def beyond_the_sample(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """
    What `make test` leaves to `make test-slow`, to be done in minutes: of a file marked `sampled` all but its first
    test, and of a parametrised test that needs nodes all but its first and its last case.
    """
    cases: dict[tuple[Path, str], list[pytest.Item]] = {}
    first: dict[Path, str] = {}
    for item in items:
        if item.nodeid.startswith(ON_NODES):
            name = getattr(item, "originalname", item.name)
            cases.setdefault((item.path, name), []).append(item)
            if item.get_closest_marker("slow") is None:
                first.setdefault(item.path, name)
    for (path, name), those in cases.items():
        sampled = those[0].get_closest_marker("sampled") is not None
        quick = [] if sampled and first.get(path) != name else [*those[: QUICK_CASES - 1], those[-1]]
        yield from (item for item in those if item not in quick)


def pytest_report_header() -> str:
    return "chain in the tests: " + ("revm, in the process" if HAS_REVM else "Anvil (pyrevm is not installed)")


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The contracts on the fastest chain there is."""
    with fast_chain(START) as chain:
        yield deploy_system(chain, artifacts=compile_contracts())


@pytest.fixture(scope="session")
def asset_of(system: System) -> dict[int, Contract]:
    """A stablecoin for each number of decimals in use."""
    return {decimals: system.chain.deploy(system.artifacts["MockUSD"], decimals) for decimals in (0, 2, 6, 18)}


@pytest.fixture(scope="session")
def reporter(system: System) -> Contract:
    """The one named reporter; accounts[0] holds the role."""
    return system.chain.deploy(system.artifacts["SingleReporter"], system.chain.accounts[0])
