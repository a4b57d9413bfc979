"""INV 15 once more on real nodes: the same lives, fewer of them, through web3 on Anvil and on Ganache."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import System, deploy_system
from tests.conftest import START
from tests.fixtures.slow import mostly_slow
from tests.parity.books import ChainBook, ModelBook
from tests.parity.lives import Trade, batches, live, trades
from tests.strategies import Life, lives

EXAMPLES = {"anvil": 8, "ganache": 2}


@pytest.fixture(scope="module", params=mostly_slow(EXAMPLES, ["anvil"]))
def node_system(request: pytest.FixtureRequest) -> Iterator[tuple[System, int]]:
    with getattr(nodes, request.param)(timestamp=START) as node:
        yield deploy_system(Rpc(node.ipc or node.url), artifacts=compile_contracts()), EXAMPLES[request.param]


def test_inv_15_every_number_of_a_node_equals_the_models(node_system: tuple[System, int]) -> None:
    system, examples = node_system
    chain, artifacts = system.chain, system.artifacts
    reporter = chain.deploy(artifacts["SingleReporter"], chain.accounts[0])
    assets = {decimals: chain.deploy(artifacts["MockUSD"], decimals) for decimals in (0, 2, 6, 18)}
    seen = []

    @settings(max_examples=examples)
    @given(life=lives(), trading=trades, sizes=batches)
    def body(life: Life, trading: list[Trade], sizes: list[int]) -> None:
        with chain.undone():
            on_chain = live(ChainBook(system, assets[life.terms.decimals], reporter, life.terms), life, trading, sizes)
        assert on_chain == live(ModelBook(life.terms), life, trading, sizes)
        seen.append(life.terms.periods)

    body()
    assert len(seen) >= examples
