"""
A node that is late, silent, busy or wrong.

given answers that never come, come too late, come with 429 or a limit in JSON, or are not JSON-RPC
    a run should come to its end, with one of everything
given one wrong answer to any question
    a run should come to its end, or be refused in one line with nothing broken: the next run completes it
given a node that stays away
    the run should end in one line, and another complete it
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from penstock.evm import transport
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryPolicy
from tests.deploy import conftest
from tests.deploy.conftest import Stage
from tests.evm.proxy import Call, Dropped, Proxy, dropped, first, late, only, proxied, refused, status, timed_out
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled


@pytest.fixture
def proxy(stage: Stage) -> Iterator[Proxy]:
    with proxied(stage.url) as made:
        yield made


def lost(call: Call, result: Any) -> Any:
    """The node did it, and nobody hears."""
    raise Dropped


ASKED = ["eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionCount", "eth_getCode", "eth_call"]
TROUBLE = {
    "cut off": lambda proxy, method: proxy.on(method, dropped, first(2)),
    "silent": lambda proxy, method: proxy.on(method, timed_out(1.5), only(2)),
    "late": lambda proxy, method: proxy.on(method, late(1.3), only(2)),
    "lost": lambda proxy, method: proxy.rewrite(method, lost, first(2)),
    "429": lambda proxy, method: proxy.on(method, status(429), first(3)),
    "503": lambda proxy, method: proxy.on(method, status(503), first(2)),
    "limited": lambda proxy, method: proxy.on(method, refused(-32005, "daily request count exceeded"), first(3)),
}


# Each trouble with one method, and each method at least once.
QUICK = [(ASKED[place % len(ASKED)], trouble) for place, trouble in enumerate(TROUBLE)]


@pytest.mark.parametrize(("method", "trouble"), mostly_slow(product(ASKED, TROUBLE), QUICK))
def test_trouble_that_passes(stage: Stage, proxy: Proxy, undisturbed: dict[str, Any], method: str, trouble: str):
    TROUBLE[trouble](proxy, method)
    stage.run(proxy.url)
    stage.require_once(undisturbed)


@pytest.mark.slow
def test_a_send_in_each_three_is_lost_and_each_fifth_answer_limited(
    stage: Stage, proxy: Proxy, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    proxy.rewrite("eth_sendRawTransaction", lost, lambda at: at % 3 == 0)
    proxy.on("*", refused(429, "Too Many Requests"), lambda at: at > 9 and at % 5 == 0)
    stage.run(proxy.url)
    stage.require_once(undisturbed)


WRONG: dict[str, list[Any]] = {
    "eth_getTransactionReceipt": [None, {}, "status", "block", "hash"],
    "eth_getTransactionByHash": [None],
    "eth_getTransactionCount": ["0x0", "0xff", "nonsense", None],
    "eth_getCode": ["0x", "0x60", None],
    "eth_call": ["0x", "0x" + "ff" * 32, None],
    "eth_estimateGas": ["0x1", "0x5208", "0xffffff", None],
    "eth_getBlockByNumber": [None, "base"],
    "eth_getBalance": ["0x0"],
    "eth_maxPriorityFeePerGas": ["0x0", "0xffffffffffff"],
    "eth_chainId": ["0x1"],
    "eth_sendRawTransaction": [None, "0x" + "00" * 32],
    "eth_blockNumber": ["0x0", "0xffffff"],
}


def wrong(answer: Any, result: Any) -> Any:
    """Fields of an answer turned, or another answer."""
    if not isinstance(result, dict):
        return result if answer in ("status", "block", "hash", "base") else answer
    turned = {
        "status": {"status": "0x0"},
        "block": {"blockNumber": "0x1", "blockHash": "0x" + "11" * 32},
        "hash": {"transactionHash": "0x" + "11" * 32},
        "base": {"baseFeePerGas": "0x1"},
    }
    return {**result, **turned[answer]} if isinstance(answer, str) and answer in turned else answer


ANSWERS = [(method, answer, number) for method, answers in WRONG.items() for answer in answers for number in (1, 5)]
WRONG_FIRST = [(method, WRONG[method][0], 1) for method in [*WRONG][::2]]


@pytest.mark.parametrize(("method", "answer", "number"), mostly_slow(ANSWERS, WRONG_FIRST))
def test_one_wrong_answer_breaks_nothing(
    stage: Stage, proxy: Proxy, undisturbed: dict[str, Any], method: str, answer: Any, number: int
):
    proxy.rewrite(method, lambda call, result: wrong(answer, result), only(number))
    try:
        stage.run(proxy.url)
    except ChainError as said:
        assert "\n" not in str(said)
        proxy.clear()
        stage.run(proxy.url)
    stage.require_once(undisturbed)


@pytest.mark.parametrize("sends", mostly_slow([1, 4, 8], [4]))
def test_a_node_that_goes_away_is_awaited_so_long_and_no_longer(
    stage: Stage, proxy: Proxy, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, sends: int
):
    gone = lambda at: proxy.count("eth_sendRawTransaction") >= sends  # noqa: E731
    proxy.on("*", dropped, gone)
    brief = RetryPolicy(request=0.5, outage=0.6, start=0.6, first_pause=0.02, longest_pause=0.1)
    monkeypatch.setattr(conftest, "QUICK", brief)
    with pytest.raises(
        NodeFailed,
        match=r"does not answer: Remote end closed connection without response \(for 1 s\); run the same command again",
    ) as said:
        stage.run(proxy.url)
    assert "\n" not in str(said.value)
    proxy.clear()
    stage.run(proxy.url)
    stage.require_once(undisturbed)
