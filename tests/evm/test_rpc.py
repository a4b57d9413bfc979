"""
What only a node can do.

signing     it should send from a key the node does not know · refuse a sender nobody has a key for
failing     it should find the reason of a transaction that failed only in its block · name a node that is gone
a public chain   it should refuse to set the clock, to take a snapshot and to go back
"""

from typing import Any

import pytest
from eth_account import Account

from penstock.evm import nodes
from penstock.evm.artifacts import Artifact
from penstock.evm.errors import ChainRevert, NodeFailed, NotADevChain, UnknownAccount
from penstock.evm.rpc import Rpc

KEY = bytes.fromhex("a1" * 32)
ETHER = 10**18


class Blind(Rpc):
    """Believes that every transaction passes, as one does that is overtaken after its estimate."""

    def _ask(self, method: str, *params: Any) -> Any:
        return hex(300_000) if method == "eth_estimateGas" else super()._ask(method, *params)


def test_a_transaction_is_signed_with_our_own_key(node: Rpc, counter_artifact: Artifact) -> None:
    ours = str(Account.from_key(KEY).address)
    signing = Rpc(node.endpoint, keys=[KEY])
    node.transact(ours, b"", node.accounts[0], value=ETHER)

    counter = signing.deploy(counter_artifact, 1)
    assert signing.accounts[0] == counter.call("owner") == ours
    assert signing.key(ours) == KEY
    receipt = counter.send("add", 1, "signed here", value=5)
    assert receipt.events(counter.abi)[0]["by"] == ours
    counter.send("withdraw")
    assert node.balance(counter.address) == 0


def test_a_sender_without_a_key_is_refused(node: Rpc, counter_artifact: Artifact) -> None:
    stranger = "0x" + "22" * 20
    counter = node.deploy(counter_artifact, 1)
    with pytest.raises(UnknownAccount, match=stranger):
        counter.send("increment", sender=stranger)


def test_the_reason_is_found_when_only_the_block_knows_it(node: Rpc, counter_artifact: Artifact) -> None:
    blind = Blind(node.endpoint)
    counter = blind.at(node.deploy(counter_artifact, 1).address, counter_artifact.abi)
    with pytest.raises(ChainRevert, match="Counter_TooMuch: asked=101, limit=100"):
        counter.send("add", 101, "")


def test_gas_of_a_second_touch_is_that_of_a_cold_slot(node: Rpc, counter_artifact: Artifact) -> None:
    counter = node.deploy(counter_artifact, 1)
    first, second, third = (counter.send("increment").gas_used for _ in range(3))
    # A slot that is set costs 22,100, one that is changed 5,000, each cold.
    assert (first - second, second - third) == (17_100, 0)


def test_a_public_chain_has_no_time_travel(node: Rpc) -> None:
    public = Rpc(node.endpoint)
    public.is_development = False
    for act in (lambda: public.set_time(2**32), public.snapshot, lambda: public.revert(1)):
        with pytest.raises(NotADevChain):
            act()
    assert public.key(node.accounts[0]) is None


def test_a_node_that_is_gone_is_named_in_one_line() -> None:
    with nodes.anvil() as gone:
        chain = Rpc(gone.url)
    for ask in (chain.now, lambda: Rpc(gone.url)):
        with pytest.raises(NodeFailed, match=gone.url) as refused:
            ask()
        assert "\n" not in str(refused.value)
