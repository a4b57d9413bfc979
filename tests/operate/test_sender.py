"""
Transactions whose record is the chain.

given more confirmations than one
    a run should wait until its transaction is so deep
given a transaction of the account that waits
    a run should wait for it, say so, and give up with its nonce
given a receipt that is late, and an answer to a send that is lost
    a plain call should be in one block, once
given a transaction of ours that takes long, or a second one that is mined with its nonce
    it should be told
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from penstock.evm import broadcast, networks
from penstock.evm.broadcast import Call
from penstock.evm.errors import NodeFailed
from penstock.evm.signers import KeySigner
from penstock.evm.tx_queue import Sender, Task
from tests.evm.proxy import Dropped, only, proxied
from tests.fixtures.actors import HOLDER, KEYS, SPONSOR
from tests.fixtures.chains import PACE, QUICK
from tests.fixtures.pool import Faults, pool
from tests.operate.conftest import Stage


def send_one(stage: Stage, sender: Sender[Task]) -> Task:
    task = Task()
    sender.run([task], lambda some: [None if each.made else Call("pay", HOLDER, b"", 21_000) for each in some])
    return task


def test_a_transaction_counts_when_it_is_deep_enough(stage: Stage):
    chain = networks.connect(stage.url, QUICK)
    made: list[Task] = []
    sender: Sender[Task] = Sender(chain, KeySigner(KEYS[SPONSOR]), replace(PACE, confirmations=3))
    run = threading.Thread(target=lambda: made.append(send_one(stage, sender)))
    began = stage.chain.block()
    run.start()
    while stage.chain.block() == began:
        time.sleep(0.02)
    stage.chain.ask("anvil_mine", "0x1")
    run.join(0.5)
    assert run.is_alive() and not made, "two blocks are not three"
    stage.chain.ask("anvil_mine", "0x1")
    run.join(20)
    assert len(made) == 1 and [each.block for each in made[0].made] == [began + 1]


def test_what_waits_of_the_account_is_waited_for(stage: Stage):
    stage.chain.ask("evm_setAutomine", False)
    stage.chain.ask("eth_sendTransaction", {"from": SPONSOR, "to": HOLDER, "gas": hex(21_000)})
    said: list[str] = []
    sender: Sender[Task] = Sender(stage.chain, KeySigner(KEYS[SPONSOR]), replace(PACE, step=0.5), said.append)
    nonce = stage.sent()
    with pytest.raises(NodeFailed, match=f"a transaction of {SPONSOR} with nonce {nonce} waits since"):
        send_one(stage, sender)
    assert said == [f"waiting for an earlier transaction of {SPONSOR}, nonce {nonce}"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_plain_call_is_sent_once(stage: Stage, number: int):
    """Its receipt is late, and the answer to its first or second sending is lost."""
    nonce, before = stage.sent(), stage.chain.balance(HOLDER)

    def lost(call: Any, result: Any) -> Any:
        raise Dropped

    def plain(some: list[Task]) -> list[Call | None]:
        return [None if each.made else Call("pay", HOLDER, b"", 21_000, 5) for each in some]

    with pool(stage.url, Faults(late=0.8), 1) as endpoint:
        endpoint.rewrite("eth_sendRawTransaction", lost, only(number))
        sender: Sender[Task] = Sender(networks.connect(endpoint.url, QUICK), KeySigner(KEYS[SPONSOR]), PACE)
        task = Task()
        sender.run([task], plain)
        assert endpoint.count("eth_sendRawTransaction") >= 2
    assert (len(task.made), task.error) == (1, None)
    assert (stage.sent(), stage.chain.balance(HOLDER)) == (nonce + 1, before + 5)


def test_a_second_transaction_with_the_nonce_is_told(stage: Stage):
    """As Ganache mines it when two come within milliseconds; other chains take one."""
    other = "0x" + "66" * 32

    def both(call: Any, block: Any) -> Any:
        if not call.params[1]:
            return block
        sent = block["transactions"]
        return block | {"transactions": [*sent, *(each | {"hash": other} for each in sent)]}

    with proxied(stage.url) as proxy:
        proxy.rewrite("web3_clientVersion", lambda call, name: "Ganache/v7.9.2/EthereumJS TestRPC/v7.9.2/ethereum-js")
        proxy.rewrite("eth_getBlockByNumber", both)
        said: list[str] = []
        chain, nonce = networks.connect(proxy.url, QUICK), stage.sent()
        (made,) = send_one(stage, Sender(chain, KeySigner(KEYS[SPONSOR]), PACE, said.append)).made
    assert said == [
        f"Ganache mined {made.hash} and {other}, both of {SPONSOR} with nonce {nonce}; other chains take one; accepted "
        "there: one run at a time"
    ]
    quiet: list[str] = []
    send_one(stage, Sender(stage.chain, KeySigner(KEYS[SPONSOR]), PACE, quiet.append))
    assert not quiet


def test_a_transaction_that_takes_long_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(broadcast, "LONG_SECONDS", 0.1)
    stage.chain.ask("evm_setAutomine", False)
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        stage.chain.ask("evm_mine")

    sender: Sender[Task] = Sender(networks.connect(stage.url, QUICK), KeySigner(KEYS[SPONSOR]), PACE, say)
    (made,) = send_one(stage, sender).made
    assert said == [f"sent, and waiting until mined: {made.hash} (pay)"]
