"""
The week of 1,000 rooftops (`penstock demo-energy`)
├── given the inputs, roots and totals should be those of the design
├── given the chain, every Wh and base unit should be those of the design
└── given Anvil or Ganache, they should be the same
"""

from __future__ import annotations

import pytest

from penstock.demo.energy.play import STAKE, play
from penstock.demo.energy.week import FIRST, load_week
from penstock.evm import nodes
from penstock.evm.rpc import Rpc
from penstock.evm.test_chain import fast_chains
from penstock.links.sumtree import before
from tests.links.bed import USD

MONDAY = "6a56d657e6e191a237cf712e0218e469403fb183de575c8a60a70203f0ad5150"


def test_the_inputs_are_the_designs() -> None:
    week = load_week()
    assert (week.fleet.total, sum(tree.total for tree in week.made)) == (7_992_500, 251_720_998)
    monday = week.made[12]
    assert (monday.root.hex(), monday.total) == (MONDAY, 5_594_005)
    assert monday.leaves[417].amount == 6_222
    assert before(monday.root, monday.total, monday.proof(417)) == 2_332_031
    assert monday.owner_of(2_332_031) == monday.owner_of(2_338_252) == 417
    assert (sum(week.site), sum(week.matched)) == (210_997_920, 112_483_903)


def test_the_week_on_the_chain_is_the_designs_to_the_last_unit() -> None:
    with fast_chains(FIRST - 1800) as chains:
        outcome = play(chains())
    assert (outcome.register, outcome.load, outcome.retired) == (251_720_998, 210_997_920, 112_483_903)
    assert (outcome.certificates, outcome.bill) == (393_693_669, 15_606_701_876)
    assert outcome.collections == 16_000_395_545
    assert outcome.rungs == {
        "operator": 2_000 * USD,
        "interest": 7_291_666_666,
        "principal": 6_708_728_879,
        "equity": 0,
    }
    assert (outcome.burnt, outcome.asker) == (STAKE // 2, STAKE // 2 + 20 * USD)


@pytest.mark.slow
@pytest.mark.parametrize("node", [nodes.anvil, nodes.ganache], ids=["anvil", "ganache"])
def test_the_week_is_the_same_on_nodes(node: object) -> None:
    with node(timestamp=FIRST - 1800) as running:  # type: ignore[operator]
        outcome = play(Rpc(running.url))
    assert (outcome.collections, outcome.retired) == (16_000_395_545, 112_483_903)
