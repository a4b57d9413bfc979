"""
Reading from a node that is not at its best, through tests/evm/proxy.py.

given a node that refuses long ranges of logs
    it should give all logs, each once, in order · not ask for too long a range at every turn · name a refused block
given a node that tells of logs that a reorganisation removed
    it should read the page again until there are none, or patience is at an end
given a node that drops, is late or asks to wait
    it should ask again until patience is at an end · not send a transaction twice
given a node that takes no batches, or only short ones
    it should ask in smaller ones, down to one at a time
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from penstock.evm import log_pages, nodes, transport
from penstock.evm.artifacts import Artifact
from penstock.evm.chain import Contract
from penstock.evm.errors import NodeFailed
from penstock.evm.rpc import Rpc
from tests.evm.conftest import START
from tests.evm.proxy import (
    Call,
    Proxy,
    after,
    dropped,
    every,
    first,
    late,
    only,
    proxied,
    range_limited,
    refused,
    status,
    timed_out,
)

pytestmark = pytest.mark.sampled

EVENTS = 300


@pytest.fixture(scope="module")
def running(counter_artifact: Artifact) -> Iterator[tuple[Contract, Proxy]]:
    """A counter with an event in each of 300 blocks, behind a proxy."""
    with nodes.anvil(timestamp=START - 86_400) as node:
        chain = Rpc(node.url)
        counter = chain.deploy(counter_artifact, START - 86_400)
        for _ in range(EVENTS):
            counter.send("add", 0, "")
        with proxied(node.url) as proxy:
            yield counter, proxy


@pytest.fixture
def proxy(running: tuple[Contract, Proxy], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    running[1].clear()
    yield running[1]
    running[1].clear()


@pytest.fixture
def counter(running: tuple[Contract, Proxy]) -> Contract:
    return running[0]


def whole(counter: Contract, proxy: Proxy, patience: float = 2.0, timeout: float = 30.0) -> Rpc:
    """A connection through the proxy, which must read the same logs as one without it."""
    chain = Rpc(proxy.url, patience=patience, timeout=timeout)
    expected = counter.chain.logs(counter.address)
    found = chain.logs(counter.address)
    assert len(found) == EVENTS and found == expected
    assert [each.block for each in found] == sorted({each.block for each in found})
    return chain


def test_a_good_node_is_asked_once(counter: Contract, proxy: Proxy) -> None:
    whole(counter, proxy)
    assert proxy.count("eth_getLogs") == 1


def removed(_: Call, logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*logs[:-1], *(each | {"removed": True} for each in logs[-1:])]


def test_a_page_with_logs_that_were_removed_is_read_again(counter: Contract, proxy: Proxy) -> None:
    proxy.rewrite("eth_getLogs", removed, nth=first(3))
    whole(counter, proxy)
    assert proxy.count("eth_getLogs") == 4


def test_logs_that_were_removed_are_never_given(counter: Contract, proxy: Proxy) -> None:
    proxy.rewrite("eth_getLogs", removed)
    with pytest.raises(NodeFailed, match=r"tells of logs in blocks 0 to \d+ that a reorganisation removed; accepted: "):
        Rpc(proxy.url, patience=1.0).logs(counter.address)
    assert proxy.count("eth_getLogs") > 1


@pytest.mark.parametrize("most", [100, 7, 1])
def test_short_ranges_are_found_and_kept(counter: Contract, proxy: Proxy, most: int) -> None:
    proxy.on("eth_getLogs", range_limited(most))
    whole(counter, proxy)
    ranges = [
        int(call.params[0]["toBlock"], 16) - int(call.params[0]["fromBlock"], 16) + 1
        for call in proxy.calls
        if call.method == "eth_getLogs"
    ]
    passed = [each for each in ranges if each <= most]
    assert sum(passed) >= EVENTS
    assert len(ranges) <= 15 + len(passed) * (1 + 1 / log_pages.BEFORE_GROWING), "asks for too much too often"


def test_the_range_grows_again(counter: Contract, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_pages, "FIRST_RANGE", 8)
    proxy.on("eth_getLogs", refused(-32005, "query returned more than 10000 results"), nth=first(3))
    whole(counter, proxy)
    assert proxy.count("eth_getLogs") < 3 + log_pages.BEFORE_GROWING + 12


def test_one_block_refused_is_named(counter: Contract, proxy: Proxy) -> None:
    proxy.on("eth_getLogs", refused(-32000, "missing trie node"))
    with pytest.raises(log_pages.RangeRefused, match="refuses the logs of block 0: missing trie node"):
        Rpc(proxy.url, patience=2.0).logs(counter.address)


@pytest.mark.parametrize(
    "act",
    [dropped, status(429), status(503), refused(429, "slow down"), refused(-32005, "rate limit exceeded")],
    ids=["dropped", "429", "503", "error 429", "rate limit"],
)
def test_what_fails_is_asked_again(counter: Contract, proxy: Proxy, act) -> None:
    proxy.on("eth_getLogs", range_limited(50))
    proxy.on("*", act, nth=every(3))
    whole(counter, proxy)


def test_an_answer_that_never_comes_is_asked_for_again(counter: Contract, proxy: Proxy) -> None:
    proxy.on("eth_getLogs", timed_out(2.0), nth=only(1))
    proxy.on("eth_getLogs", late(0.05), nth=after(1))
    whole(counter, proxy, timeout=0.3)


def test_patience_comes_to_an_end(counter: Contract, proxy: Proxy) -> None:
    chain = Rpc(proxy.url, patience=0.2)
    proxy.on("*", dropped)
    for ask in (lambda: chain.logs(counter.address), chain.block):
        with pytest.raises(NodeFailed, match=proxy.url) as failed:
            ask()
        assert "\n" not in str(failed.value)
    assert 4 < len(proxy.calls) < 20


def test_without_patience_nothing_is_asked_twice(counter: Contract, proxy: Proxy) -> None:
    chain = Rpc(proxy.url)
    proxy.clear()
    proxy.on("eth_blockNumber", dropped)
    with pytest.raises(NodeFailed):
        chain.block()
    assert proxy.count("eth_blockNumber") == 1


def test_a_transaction_is_never_sent_twice(counter: Contract, proxy: Proxy) -> None:
    chain = Rpc(proxy.url, patience=2.0)
    proxy.on("eth_sendTransaction", dropped)
    with pytest.raises(NodeFailed):
        chain.transact(counter.address, b"", chain.accounts[0])
    assert proxy.count("eth_sendTransaction") <= 1


@pytest.mark.parametrize("most", [1000, 100, 3, 1, 0])
def test_batches_shrink_to_what_the_node_takes(counter: Contract, proxy: Proxy, most: int) -> None:
    proxy.most_in_a_batch = most
    chain = Rpc(proxy.url)
    blocks = [[hex(number), False] for number in range(EVENTS)]
    found = list(chain.ask_many("eth_getBlockByNumber", blocks))
    assert [int(each["number"], 16) for each in found] == list(range(EVENTS))


def test_a_batch_too_large_by_status_shrinks_too(counter: Contract, proxy: Proxy) -> None:
    chain = Rpc(proxy.url)
    proxy.on("eth_getBlockByNumber", status(413), nth=first(1))
    assert len(list(chain.ask_many("eth_getBlockByNumber", [[hex(n), False] for n in range(9)]))) == 9


def test_a_wrong_answer_is_passed_on_as_it_is(counter: Contract, proxy: Proxy) -> None:
    """The proxy's own sentence: it rewrites one answer, and only that."""
    chain = Rpc(proxy.url)
    proxy.rewrite("eth_blockNumber", lambda call, result: "0x7", nth=only(2))
    assert [chain.block() for _ in range(3)] == [counter.chain.block(), 7, counter.chain.block()]
