"""
Reading from a pool of nodes that are not of one mind.

given a node that is behind a block seen before
    it should be waited for, whether it gives an older head, null, or an error
    on a development chain that became shorter, the shorter chain should be believed after a while
given several questions, or an estimate
    all should be about one block
given null or {} where there must be something
    it should be asked again
given logs that a node leaves out of the last blocks
    the headers' blooms should tell, and they should be found, each once
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.evm import networks
from penstock.evm.artifacts import Artifact
from penstock.evm.errors import NodeFailed
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryPolicy
from penstock.evm.rpc import Rpc, log_of
from penstock.evm.whole_logs import may_hold
from tests.evm.conftest import START
from tests.evm.proxy import Call, RpcError, first, only, proxied
from tests.fixtures.pool import Faults, pool, seeds

QUICK = RetryPolicy(request=5.0, outage=10.0, start=5.0, first_pause=0.01, longest_pause=0.05, behind=10.0)


@pytest.fixture
def counter(node: Rpc, counter_artifact: Artifact) -> Any:
    return node.deploy(counter_artifact, START + 86_400)


def mine(node: Rpc, blocks: int) -> None:
    for _ in range(blocks):
        node.ask("evm_mine")


@pytest.mark.parametrize("seed", seeds([0], 3))
def test_what_was_seen_once_is_not_unseen(node: Rpc, counter: Any, seed: int) -> None:
    mine(node, 4)
    with pool(node.endpoint, Faults(stale=0.6), seed) as endpoint:
        chain = networks.connect(endpoint.url, QUICK)
        seen = 0
        for count in range(1, 6):
            receipt = counter.send("increment")
            head = chain.head(looks=6)
            assert int(head["number"], 16) >= max(seen, receipt.block - 3)
            seen = int(head["number"], 16)
            chain._ask("eth_getTransactionReceipt", receipt.hash)
            if chain.block() >= receipt.block:
                assert chain.call(counter.address, counter.abi, "count") == count


def test_an_older_head_null_and_an_error_are_waited_out(node: Rpc, counter: Any) -> None:
    mine(node, 2)
    with proxied(node.endpoint) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        head = chain.block()
        older = node.ask("eth_getBlockByNumber", hex(head - 1), False)
        proxy.rewrite("eth_getBlockByNumber", lambda call, result: older, first(2))
        assert chain.block() == head
        proxy.clear()
        proxy.rewrite("eth_getBlockByNumber", lambda call, result: None, first(2))
        assert chain.ask("eth_getBlockByNumber", hex(head), False)["number"] == hex(head)
        assert chain.ask("eth_getBlockByNumber", hex(head + 9), False) is None, "nobody has shown it"
        proxy.clear()
        proxy.rewrite("eth_getBlockByNumber", lambda call, result: {}, first(2))
        assert chain.now() == node.now()
        proxy.on("eth_call", not_found, first(3))
        assert chain.call(counter.address, counter.abi, "count") == 0
        assert proxy.count("eth_call") == 4


def not_found(call: Call) -> None:
    raise RpcError(-32000, "header not found")


def test_a_chain_that_became_shorter_is_believed_after_a_while(node: Rpc) -> None:
    chain = networks.connect(node.endpoint, replace(QUICK, behind=0.2))
    with node.undone():
        mine(node, 3)
        head = chain.block()
    assert chain.block() == head - 3


def test_a_public_chain_never_becomes_shorter(node: Rpc) -> None:
    chain = networks.connect(node.endpoint, replace(QUICK, behind=0.2, outage=0.5))
    chain.is_development = False
    with node.undone():
        mine(node, 3)
        head = chain.block()
    with pytest.raises(NodeFailed, match=f"is at block {head - 3}, behind block {head}, which was seen already"):
        chain.block()


def test_several_questions_are_about_one_block(node: Rpc, counter: Any) -> None:
    with proxied(node.endpoint) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        data = "0x" + counter.abi.function("count").encode([]).hex()
        proxy.on("eth_getBalance", lambda call: counter.send("increment") and None, only(1))
        with chain.reading_at():
            chain.balance(counter.address)
            assert chain.call(counter.address, counter.abi, "count") == 0
            chain.ask("eth_estimateGas", {"to": counter.address, "data": data})
        asked = [call.params[1] for call in proxy.calls if call.method in ("eth_call", "eth_estimateGas")]
        assert asked == [hex(node.block() - 1)] * 2
        assert chain.call(counter.address, counter.abi, "count") == 1
        proxy.calls.clear()
        chain.ask_all([("eth_call", [{"to": counter.address, "data": data}, "latest"])] * 3)
        assert {call.params[1] for call in proxy.calls if call.method == "eth_call"} == {hex(node.block())}


def test_a_node_that_estimates_on_its_newest_block_only_is_asked_so(node: Rpc, counter: Any) -> None:
    def one_argument(call: Call) -> None:
        if len(call.params) > 1:
            raise RpcError(-32602, "too many arguments, want at most 1")

    with proxied(node.endpoint) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        proxy.on("eth_estimateGas", one_argument)
        request = {"to": counter.address, "data": "0x" + counter.abi.function("increment").encode([]).hex()}
        gas = [chain.ask("eth_estimateGas", request) for _ in range(2)]
        assert gas[0] == gas[1] and proxy.count("eth_estimateGas") == 3


@pytest.mark.parametrize("seed", range(3))
def test_logs_a_node_leaves_out_are_found(node: Rpc, counter: Any, seed: int) -> None:
    begins = node.block() + 1
    for note in ("one", "two", "three"):
        counter.send("add", 1, note)
        mine(node, 1)
    last = node.block()
    with pool(node.endpoint, Faults(stale=0.4, no_logs=0.5, nulls=0.2), seed) as endpoint:
        chain = networks.connect(endpoint.url, QUICK)
        chain.expect(last)
        (page,) = chain.log_pages([LogFilter((counter.address,)), LogFilter(("0x" + "11" * 20,))], begins, last)
    assert [event["note"] for event in map(counter.abi.event, map(log_of, page.logs[0]))] == ["one", "two", "three"]
    assert page.logs[1] == []


def test_logs_that_are_known_to_be_there_are_asked_for_again(node: Rpc, counter: Any) -> None:
    counter.send("add", 1, "note")
    mine(node, 20)  # beyond what is compared with the headers
    with proxied(node.endpoint) as proxy:
        chain = networks.connect(proxy.url, replace(QUICK, outage=60.0))
        proxy.rewrite("eth_getLogs", lambda call, result: [], first(3))
        assert [event["note"] for event in map(counter.abi.event, chain.existing_logs(counter.address))] == ["note"]
        chain = networks.connect(proxy.url, replace(QUICK, outage=0.5))
        with pytest.raises(NodeFailed, match="shows no log of"):
            chain.existing_logs("0x" + "22" * 20)


def test_a_bloom_tells_what_a_block_may_hold(node: Rpc, counter: Any) -> None:
    receipt = counter.send("add", 1, "note")
    bloom = node.ask("eth_getBlockByNumber", hex(receipt.block), False)["logsBloom"]
    topic = "0x" + receipt.logs[0].topics[0].hex()
    assert may_hold(LogFilter((counter.address,)), bloom)
    assert may_hold(LogFilter((), (topic,)), bloom)
    assert may_hold(LogFilter((counter.address,), (None,)), None), "a header without a bloom says nothing"
    assert not may_hold(LogFilter(("0x" + "22" * 20,)), bloom)
    assert not may_hold(LogFilter((counter.address,), ("0x" + "33" * 32,)), bloom)
    assert not may_hold(LogFilter((counter.address,)), "0x" + "00" * 256)
