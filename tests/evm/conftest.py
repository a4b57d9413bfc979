"""One chain of each kind; every test leaves its chain as it found it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from penstock.evm import nodes
from penstock.evm.artifacts import Artifact, compile_contracts
from penstock.evm.chain import Chain, Contract
from penstock.evm.rpc import Rpc
from tests.conftest import fast_chain

FIXTURES = Path(__file__).parent / "fixtures"
START = 1_767_225_600  # 2026-01-01 00:00 UTC


@pytest.fixture(scope="session")
def artifacts() -> dict[str, Artifact]:
    return compile_contracts(FIXTURES)


@pytest.fixture(scope="session")
def counter_artifact(artifacts: dict[str, Artifact]) -> Artifact:
    return artifacts["Counter"]


@contextmanager
def anvil() -> Iterator[Rpc]:
    with nodes.anvil(timestamp=START) as node:
        yield Rpc(node.url)


@contextmanager
def anvil_by_socket() -> Iterator[Rpc]:
    with nodes.anvil(timestamp=START) as node:
        assert node.ipc is not None
        yield Rpc(node.ipc)


@contextmanager
def ganache() -> Iterator[Rpc]:
    with nodes.ganache(timestamp=START) as node:
        yield Rpc(node.url)


NODES: dict[str, Callable[[], AbstractContextManager[Rpc]]] = {"anvil": anvil, "ganache": ganache}
CHAINS: dict[str, Callable[[], AbstractContextManager[Chain]]] = {
    "fast": lambda: fast_chain(START),
    "anvil-ipc": anvil_by_socket,
    **NODES,
}


@pytest.fixture(scope="session", params=CHAINS)
def running_chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    with CHAINS[request.param]() as chain:
        yield chain


@pytest.fixture
def chain(running_chain: Chain) -> Iterator[Chain]:
    with running_chain.undone():
        yield running_chain


@pytest.fixture(scope="session", params=NODES)
def running_node(request: pytest.FixtureRequest) -> Iterator[Rpc]:
    with NODES[request.param]() as chain:
        yield chain


@pytest.fixture
def node(running_node: Rpc) -> Iterator[Rpc]:
    with running_node.undone():
        yield running_node


@pytest.fixture
def counter(chain: Chain, counter_artifact: Artifact) -> Contract:
    """Opens a day after the start."""
    return chain.deploy(counter_artifact, START + 86_400)
