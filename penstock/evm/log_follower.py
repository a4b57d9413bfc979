"""Follows the logs of many deals block by block, across outages of the node and reorganisations of a few blocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from penstock.evm.abi import Log
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.log_pages import LogFilter, RawLog
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.format import counted

# How far back a reorganisation is followed; public chains are final long before.
DEEPEST = 64
# A node that takes no list of so many addresses is asked without one, for the topics alone.
MOST_ADDRESSES = 200
# Nobody compares what is reported with a deal's state: so many of the last blocks are compared with their headers.
COMPARED = 512


class TooDeep(ChainError):
    """A reorganisation deeper than the blocks we remember."""


@dataclass(frozen=True)
class Step:
    """
    The news of one request.

    last : the last block that is now known. time : its time, in seconds. logs : new, in order. taken_back : logs given
    before, in blocks that are no longer part of the chain, last first. from_block : the first block that was replaced.
    """

    last: int
    time: int
    logs: list[Log]
    taken_back: list[Log]
    from_block: int | None = None


@dataclass
class _Block:
    number: int
    hash: str
    logs: list[Log]


class Follower:
    """
    Parameters
    ----------
    addresses : whose logs. topics : their first topics, to ask by where addresses are too many.
    first : the first block to follow.
    """

    def __init__(self, chain: RetryingRpc, addresses: Sequence[Address], topics: Sequence[bytes], first: int) -> None:
        self.chain, self.addresses = chain, frozenset(addresses)
        self._first = first
        self.reported = first - 1
        self._blocks: deque[_Block] = deque(maxlen=DEEPEST)
        # What was taken back and not handed out yet: the node may stop answering between the two.
        self._gone: list[Log] = []
        self._replaced: int | None = None
        self._handed_out = self.reported
        few = len(addresses) <= MOST_ADDRESSES
        self._filter = LogFilter(tuple(addresses)) if few else _AnyOf(tuple("0x" + each.hex() for each in topics))

    def step(self, until: int | None = None) -> Step | None:
        """
        What is new since the last step, up to a block; None if nothing is.

        Raises
        ------
        NodeFailed : when the node is gone; the next step begins where this one began. TooDeep : see there.
        """
        head = self.chain.ask("eth_getBlockByNumber", "latest", False)
        number = int(head["number"], 16)
        self._take_back(number)
        last = number if until is None else min(number, until)
        if last > self.reported:
            try:
                blocks, time = self._read(self.reported + 1, last)
            except _Moved:  # between the questions; what was taken back is returned now, the rest in the next step
                return self._step([], int(head["timestamp"], 16))
            self._blocks.extend(blocks[-DEEPEST:])
            self.reported = last
            return self._step([log for block in blocks for log in block.logs], time)
        return self._step([], int(head["timestamp"], 16))

    def _step(self, logs: list[Log], time: int) -> Step | None:
        gone, replaced, self._gone, self._replaced = self._gone, self._replaced, [], None
        known, self._handed_out = self._handed_out, self.reported
        if self.reported == known and replaced is None:
            return None
        return Step(self.reported, time, logs, gone, replaced)

    def _take_back(self, head: int) -> None:
        """Forgets remembered blocks that are no part of the chain any more."""
        gone: list[_Block] = []
        for block in reversed(self._blocks):
            if block.number <= head and self._hash(block.number) == block.hash:
                break
            gone.append(block)
        if not gone:
            return
        if len(gone) == len(self._blocks) and gone[-1].number > self._first:
            deep = counted(len(gone), "block")
            raise TooDeep(f"more than {deep} reorganised, from before block {gone[-1].number} on")
        for block in gone:
            self._blocks.pop()
            self._gone += reversed(block.logs)
        self._replaced = self.reported = gone[-1].number
        self.reported -= 1

    def _hash(self, number: int) -> str | None:
        block = self.chain.ask("eth_getBlockByNumber", hex(number), False)
        return str(block["hash"]) if block else None

    def _read(self, first: int, last: int) -> tuple[list[_Block], int]:
        """Logs, and the hashes of the blocks near the end, asked before and after so that both are of one chain."""
        near = max(first, last - DEEPEST + 1)
        before = self._headers(near, last)
        found: dict[int, list[Log]] = {}
        for page in self.chain.log_pages([self._filter], first, last, COMPARED):
            for raw in page.logs[0]:
                log = log_of(raw)
                if log.address in self.addresses:
                    found.setdefault(log.block, []).append(log)
                if log.block >= near and str(raw.get("blockHash")) != before[log.block - near][0]:
                    raise _Moved
        if self._headers(near, last) != before:
            raise _Moved
        blocks = [_Block(number, "", logs) for number, logs in sorted(found.items()) if number < near]
        blocks += [_Block(near + at, name, found.get(near + at, [])) for at, (name, _) in enumerate(before)]
        return blocks, before[-1][1]

    def _headers(self, first: int, last: int) -> list[tuple[str, int]]:
        questions = [("eth_getBlockByNumber", [hex(number), False]) for number in range(first, last + 1)]
        answers = self.chain.ask_all(questions)
        if not all(answers):
            raise _Moved
        return [(str(each["hash"]), int(each["timestamp"], 16)) for each in answers]


class _Moved(Exception):
    """The chain changed while it was read."""


class _AnyOf(LogFilter):
    """Logs with one of these first topics, of anybody."""

    def __init__(self, topics: tuple[str, ...]) -> None:
        super().__init__((), topics)

    def alternatives(self) -> list[tuple[str, ...]]:
        return [tuple(str(each) for each in self.topics)]

    def takes(self, log: RawLog) -> bool:
        return bool(log["topics"]) and str(log["topics"][0]).lower() in self.topics

    def request(self, first: int, last: int) -> tuple[str, list[object]]:
        return "eth_getLogs", [{"fromBlock": hex(first), "toBlock": hex(last), "topics": [list(self.topics)]}]
