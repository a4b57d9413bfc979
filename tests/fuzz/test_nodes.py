"""The same rules, fewer runs, through web3 on Anvil and on Ganache."""

from __future__ import annotations

import pytest

from penstock.evm import nodes
from penstock.evm.rpc import Rpc
from penstock.fuzz.campaign import run_campaign
from penstock.fuzz.driver import build_test_bed
from tests.conftest import START
from tests.fixtures.slow import mostly_slow
from tests.fuzz.campaigns import tell
from tests.strategies import deals

# runs, the longest of them in choices, and the steps they take at the least; a step takes Ganache a second
NODES = {"anvil": (6, 15, 150), "ganache": (1, 15, 12)}


@pytest.mark.parametrize("name", mostly_slow(NODES, ["anvil"]))
def test_a_node_runs_as_the_model_says(name: str) -> None:
    runs, length, least = NODES[name]
    with getattr(nodes, name)(timestamp=START) as node:
        test_bed = build_test_bed(Rpc(node.ipc or node.url))
        explored = run_campaign(lambda: test_bed, deals(), runs, seed=3, length=length)
    tell(explored, 3)
    assert explored.coverage.steps >= least
