"""Logs in ranges of blocks, as large as the node allows: halved when it refuses or fails, grown again after a while."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.evm.codec import Address
from penstock.evm.errors import NodeFailed
from penstock.evm.transport import Answer, Backoff, BatchRefused, Request, Transport, lacks_block

FIRST_RANGE = 10_000
LONGEST_RANGE = 1_000_000
MOST_LOGS = 50_000
"""A page with as many is long enough: memory, and a node's own limits."""
BEFORE_GROWING = 8
"""Pages that must pass after a refusal: a node with a fixed limit is not asked for more at every turn."""

RawLog = dict[str, Any]


@dataclass(frozen=True)
class LogFilter:
    """Which logs: of these contracts, or of any where there are none; with these topics, None for any."""

    addresses: tuple[Address, ...] = ()
    topics: tuple[str | None, ...] = ()

    def request(self, first: int, last: int) -> Request:
        wanted: dict[str, Any] = {"fromBlock": hex(first), "toBlock": hex(last)}
        if self.addresses:
            wanted["address"] = self.addresses[0] if len(self.addresses) == 1 else list(self.addresses)
        if self.topics:
            wanted["topics"] = list(self.topics)
        return "eth_getLogs", [wanted]

    def of_block(self, block_hash: str) -> tuple[str, dict[str, Any]]:
        """The same question about one block, which a node answers only when it has that block."""
        method, (wanted,) = self.request(0, 0)
        return method, {key: value for key, value in wanted.items() if key[-5:] != "Block"} | {"blockHash": block_hash}

    def alternatives(self) -> list[tuple[str, ...]]:
        """Lists of words of which a log has one each: its address, its topics in their places."""
        places = [(topic,) for topic in self.topics if topic is not None]
        return [self.addresses, *places] if self.addresses else list(places)

    def takes(self, log: RawLog) -> bool:
        """Whether a log is one of those asked for."""
        addresses = {each.lower() for each in self.addresses}
        if addresses and str(log["address"]).lower() not in addresses:
            return False
        held = [str(each).lower() for each in log["topics"]]
        return len(held) >= len(self.topics) and all(
            wanted is None or wanted.lower() == topic for wanted, topic in zip(self.topics, held, strict=False)
        )


@dataclass(frozen=True)
class Page:
    """The logs of a range of blocks, those of each filter apart, as the node gave them."""

    first: int
    last: int
    logs: list[list[RawLog]]


class RangeRefused(NodeFailed):
    """A node that does not even give the logs of one block."""


def pages(transport: Transport, filters: Sequence[LogFilter], first: int, last: int) -> Iterator[Page]:
    """
    The logs from block `first` to block `last`, page by page.

    Raises
    ------
    RangeRefused : when one block is refused. NodeFailed : when the node fails for longer than the transport's patience,
        or gives logs so long that it says are in no block any more: a page with such logs is read again.
    """
    size, quiet, failures = FIRST_RANGE, 0, 0
    got: list[Answer] = []
    waiting = Backoff(transport.patience)
    while first <= last:
        end = min(first + size - 1, last)
        requests = [each.request(first, end) for each in filters]
        before = len(got)
        try:
            if failures or transport.batch < len(requests):
                while len(got) < len(requests):
                    got += transport.attempt([requests[len(got)]])
            else:
                got = transport.attempt(requests)
        except BatchRefused:
            transport.batch = 1
            continue
        except NodeFailed as failure:
            waiting.after(failure)
            failures = failures + 1 if len(got) == before else 1
            if failures > 2:  # once or twice is chance; more may be that the answer is too long to give in time
                size, quiet, got = max(1, (end - first + 1) // 2), BEFORE_GROWING, []
            continue
        answers, got = got, []
        refused = [answer["error"] for answer in answers if "error" in answer]
        if refused:
            behind = _message(refused[0])
            if lacks_block(behind):  # of a pool, another node may have it
                waiting.after(NodeFailed(transport.hidden(f"{transport.label} does not have block {end}: {behind}")))
                continue
            if end == first:
                reason = transport.hidden(_message(refused[0]))
                raise RangeRefused(f"{transport.label} refuses the logs of block {first}: {reason}")
            size, quiet = (end - first + 1) // 2, BEFORE_GROWING
            continue
        found: list[list[RawLog]] = [answer["result"] for answer in answers]
        if not all(isinstance(each, list) for each in found):
            waiting.after(NodeFailed(f"{transport.label} answers eth_getLogs with no list"))
            continue
        if any(log.get("removed") for each in found for log in each):
            said = f"tells of logs in blocks {first} to {end} that a reorganisation removed"
            waiting.after(NodeFailed(f"{transport.label} {said}; accepted: the same again once it has settled"))
            continue
        yield Page(first, end, found)
        first, failures, waiting = end + 1, 0, Backoff(transport.patience)
        quiet -= 1
        if quiet <= 0 and sum(map(len, found)) < MOST_LOGS:
            size = min(2 * size, LONGEST_RANGE)
        elif sum(map(len, found)) > 2 * MOST_LOGS:
            size = max(1, size // 2)


def _message(error: Any) -> str:
    return " ".join(str(error.get("message", error) if isinstance(error, dict) else error).split())
