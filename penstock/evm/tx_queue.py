"""
Transactions whose record is the chain itself.

A launch needs a journal, since its steps build on addresses and nonces of their own. Settling and claiming do not: what
is still to be done can be read from the deal at any time. So each round takes the account's nonce and reads the deals
at one block. What another run of the same account did before that block shows in what is read; what it does after it
has used the nonce, and the chain takes only one of the two.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from penstock.evm import attempts, broadcast
from penstock.evm.abi import Log
from penstock.evm.attempts import Attempt, Mined, OutcomeUnknown
from penstock.evm.broadcast import NO_COIN, Answer, Broadcaster, Call, Pace, push
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.fees import fees_now, no_coin
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.evm.signers import Signer

_log = logging.getLogger(__name__)

MOST_AT_ONCE = 50
MOST_TRIES = 5
# Of a pool of nodes, so many looks find a block that is new enough not to be surprised by what is in the next.
LOOKS = 3


@dataclass(frozen=True)
class Made:
    """A transaction in a block, successful or reverted."""

    call: Call
    hash: str
    block: int
    gas: int
    good: bool
    logs: tuple[Log, ...] = ()


@dataclass
class Task:
    """The work for one deal or claim. made : its successful transactions so far. error : what ended it early."""

    made: list[Made] = field(default_factory=list)
    error: ChainError | None = None


T = TypeVar("T", bound=Task)


@dataclass
class _Waiting:
    """A pending call. made, replaced : what is known of its outcome."""

    call: Call
    nonce: int
    attempts: list[Attempt]
    sent_at: float
    made: Made | None = None
    replaced: bool = False


class Sender(Generic[T]):
    """
    Parameters
    ----------
    signer : pays the gas. say : called with a line when something takes long; by default it is logged.
    """

    def __init__(self, chain: RetryingRpc, signer: Signer, pace: Pace, say: Callable[[str], None] = _log.info) -> None:
        self.chain, self.signer, self.pace, self.say = chain, signer, pace, say
        self.broadcaster = Broadcaster(chain, signer, pace, say=say)
        # Seen with Ganache 7.9.2: of two transactions with one nonce that come within milliseconds it mines both.
        self._takes_a_nonce_twice = chain.client.lower().startswith("ganache")

    def run(
        self,
        tasks: Sequence[T],
        prepare: Callable[[Sequence[T]], Sequence[Call | ChainError | None]],
        at_once: int = MOST_AT_ONCE,
    ) -> None:
        """
        Sends what tasks ask for, round by round, until none asks any more. A task whose transaction was sent, and may
        or may not be mined, ends with an `OutcomeUnknown`.

        Parameters
        ----------
        prepare : reads the chain, at the round's block, and says what each task sends next: a call, None when it has
            come to its end, or why it cannot continue. Asked again after each round.

        Raises
        ------
        NodeFailed : when the node is gone before anything was sent.
        """
        tries = dict.fromkeys(map(id, tasks), 0)
        open_ = list(tasks)
        while open_:
            now, open_ = open_[:at_once], open_[at_once:]
            sent: list[tuple[T, _Waiting]] = []
            try:
                self._send_all(now, prepare, sent)
                self._await([each for _, each in sent])
            except NodeFailed as failed:
                self._end(tasks, [*now, *open_], sent, failed)
                return
            for task, each in sent:
                if self._takes_a_nonce_twice and each.made is not None:
                    self._report_a_second(each.made, each.nonce)
                if each.made is not None and each.made.good:
                    task.made.append(each.made)
                    tries[id(task)] = 0
                tries[id(task)] += 1
                if tries[id(task)] > MOST_TRIES:
                    last = f", the last time in transaction {each.made.hash}" if each.made else ""
                    task.error = ChainError(f"{each.call.intent}: {MOST_TRIES} times in vain{last}")
            open_ = [task for task, _ in sent if not task.error] + open_

    def _send_all(
        self,
        tasks: Sequence[T],
        prepare: Callable[[Sequence[T]], Sequence[Call | ChainError | None]],
        sent: list[tuple[T, _Waiting]],
    ) -> None:
        """Reads at one block and sends what is needed; `sent` has each as soon as it is signed."""
        block = self._free_block()
        with self.chain.reading_at(block):
            nonce = attempts.used(self.chain, self.signer.address)
            calls = prepare(tasks)
        fees = fees_now(self.chain)
        for task, call in zip(tasks, calls, strict=True):
            if not isinstance(call, Call):
                task.error = call
                continue
            attempt = self.broadcaster.sign(call, nonce, fees)
            waiting = _Waiting(call, nonce, [attempt], time.monotonic())
            sent.append((task, waiting))
            refused = self._send(waiting)
            if refused is None:
                nonce += 1
            else:
                task.error = refused
                sent.pop()

    def _send(self, each: _Waiting) -> ChainError | None:
        """Sends a transaction; returns why no node has it, if that is certain."""
        for _ in range(LOOKS):  # of a pool, one node's reason may be another block's
            answer = push(self.chain, each.attempts[-1])
            if answer.answer is Answer.CHEAP and self.broadcaster.base_is_above(each.attempts[-1]):
                self._replace(each)
                answer = push(self.chain, each.attempts[-1])
            if answer.answer is not Answer.REFUSED:
                return None
            time.sleep(self.pace.poll / LOOKS)
        if any(words in answer.reason.lower() for words in NO_COIN):
            return no_coin(self.chain, self.signer.address, each.call.intent)
        return ChainError(f"{each.call.intent}: {answer.reason}")

    def _free_block(self) -> int:
        """A block at which the account has nothing pending, because that may be what we are about to do."""
        began, looks = time.monotonic(), 0
        while True:
            block = int(self.chain.head(LOOKS)["number"], 16)
            with self.chain.reading_at(block):
                used = attempts.used(self.chain, self.signer.address)
                if attempts.waiting(self.chain, self.signer.address) == used:
                    return block
            if time.monotonic() - began > self.pace.step:
                raise NodeFailed(
                    f"a transaction of {self.signer.address} with nonce {used} waits since {self.pace.step:.0f} s; "
                    "accepted: one that a block takes, or its replacement by you"
                )
            looks += 1
            if looks == 2:  # once may be a node that is a block ahead
                self.say(f"waiting for an earlier transaction of {self.signer.address}, nonce {used}")
            time.sleep(min(self.pace.poll, 1.0))

    def _await(self, sent: Sequence[_Waiting]) -> None:
        """
        Returns when each is deep enough in the chain, or another transaction with its nonce is.

        Raises
        ------
        NodeFailed : when no outcome is known after `Pace.step`, or the node is gone.
        """
        began, pause, reported = time.monotonic(), 0.005, False
        while sent:
            self._look(sent)
            left = [each for each in sent if not (each.made or each.replaced)]
            if not left:
                return
            if time.monotonic() - began > broadcast.LONG_SECONDS and not reported:
                reported = True
                names = ", ".join(f"{each.attempts[-1].hash} ({each.call.intent})" for each in left)
                self.say(f"sent, and waiting until mined: {names}")
            if time.monotonic() - began > self.pace.step:
                raise NodeFailed(f"no receipt, or none deep enough, after {self.pace.step:.0f} s")
            for each in sent:
                if each.made is None and time.monotonic() - each.sent_at > self.pace.replacement:
                    self._send_again(each)
            time.sleep(pause)
            pause = min(2 * pause, self.pace.poll)

    def _look(self, sent: Sequence[_Waiting]) -> None:
        """Finds the outcome of each, every time from the chain: a reorganisation may have undone it."""
        asked = [(each, attempt.hash) for each in sent for attempt in each.attempts]
        receipts = self.chain.ask_all([("eth_getTransactionReceipt", [name]) for _, name in asked])
        head = self.chain.block()
        for each in sent:
            each.made, each.replaced = None, False
        for (each, name), receipt in zip(asked, receipts, strict=True):
            if receipt and str(receipt["transactionHash"]).lower() == name:
                made = attempts.mined(each.call.intent, receipt)
                if self._is_deep(made.block, head) and attempts.is_in_chain(self.chain, made):
                    each.made = _made(each.call, made, receipt)
        left = [each for each in sent if each.made is None]
        if not left:
            return
        with self.chain.reading_at(head):
            used = attempts.used(self.chain, self.signer.address)
            for each in left:
                each.replaced = used > each.nonce and self._is_anothers(each, head)

    def _is_anothers(self, each: _Waiting, head: int) -> bool:
        """Whether another transaction has the nonce; ours may have it with its receipt still to come."""
        try:
            other = attempts.transaction_at(self.chain, self.signer.address, each.nonce)
        except attempts.NoOldState:  # its receipt may come all the same
            return False
        ours = {attempt.hash for attempt in each.attempts}
        return other is not None and other.hash not in ours and self._is_deep(other.block, head)

    def _report_a_second(self, made: Made, nonce: int) -> None:
        """Says so where such a chain mined another transaction of the account with this nonce, since or just before."""
        for block in range(max(0, made.block - 1), self.chain.block() + 1):
            for sent in self.chain.existing("eth_getBlockByNumber", hex(block), True)["transactions"]:
                ours = str(sent["from"]).lower() == self.signer.address.lower() and int(sent["nonce"], 16) == nonce
                if ours and sent["hash"] != made.hash:
                    both = f"{made.hash} and {sent['hash']}, both of {self.signer.address} with nonce {nonce}"
                    self.say(f"Ganache mined {both}; other chains take one; accepted there: one run at a time")

    def _is_deep(self, block: int, head: int) -> bool:
        return head - block + 1 >= self.pace.confirmations

    def _send_again(self, each: _Waiting) -> None:
        """The same transaction once more, or one with the same nonce at higher fees where the base fee rose."""
        if self.broadcaster.is_too_cheap(each.attempts[-1], each.sent_at):
            self._replace(each)
        push(self.chain, each.attempts[-1])
        each.sent_at = time.monotonic()

    def _replace(self, each: _Waiting) -> None:
        each.attempts.append(self.broadcaster.replacement(each.call, each.attempts[-1]))

    def _end(
        self, tasks: Sequence[T], open_: Sequence[T], sent: Sequence[tuple[T, _Waiting]], failed: NodeFailed
    ) -> None:
        """Gives each unfinished task its own reason. Raises the failure if nothing was ever sent."""
        if not sent and not any(task.made for task in tasks):
            raise failed
        waiting = {id(task): each for task, each in sent}
        for task in open_:
            if id(task) not in waiting:
                task.error = task.error or failed
                continue
            each = waiting[id(task)]
            if each.made is None:
                task.error = OutcomeUnknown(each.call.intent, each.attempts[-1].hash, str(failed))
                continue
            if each.made.good:
                task.made.append(each.made)
            task.error = failed


def _made(call: Call, made: Mined, receipt: Any) -> Made:
    return Made(call, made.hash, made.block, made.gas, made.good, tuple(map(log_of, receipt["logs"])))
