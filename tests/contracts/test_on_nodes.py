"""
the same on real nodes, Anvil and Ganache, through JSON-RPC
├── given a deal lives its whole life there, everybody should have what they have in the process
├── given something is refused, it should be for the same reason with the same values
└── given calls that only a node can make: as the factory, as another tranche's share
    └── they should be refused too
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.errors import ChainRevert
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import System, deploy_system
from tests.contracts import deals
from tests.contracts.stage import SENIOR, USD, Stage, put_on

START = 1_767_225_600  # closing
NODES: dict[str, Callable[..., AbstractContextManager[nodes.Node]]] = {"anvil": nodes.anvil, "ganache": nodes.ganache}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=NODES)
def node(request: pytest.FixtureRequest) -> Iterator[System]:
    with NODES[request.param](timestamp=START) as running:
        yield deploy_system(Rpc(running.url), artifacts=compile_contracts())


@pytest.fixture
def there(node: System) -> Iterator[Stage]:
    with node.chain.undone():
        yield put_on(node, deals.WHOLE)


def a_life(stage: Stage) -> tuple[dict[str, int], dict[str, object]]:
    """Two holders, a drought, a flood, late revenue; what everybody has in the end, and the deal's last state."""
    cast = stage.cast
    stage.share().send("transfer", cast.bob, 33_333 * USD, sender=cast.ann)
    for collections in (31_000 * USD, 1, 20_000 * USD, 300_000 * USD, 77):
        stage.settle(collections)
        for tranche, holder in ((0, cast.ann), (0, cast.bob), (1, cast.ann), (2, cast.ann)):
            if stage.claimable(tranche, holder):
                stage.claim(tranche, holder)
        for fee, payee in enumerate((cast.operator, cast.agent)):
            if stage.state().fee_claimable[fee]:
                stage.claim_fee(fee, payee)
    people = {name: stage.cash(getattr(cast, name)) for name in ("ann", "bob", "operator", "agent")}
    return people | {"deal": stage.cash()}, stage.numbers()["state"]


def test_a_life_ends_as_it_does_in_the_process(there: Stage, system: System) -> None:
    people, state = a_life(there)
    assert sum(people.values()) == 355_000 * USD + 78
    assert (people, state) == a_life(put_on(system, deals.WHOLE))


def test_refusals_are_the_same(there: Stage) -> None:
    cast, deal = there.cast, there.deal
    with there.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": cast.ann}):
        deal.send("claim", SENIOR, sender=cast.ann)
    with there.refused("Deal_NotPayee", {"caller": cast.stranger, "payee": cast.operator}):
        deal.send("claimFee", 0, sender=cast.stranger)
    with there.refused("Deal_NotShare", {"caller": cast.stranger}):
        deal.send("moveShares", SENIOR, cast.ann, cast.stranger, 1, sender=cast.stranger)
    with there.refused("ERC20InsufficientBalance", {"sender": cast.bob, "balance": 0, "needed": 1}):
        there.share().send("transfer", cast.ann, 1, sender=cast.bob)
    there.until(1)
    there.lose(1)
    with there.refused("Deal_BalanceBelowLedger", {"balance": 4_000 * USD - 1, "ledger": 4_000 * USD}):
        deal.send("settle", 1)


def test_a_settlement_too_early_is_refused(there: Stage) -> None:
    before = there.numbers()
    with pytest.raises(ChainRevert) as caught:
        there.deal.send("settle", 1)
    # A node sets the time of its next block itself
    time = caught.value.values["time"]
    assert caught.value.values == {"period": 1, "paymentAt": there.payment_at(1), "time": time}
    assert START <= time < START + 600
    assert there.numbers() == before


def test_calls_as_a_contract_are_refused(there: Stage) -> None:
    deal, cast, factory = there.deal, there.cast, there.system.factory.address
    with there.refused("Deal_NotFactory", {"caller": factory}):
        deal.call("close", [(0, cast.stranger, 1)], sender=factory)
    other = there.share(1).address
    with there.refused("Deal_NotShare", {"caller": other}):
        deal.call("moveShares", SENIOR, cast.ann, cast.stranger, 1, sender=other)
    with there.refused("ERC20InsufficientBalance", {"sender": cast.bob, "balance": 0, "needed": 1}):
        deal.call("moveShares", SENIOR, cast.bob, cast.ann, 1, sender=there.share(0).address)
