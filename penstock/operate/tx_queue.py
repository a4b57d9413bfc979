"""
Transactions whose record is the chain itself.

A launch needs a journal, since its steps build on addresses and nonces of their own. Settling and claiming do not: what
is still to be done can be read from the deal at any time. So each round takes the account's nonces first and reads the
deals after it. What another run of the same account did in between either shows in what is read, or has used the
nonce, and the chain takes only one of the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from penstock.deploy import attempts
from penstock.deploy.broadcast import Answer, push
from penstock.deploy.execute import Pace
from penstock.deploy.journal import Attempt
from penstock.deploy.preflight import TooLittle, coin
from penstock.evm.abi import Log
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.fees import Fees, fees_now
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.evm.signers import Signer, hash_of

MOST_AT_ONCE = 50
MOST_TRIES = 5
# A limit over an estimate: what others do first may make it dearer.
GAS_MARGIN = (5, 4)
# What any transaction takes, whatever it does.
LEAST_GAS = 21_000
# How nodes say that an account cannot pay the gas.
NO_COIN = ("insufficient funds", "enough funds")


@dataclass(frozen=True)
class Call:
    """What one transaction does. to : None for creation code that makes nothing. gas : its limit."""

    intent: str
    to: Address | None
    data: bytes = field(repr=False)
    gas: int


@dataclass(frozen=True)
class Made:
    """A transaction in a block, good or not."""

    call: Call
    hash: str
    block: int
    gas: int
    good: bool
    logs: tuple[Log, ...] = ()


@dataclass
class Task:
    """What one deal or claim wants done. made : its transactions so far, the good ones. error : what ended it early."""

    made: list[Made] = field(default_factory=list)
    error: ChainError | None = None


T = TypeVar("T", bound=Task)


@dataclass
class _Waiting:
    call: Call
    nonce: int
    attempts: list[Attempt]
    fees: Fees
    sent_at: float
    made: Made | None = None
    replaced: bool = False


class Sender(Generic[T]):
    """
    Parameters
    ----------
    signer : whose account pays the gas. say : told when something takes long.
    """

    def __init__(
        self, chain: RetryingRpc, signer: Signer, pace: Pace, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self.chain, self.signer, self.pace, self.say = chain, signer, pace, say

    def run(
        self,
        tasks: Sequence[T],
        prepare: Callable[[Sequence[T]], Sequence[Call | ChainError | None]],
        at_once: int = MOST_AT_ONCE,
    ) -> None:
        """
        Sends what tasks ask for, round by round, until none asks any more.

        Parameters
        ----------
        prepare : reads the chain and says what each task sends next: a call, None when it has come to its end, or why
            it cannot go on. Asked again after each round.

        Raises
        ------
        NodeFailed : when the node is gone, or takes what is sent into no block.
        """
        tries = dict.fromkeys(map(id, tasks), 0)
        open_ = list(tasks)
        while open_:
            now, open_ = open_[:at_once], open_[at_once:]
            nonce, fees = self._free_nonce(), fees_now(self.chain)
            sent: list[tuple[T, _Waiting]] = []
            for task, call in zip(now, prepare(now), strict=True):
                found = self._send(call, nonce, fees) if isinstance(call, Call) else call
                if isinstance(found, _Waiting):
                    sent.append((task, found))
                    nonce += not found.replaced
                else:
                    task.error = found
            self._await([each for _, each in sent])
            for task, each in sent:
                if each.made is not None and each.made.good:
                    task.made.append(each.made)
                    tries[id(task)] = 0
                tries[id(task)] += 1
                if tries[id(task)] > MOST_TRIES:
                    task.error = ChainError(f"{each.call.intent}: {MOST_TRIES} times in vain")
            open_ = [task for task, _ in sent if not task.error] + open_

    def _free_nonce(self) -> int:
        """The next nonce, when nothing of the account waits: what waits may be the very thing we are about to do."""
        began, told = time.monotonic(), False
        while True:
            used = attempts.used(self.chain, self.signer.address)
            if attempts.waiting(self.chain, self.signer.address) == used:
                return used
            if time.monotonic() - began > self.pace.step:
                raise NodeFailed(
                    f"a transaction of {self.signer.address} with nonce {used} waits since {self.pace.step:.0f} s; "
                    "accepted: one that a block takes, or its replacement by you"
                )
            if not told:
                self.say(f"waiting for an earlier transaction of {self.signer.address}, nonce {used}")
            told = True
            time.sleep(min(self.pace.poll, 1.0))

    def _send(self, call: Call, nonce: int, fees: Fees) -> _Waiting | ChainError:
        attempt = self._signed(call, nonce, fees)
        sent = push(self.chain, attempt)
        if sent.answer is Answer.REFUSED:
            if any(words in sent.reason.lower() for words in NO_COIN):
                return no_coin(self.chain, self.signer.address, call.intent)
            return ChainError(f"{call.intent}: {sent.reason}")
        made = _Waiting(call, nonce, [attempt], fees, time.monotonic())
        # Somebody else has this account's nonce, in a block or in the pool.
        made.replaced = sent.answer in (Answer.NONCE_USED, Answer.CHEAP)
        return made

    def _signed(self, call: Call, nonce: int, fees: Fees) -> Attempt:
        transaction: dict[str, Any] = {
            "chainId": self.chain.chain_id,
            "nonce": nonce,
            "value": 0,
            "data": call.data,
            "gas": call.gas,
            **({"to": call.to} if call.to else {}),
            **fees.fields(),
        }
        raw = self.signer.sign(transaction)
        return Attempt(call.intent, hash_of(raw), self.signer.address, nonce, raw, call.gas, fees.most, fees.tip)

    def _await(self, sent: list[_Waiting]) -> None:
        """Returns when each is deep enough in the chain, or its nonce was used by another."""
        ours = [each for each in sent if not each.replaced]
        began, pause, gone = time.monotonic(), 0.005, dict.fromkeys(map(id, ours), 0)
        while ours:
            used = attempts.used(self.chain, self.signer.address)
            self._look(ours)
            head = self.chain.block()
            for each in ours:
                gone[id(each)] += each.made is None and used > each.nonce
                each.replaced = gone[id(each)] > 1 and each.made is None
            if all(each.replaced or self._is_deep(each, head) for each in ours):
                return
            if time.monotonic() - began > self.pace.step:
                late = next(each for each in ours if not each.replaced and not self._is_deep(each, head))
                raise NodeFailed(
                    f"{late.call.intent}: transaction {late.attempts[-1].hash} is in no block, or not deep enough, "
                    f"after {self.pace.step:.0f} s; run again to go on"
                )
            for each in ours:
                if each.made is None and time.monotonic() - each.sent_at > self.pace.dearer:
                    self._dearer(each)
            time.sleep(pause)
            pause = min(2 * pause, self.pace.poll)

    def _is_deep(self, each: _Waiting, head: int) -> bool:
        return each.made is not None and head - each.made.block + 1 >= self.pace.confirmations

    def _look(self, ours: list[_Waiting]) -> None:
        asked = [(each, attempt.hash) for each in ours for attempt in each.attempts]
        receipts = self.chain.ask_all([("eth_getTransactionReceipt", [name]) for _, name in asked])
        for each in ours:
            each.made = None
        for (each, name), receipt in zip(asked, receipts, strict=True):
            if receipt and receipt.get("blockNumber"):
                each.made = _made(each.call, name, receipt)

    def _dearer(self, each: _Waiting) -> None:
        """The same nonce at higher fees, or the same transaction once more where they did not rise."""
        fees, attempt = fees_now(self.chain), each.attempts[-1]
        if fees.base + attempt.tip > attempt.most:
            each.fees = fees.above(each.fees)
            attempt = self._signed(each.call, each.nonce, each.fees)
            each.attempts.append(attempt)
            self.say(f"the base fee rose: {each.call.intent} again, at {each.fees.most / 10**9:,.3f} gwei")
        push(self.chain, attempt)
        each.sent_at = time.monotonic()


def _made(call: Call, name: str, receipt: Any) -> Made:
    block = int(receipt["blockNumber"], 16)
    logs = tuple(map(log_of, receipt["logs"]))
    return Made(call, name, block, int(receipt["gasUsed"], 16), int(receipt["status"], 16) == 1, logs)


def require_coin(chain: RetryingRpc, account: Address, intent: str) -> None:
    """Raises TooLittle where an account could not even send the smallest transaction."""
    if _coin_of(chain, account) < LEAST_GAS * fees_now(chain).most:
        raise no_coin(chain, account, intent)


def no_coin(chain: RetryingRpc, account: Address, intent: str) -> TooLittle:
    held = coin(_coin_of(chain, account))
    return TooLittle(f"{account} holds {held} of the native coin, too little for gas: {intent}; accepted: send it some")


def _coin_of(chain: RetryingRpc, account: Address) -> int:
    return int(chain.ask("eth_getBalance", account, "latest"), 16)


def estimated(chain: RetryingRpc, call: Call, sender: Address) -> Call:
    """
    A call with its gas limit.

    Raises
    ------
    ChainRevert : when a contract refuses it. ChainRefused : when the node does.
    """
    request = {"from": sender, "data": "0x" + call.data.hex(), **({"to": call.to} if call.to else {})}
    top, bottom = GAS_MARGIN
    return replace(call, gas=int(chain.ask("eth_estimateGas", request), 16) * top // bottom)
