"""Whatever a test of the links does on the chain in the process is taken back at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from penstock.evm.chain import Contract
from penstock.onchain.launch import System


@pytest.fixture(autouse=True)
def _undone(system: System) -> Iterator[None]:
    with system.chain.undone():
        yield


@pytest.fixture
def mock(system: System) -> Callable[..., Contract]:
    """Deploys one of the contracts by its name."""
    return lambda name, *arguments: system.chain.deploy(system.artifacts[name], *arguments)


@pytest.fixture
def libraries(mock: Callable[..., Contract]) -> Contract:
    return mock("LinkLibraries")
