"""Same-block buying, settling and selling where blocks are: on a node that mines when it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import System, deploy_system
from tests.contracts import deals
from tests.contracts.hostile import call_of
from tests.contracts.stage import EVERYTHING, SENIOR, USD, put_on


@pytest.fixture(scope="module")
def node() -> Iterator[System]:
    with nodes.anvil(timestamp=1_767_225_600) as running:
        yield deploy_system(Rpc(running.ipc or running.url), artifacts=compile_contracts())


def in_one_block(chain: Rpc, *calls: tuple[str, Contract, str, tuple[object, ...]]) -> None:
    """Sends all of them, then mines."""
    chain._ask("evm_setAutomine", False)
    try:
        hashes = []
        for sender, contract, function, arguments in calls:
            to, data = call_of(contract, function, *arguments)
            request = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(1_000_000)}
            hashes.append(chain._ask("eth_sendTransaction", request))
        chain._ask("evm_mine")
    finally:
        chain._ask("evm_setAutomine", True)
    receipts = [chain._ask("eth_getTransactionReceipt", each) for each in hashes]
    assert [(each["status"], each["blockNumber"]) for each in receipts] == [("0x1", hex(chain.block()))] * len(calls)
    assert [int(each["transactionIndex"], 16) for each in receipts] == [*range(len(calls))]


@pytest.mark.parametrize("order", ["buy, settle, sell", "settle, buy, sell", "buy, sell, settle"])
def test_one_block_is_three_transactions_in_their_order(node: System, order: str) -> None:
    """Buying, settling and selling in one block of a node: who holds at the settlement has what those shares earn."""
    assert isinstance(node.chain, Rpc)
    with node.chain.undone():
        stage = put_on(node, deals.PLAIN)
        cast, share = stage.cast, stage.share()
        share.send("transfer", cast.cho, 25_000 * USD, sender=cast.ann)
        share.send("approve", cast.bob, EVERYTHING, sender=cast.ann)
        stage.gift(28_000 * USD)
        stage.until(1)
        steps: dict[str, tuple[str, Contract, str, tuple[object, ...]]] = {
            "buy": (cast.bob, share, "transferFrom", (cast.ann, cast.bob, 50_000 * USD)),
            "settle": (cast.bob, stage.deal, "settle", (1,)),
            "sell": (cast.bob, share, "transfer", (cast.ann, 50_000 * USD)),
        }
        in_one_block(node.chain, *(steps[step] for step in order.split(", ")))
        bobs = 14_000 * USD if order == "buy, settle, sell" else 0
        people = (cast.ann, cast.bob, cast.cho)
        assert [stage.claimable(SENIOR, each) for each in people] == [21_000 * USD - bobs, bobs, 7_000 * USD]
        assert [share.call("balanceOf", each) for each in people] == [75_000 * USD, 0, 25_000 * USD]
        assert stage.claim(SENIOR, cast.cho) == 7_000 * USD
        stage.assert_sound()
