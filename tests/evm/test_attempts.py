"""
What became of a transaction.

given a receipt whose block is part of the chain     it should be mined, good or not
given a receipt of a block the chain has left        it should not be known yet
given an attempt that reverted and one of a later nonce
                                                     the later one should count
given a nonce that is used, and no receipt
    when our own transaction is in the block         it should not be known yet, with its receipt to come
    when another is                                  it should be replaced, and the other named
    when no node shows the block                     it should not be known yet
given the same call signed twice at one nonce        the hashes should differ
given a node that refuses a transaction after an answer was lost
                                                     it should not count as refused
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from penstock.evm import attempts, networks
from penstock.evm.attempts import Attempt, AttemptStatus
from penstock.evm.broadcast import Answer, Broadcaster, Call, Pace, push
from penstock.evm.dev_accounts import development_keys
from penstock.evm.errors import ChainRefused
from penstock.evm.fees import fees_now
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.evm.rpc import Rpc
from penstock.evm.signers import KeySigner
from tests.evm import proxy as proxies
from tests.evm.proxy import Dropped, Proxy, RpcError, only, proxied

KEYS = development_keys()
SENDER, OTHER = list(KEYS)[:2]
QUICK = RetryPolicy(request=5.0, outage=20.0, start=5.0, first_pause=0.02, longest_pause=0.2)
PAY = Call("pay", OTHER, b"", 30_000, 1)
REVERTS = Call("revert", None, bytes.fromhex("5f5ffd"), 100_000)


@pytest.fixture
def chain(node: Rpc) -> RetryingRpc:
    return networks.connect(node.endpoint, QUICK)


@pytest.fixture
def proxy(chain: RetryingRpc) -> Iterator[Proxy]:
    with proxied(chain.endpoint) as made:
        yield made


def signed(chain: RetryingRpc, call: Call = PAY, nonce: int | None = None) -> Attempt:
    place = attempts.used(chain, SENDER) if nonce is None else nonce
    return Broadcaster(chain, KeySigner(KEYS[SENDER]), Pace()).sign(call, place, fees_now(chain))


def in_a_block(chain: RetryingRpc, attempt: Attempt) -> None:
    """Waits until the node, which answers a send before it mines, has the attempt's receipt."""
    until = time.monotonic() + 20
    while not chain.ask("eth_getTransactionReceipt", attempt.hash):
        assert time.monotonic() < until, "never mined"
        time.sleep(0.02)


def test_a_receipt_in_the_chain_says_that_it_is_mined(chain: RetryingRpc) -> None:
    for call, good in ((PAY, True), (REVERTS, False)):
        attempt = signed(chain, call)
        assert attempts.find(chain, [attempt]).status is AttemptStatus.DROPPED
        assert push(chain, attempt).answer is Answer.TAKEN
        in_a_block(chain, attempt)
        found = attempts.find(chain, [attempt])
        assert (found.status, found.mined and found.mined.good) == (AttemptStatus.MINED, good)
        assert push(chain, attempt).answer in (Answer.NONCE_USED, Answer.TAKEN)


def test_a_receipt_of_a_block_the_chain_has_left_says_nothing(chain: RetryingRpc, proxy: Proxy) -> None:
    attempt = signed(chain)
    push(chain, attempt)
    in_a_block(chain, attempt)
    proxy.rewrite("eth_getTransactionReceipt", lambda call, result: {**result, "blockHash": "0x" + "66" * 32})
    assert attempts.find(networks.connect(proxy.url, QUICK), [attempt]).status is AttemptStatus.PENDING


def test_an_attempt_that_reverted_says_nothing_of_a_later_one(chain: RetryingRpc) -> None:
    first = signed(chain, REVERTS)
    push(chain, first)
    in_a_block(chain, first)
    later = signed(chain)
    found = attempts.find(chain, [first, later])
    assert (found.status, found.attempt) == (AttemptStatus.DROPPED, later)
    assert attempts.find(chain, [first]).status is AttemptStatus.MINED


def test_a_late_receipt_is_of_a_transaction_of_ours(chain: RetryingRpc, proxy: Proxy) -> None:
    attempt = signed(chain)
    push(chain, attempt)
    for _ in range(5):  # it is looked for further back, too
        push(chain, signed(chain))
        chain.ask("evm_mine")
    proxy.rewrite("eth_getTransactionReceipt", lambda call, result: None)
    proxy.rewrite("eth_getTransactionByHash", lambda call, result: None)
    through = networks.connect(proxy.url, QUICK)
    found = attempts.find(through, [attempt])
    assert (found.status, found.attempt) == (AttemptStatus.PENDING, attempt)
    proxy.on("eth_getTransactionCount", missing_state, lambda at: at > 2)
    assert attempts.find(through, [attempt]).status is AttemptStatus.UNSEEN


def missing_state(call: proxies.Call) -> None:
    raise RpcError(-32000, "missing trie node")


def test_another_transaction_at_the_nonce_is_named(chain: RetryingRpc) -> None:
    ours, other = signed(chain), signed(chain)
    assert ours.hash != other.hash and ours.nonce == other.nonce
    push(chain, other)
    if chain.client.startswith("Ganache"):
        pytest.skip("Ganache 7.9.2 mines both, each with the same nonce")
    assert push(chain, ours).answer is Answer.NONCE_USED
    found = attempts.find(chain, [ours])
    assert found.status is AttemptStatus.REPLACED
    assert found.other == attempts.Other(other.hash, chain.block())


def test_a_lost_answer_is_asked_for_again(chain: RetryingRpc, proxy: Proxy) -> None:
    through, attempt = networks.connect(proxy.url, QUICK), signed(chain)

    def lost(call: proxies.Call, result: object) -> None:
        raise Dropped

    proxy.rewrite("eth_sendRawTransaction", lost, only(1))
    assert push(through, attempt).answer in (Answer.NONCE_USED, Answer.TAKEN)
    assert attempts.find(through, [attempt]).status is AttemptStatus.MINED


def test_a_refusal_after_a_lost_answer_is_none(chain: RetryingRpc, proxy: Proxy) -> None:
    def poor(call: proxies.Call) -> None:
        raise RpcError(-32000, "insufficient funds for gas * price + value")

    proxy.on("eth_sendRawTransaction", poor, lambda at: at != 2)
    proxy.on("eth_sendRawTransaction", proxies.dropped, only(2))
    through = networks.connect(proxy.url, QUICK)
    assert push(through, signed(chain)).answer is Answer.REFUSED
    assert push(through, signed(chain)).answer is Answer.LOST


def test_what_no_node_can_say_is_not_guessed(chain: RetryingRpc) -> None:
    assert attempts.transaction_at(chain, SENDER, attempts.used(chain, SENDER)) is None
    with pytest.raises(ChainRefused):
        chain.ask("eth_noSuchMethod")
