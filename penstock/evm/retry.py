"""
Reads from a node that may be slow, silent, busy, wrong or behind: what is asked again, and for which block.

Public endpoints are pools of nodes that disagree. So every read of state names one block: "latest" is replaced by the
number of the newest block this connection has seen, and a node that does not have that block yet is waited for.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from penstock.evm import transport
from penstock.evm.abi import Log
from penstock.evm.answers import BLOCKS, QUANTITY
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, ChainRefused, NoAnswer, NodeFailed, NotThereYet, Registry
from penstock.evm.log_pages import LogFilter, Page
from penstock.evm.rpc import Rpc
from penstock.evm.transport import MOST_IN_A_BATCH, label_of, lacks_block
from penstock.evm.whole_logs import completed

_log = logging.getLogger(__name__)

# Requests that may be repeated whatever happened to the first: they change nothing, or the same thing once.
_ASKED_AGAIN = ("eth_", "net_", "web3_", "txpool_")
_ASKED_ONCE = ("eth_sendTransaction",)
MOST_ANSWERS = 16
# Where a question of state names its block.
_BLOCK_AT = {
    "eth_call": 1,
    "eth_getCode": 1,
    "eth_getBalance": 1,
    "eth_getTransactionCount": 1,
    "eth_estimateGas": 1,
    "eth_getStorageAt": 2,
}
# Nodes behind a pool are a few blocks apart: the logs of so many last blocks are compared with their headers.
TAIL = 16
LONGEST_WAIT_FOR_A_BLOCK = 0.5
# What a batch does not answer is asked for in so many batches more, then alone.
BATCHES_MORE = 2
# The part of a node's patience that is spent on batches.
FOR_BATCHES = 0.25


@dataclass(frozen=True)
class RetryPolicy:
    """
    How long to wait for a node, in seconds.

    request : for one answer. outage : of silence in all, before giving up. start : the same, for the first question.
    behind : until a development chain whose last block is before one seen already is believed: it was reverted.
    """

    request: float = 15.0
    outage: float = 90.0
    start: float = 2.0
    first_pause: float = 0.1
    longest_pause: float = 5.0
    behind: float = 3.0


class _Behind(NotThereYet):
    """An answer about the newest block that is older than one seen already."""

    def __init__(self, label: str, number: int, seen: int, answer: Any) -> None:
        super().__init__(f"{label} is at block {number}, behind block {seen}, which was seen already")
        self.number, self.answer = number, answer


class RetryingRpc(Rpc):
    """
    An `Rpc` that asks again when there is no answer, a limit or a node that is behind, and reads one block at a time.

    Parameters as there, but
    ----------
    patience : see `RetryPolicy`. said : called with a line when something takes long; by default it is logged.
    """

    def __init__(
        self,
        endpoint: str | Path,
        keys: Sequence[bytes] = (),
        registry: Registry | None = None,
        patience: RetryPolicy | None = None,
        said: Callable[[str], None] | None = None,
    ) -> None:
        full = patience or RetryPolicy()
        self.patience = replace(full, outage=full.start)
        self.is_development = False
        self._said = said
        self._seen = -1
        self._pinned: int | None = None
        self._estimates_at_a_block = True
        # The transport asks again what only reads; signed transactions are sent again here.
        super().__init__(endpoint, keys, registry, full.start, full.request, said)
        self.patience, self._transport.patience = full, full.outage

    # Blocks

    def head(self, looks: int = 1) -> dict[str, Any]:
        """
        The newest block's header, never an older one than was seen before.

        Parameters
        ----------
        looks : how often to ask; of a pool of nodes, more looks find a newer block.
        """
        found = [self._ask("eth_getBlockByNumber", "latest", False) for _ in range(looks)]
        return dict(max(found, key=lambda each: int(each["number"], 16)))

    def block(self) -> int:
        return int(self.head()["number"], 16)

    def now(self) -> int:
        return int(self.head()["timestamp"], 16)

    @contextmanager
    def reading_at(self, block: int | None = None) -> Iterator[int]:
        """Every read and estimate inside is made on the state after this block, the newest by default; gives it."""
        before = self._pinned
        self._pinned = block if block is not None else before if before is not None else self.block()
        try:
            yield self._pinned
        finally:
            self._pinned = before

    def expect(self, block: int) -> None:
        """
        Waits a moment for a node that has a block known from elsewhere, a file or another run; where none comes, the
        chain may be another, which is for the caller to find out.
        """
        until, pause = time.monotonic() + self.patience.behind, 0.02
        while 0 < block - self.block() <= TAIL and time.monotonic() < until:
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_WAIT_FOR_A_BLOCK)

    def revert(self, snapshot: int) -> None:
        super().revert(snapshot)
        self._seen = -1

    # Questions

    def sure(self, method: str, *params: Any) -> Any:
        """
        An answer given twice, about one block: one wrong answer decides nothing. Null counts when it comes twice
        running and nothing else has come.

        Raises
        ------
        NodeFailed : when no two answers agree. Otherwise as `ask`.
        """
        params = self._at_one_block(method, params)
        given: dict[str, Any] = {}
        last: object = self
        for _ in range(MOST_ANSWERS):
            answer = self._ask(method, *params)
            name = _identity(method, answer)
            if (answer is None and last is None and not given) or name in given:
                return answer
            if answer is not None:
                given[name] = answer
            last = answer
        raise NodeFailed(f"{self.label} gives {MOST_ANSWERS} different answers to {method}")

    def existing(self, method: str, *params: Any) -> Any:
        """
        The answer, as `sure` has it, about something that is known to be there: null is waited out.

        Raises
        ------
        NodeFailed : when nothing else comes. Otherwise as `ask`.
        """

        def found() -> Any:
            answer = self.sure(method, *params)
            if answer is None:
                raise NotThereYet(f"{self.label} answers {method} with null")
            return answer

        return self.until(found)

    def existing_logs(self, address: Address) -> list[Log]:
        """
        Every log of a contract that is known to have some: an empty list, as of a node whose index is behind, is asked
        again.

        Raises
        ------
        NodeFailed : when nothing else comes.
        """

        def found() -> list[Log]:
            logs = self.logs(address)
            if not logs:
                raise NotThereYet(f"{self.label} shows no log of {address}, which has some")
            return logs

        return list(self.until(found))

    def ask_once(self, method: str, *params: Any) -> Any:
        """Asks once; the caller handles a lost answer. Raises as `ask`."""
        return self._sound(method, params, super()._ask(method, *params))

    def ask_all(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """
        Several reading questions in few requests, all about one block, answers in their order. Raises as `ask`, for the
        first to fail.
        """
        asked = list(questions)
        if any(_asks_latest(method, params) for method, params in asked):
            with self.reading_at():
                asked = [(method, self._at_one_block(method, tuple(params))) for method, params in asked]
        return list(self._answers(asked))

    def ask_many(self, method: str, params: Sequence[Sequence[Any]]) -> Iterator[Any]:
        """As `Rpc.ask_many`; a node that does not have a block yet is waited for."""
        return self._answers([(method, list(each)) for each in params])

    def log_pages(self, filters: Sequence[LogFilter], first: int, last: int, compared: int = TAIL) -> Iterator[Page]:
        """
        As `Rpc.log_pages`, with the logs that the node leaves out.

        Parameters
        ----------
        compared : how many of the last blocks are compared with their headers' blooms.
        """
        for page in super().log_pages(filters, first, last):
            begin = max(page.first, last - compared + 1)
            yield completed(self, filters, page, begin) if page.last >= begin else page

    @property
    def label(self) -> str:
        """The endpoint without path, query and user: providers put their keys there."""
        return label_of(self.endpoint)

    def _answers(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> Iterator[Any]:
        """The answers to questions that name their block, in order. Raises as `ask`, for the first to fail."""
        for at in range(0, len(asked), MOST_IN_A_BATCH):
            part = asked[at : at + MOST_IN_A_BATCH]
            found = self.in_batches(part)
            for place, (method, params) in enumerate(part):
                yield found[place] if place in found else self._ask(method, *params)

    def in_batches(self, asked: Sequence[tuple[str, Sequence[Any]]]) -> dict[int, Any]:
        """The sound answers, by place, that a few batches give to questions that name their block."""
        found: dict[int, Any] = {}
        left = list(range(len(asked)))
        for _ in range(1 + BATCHES_MORE):
            requests = [(asked[place][0], list(asked[place][1])) for place in left]
            try:
                given = list(self._transport.ask_many(requests, self.patience.outage * FOR_BATCHES))
            except NodeFailed:  # no batches here, or not now
                return found
            again = []
            for place, answer in zip(left, given, strict=True):
                try:
                    if "error" in answer:
                        raise self._refusal(asked[place][0], answer["error"])
                    found[place] = self._sound(*asked[place], answer["result"])
                except NodeFailed:
                    again.append(place)
                except ChainRefused as refused:
                    if lacks_block(refused):
                        again.append(place)
                except ChainError:
                    pass
            left = again
            if len(left) < 2:
                break
            time.sleep(self.patience.first_pause)
        return found

    def _at_one_block(self, method: str, params: tuple[Any, ...]) -> tuple[Any, ...]:
        place = _BLOCK_AT.get(method)
        if place is None:
            return params
        if method == "eth_estimateGas" and len(params) == place and self._estimates_at_a_block:
            params = (*params, "latest")
        if len(params) > place and params[place] == "latest":
            number = self._pinned if self._pinned is not None else self.block()
            params = (*params[:place], hex(number), *params[place + 1 :])
        return params

    def _sound(self, method: str, params: Sequence[Any], answer: Any) -> Any:
        """An answer that has its method's shape and is not behind what was seen already; another is no answer."""
        self._require_shape(method, params, answer)
        if method == "eth_blockNumber" or (method == "eth_getBlockByNumber" and params[0] == "latest"):
            number = int(answer if method == "eth_blockNumber" else answer["number"], 16)
            if number < self._seen:
                raise _Behind(self.label, number, self._seen, answer)
            if method != "eth_blockNumber":  # a number alone may be anything; a header is a block
                self._seen = number
        elif method == "eth_getBlockByNumber" and answer is None and self._has_seen(params[0]):
            raise NotThereYet(f"{self.label} does not have block {int(params[0], 16)}, which was seen already")
        elif method == "eth_getBlockByHash" and answer is None:
            raise NotThereYet(f"{self.label} does not have block {params[0]}")
        elif method == "eth_getTransactionReceipt" and answer is not None:
            self._seen = max(self._seen, int(answer["blockNumber"], 16))
        return answer

    def _has_seen(self, block: Any) -> bool:
        return isinstance(block, str) and bool(QUANTITY.fullmatch(block)) and int(block, 16) <= self._seen

    def _ask(self, method: str, *params: Any) -> Any:
        if not method.startswith(_ASKED_AGAIN) or method in _ASKED_ONCE:
            return super()._ask(method, *params)
        params = self._at_one_block(method, params)
        return self.until(lambda: self._answer(method, params))

    def _answer(self, method: str, params: tuple[Any, ...]) -> Any:
        try:
            return self._sound(method, params, self._once(method, params))
        except ChainRefused as refused:
            place = _BLOCK_AT.get(method)
            named = params[place] if place is not None and len(params) > place else None
            by_hash = method == "eth_getLogs" and "blockHash" in params[0]
            if (by_hash or self._has_seen(named)) and lacks_block(refused):
                raise NotThereYet(str(refused)) from None
            if method == "eth_estimateGas" and named is not None and re.search(r"argument|param", str(refused), re.I):
                self._estimates_at_a_block = False  # a node that estimates on its newest block only
                return self._sound(method, params, self._once(method, params[:1]))
            raise

    def _once(self, method: str, params: Sequence[Any]) -> Any:
        return self._result(method, params, self._transport.attempt([(method, list(params))])[0])

    def until(self, answer: Callable[[], Any]) -> Any:
        """
        Asks until there is an answer.

        Raises
        ------
        NodeFailed : the last of those that `answer` raised, when the time is up.
        """
        began, pause, reported = time.monotonic(), self.patience.first_pause, False
        while True:
            longest = self.patience.longest_pause
            try:
                return answer()
            except NodeFailed as failed:
                waited = time.monotonic() - began
                if transport.SILENT_SECONDS <= waited < self.patience.outage and not reported:
                    reported = True
                    self._report(failed)
                if isinstance(failed, _Behind) and self.is_development and waited >= self.patience.behind:
                    self._seen = failed.number  # reverted: a development chain may become shorter
                    return failed.answer
                if waited >= self.patience.outage:
                    raise NodeFailed(f"{failed} (for {self.patience.outage:.0f} s)") from None
                if isinstance(failed, NotThereYet):
                    longest = min(longest, LONGEST_WAIT_FOR_A_BLOCK)
            time.sleep(min(pause, longest))
            pause = min(2 * pause, longest)

    def _report(self, failed: NodeFailed) -> None:
        if self._said is None:
            _log.info("%s; waiting for it", failed)
        elif not isinstance(failed, NoAnswer):  # of those the transport tells
            self._said(f"{failed}; waiting for it")


def _asks_latest(method: str, params: Sequence[Any]) -> bool:
    place = _BLOCK_AT.get(method)
    return place is not None and (len(params) == place or params[place] == "latest")


def _identity(method: str, answer: Any) -> str:
    """What makes two answers the same: nodes of different makes give blocks and receipts with different fields."""
    if isinstance(answer, dict):
        if method in BLOCKS:
            return str(answer.get("hash"))
        if method == "eth_getTransactionReceipt":
            return json.dumps([answer[name] for name in ("transactionHash", "blockHash", "status", "gasUsed")])
        if method == "eth_getTransactionByHash":
            return json.dumps([answer.get(name) for name in ("hash", "blockHash")])
    return json.dumps(answer, sort_keys=True)
