"""Deals on the chain in the process. Whatever a test does there is taken back at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from penstock.evm.chain import Contract
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import Pair
from tests.contracts.stage import SENIOR, USD, Stage, put_on
from tests.contracts.twin import ChainSide, ModelSide, Side


@pytest.fixture(autouse=True)
def _undone(system: System) -> Iterator[None]:
    with system.chain.undone():
        yield


@pytest.fixture
def mock(system: System) -> Callable[..., Contract]:
    """Deploys one of contracts/mocks by its name."""
    return lambda name, *arguments: system.chain.deploy(system.artifacts[name], *arguments)


@pytest.fixture
def plain(system: System) -> Stage:
    return put_on(system, deals.PLAIN)


@pytest.fixture
def whole(system: System) -> Stage:
    return put_on(system, deals.WHOLE)


@pytest.fixture(params=["model", "chain"])
def twin(request: pytest.FixtureRequest, system: System) -> Callable[[DealTerms], Side]:
    """Makes a deal on one side; the test runs once on each."""
    if request.param == "model":
        return ModelSide
    return lambda terms: ChainSide(put_on(system, terms))


@pytest.fixture
def pair(system: System, mock: Callable[..., Contract]) -> Pair:
    """Ann holds three quarters of the senior tranche, Bob the rest; 28,000 are theirs and the second period is due."""
    pair = Pair(put_on(system, deals.PLAIN, mock("FaultyUSD", 6)))
    pair.do("transfer", SENIOR, "ann", "bob", 25_000 * USD)
    pair.wait(1)
    pair.pay_and_settle(28_000 * USD)
    pair.wait(2)
    return pair
