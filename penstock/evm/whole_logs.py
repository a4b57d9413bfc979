"""
The logs that a node leaves out of its answers: a node that is behind, or whose index is, gives an empty list.

A block's header has a bloom of all its logs. Where the bloom promises logs that are not there, the block is asked by
its hash, which a node answers only when it has that block, and then for its receipts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from penstock.evm.errors import ChainError, ChainRefused, NotThereYet
from penstock.evm.log_pages import LogFilter, Page, RawLog
from penstock.evm.transport import lacks_block

if TYPE_CHECKING:
    from penstock.evm.retry import RetryingRpc

HEADERS_AT_ONCE = 500
# Blooms of full blocks promise too much, and receipts of a block are long: beyond so many blocks the hash must do.
MOST_RECEIPTS = 100
EMPTY_ANSWERS = 5


def completed(chain: RetryingRpc, filters: Sequence[LogFilter], page: Page, first: int) -> Page:
    """
    A page with the logs it lacks, each log once, in the order of the chain. first : of the page's blocks to compare.

    Raises
    ------
    NodeFailed : when a block stays away that was seen already.
    """
    logs = [list(each) for each in page.logs]
    receipts_left = MOST_RECEIPTS
    for begin in range(first, page.last + 1, HEADERS_AT_ONCE):
        numbers = range(begin, min(begin + HEADERS_AT_ONCE, page.last + 1))
        headers = chain.ask_all([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        for place, wanted in enumerate(filters):
            there = {int(log["blockNumber"], 16) for log in logs[place]}
            promised = [
                header
                for number, header in zip(numbers, headers, strict=True)
                if header and number not in there and may_hold(wanted, header.get("logsBloom"))
            ]
            missing: list[RawLog] = []
            for header, found in zip(promised, _by_hash(chain, wanted, promised), strict=True):
                if not found and receipts_left:
                    receipts_left -= 1
                    found = _by_receipts(chain, wanted, header)
                missing += found
            logs[place] = _in_order(logs[place], missing)
    return Page(page.first, page.last, logs)


def _by_hash(chain: RetryingRpc, wanted: LogFilter, headers: Sequence[Any]) -> Iterator[list[RawLog]]:
    """The logs of each block, in order; of the block that took its place, where one did meanwhile."""

    def again(number: str) -> list[RawLog]:
        header = chain.existing("eth_getBlockByNumber", number, False)
        try:
            return list(chain.ask_once(*wanted.of_block(str(header["hash"]))))
        except ChainRefused as refused:
            if lacks_block(refused):
                raise NotThereYet(f"{chain.label} does not have block {int(number, 16)}: {refused}") from None
            raise

    asked = [wanted.of_block(str(header["hash"])) for header in headers]
    found = chain.in_batches([(method, [given]) for method, given in asked])
    for place, header in enumerate(headers):
        number = str(header["number"])
        yield found[place] if place in found else chain.until(partial(again, number))


def _by_receipts(chain: RetryingRpc, wanted: LogFilter, header: Any) -> list[RawLog]:
    """The logs of a block, by its receipts: they say whether the bloom promised too much."""
    block = str(header["hash"])
    try:
        receipts = chain.existing("eth_getBlockReceipts", block)
        return [log for receipt in receipts for log in receipt["logs"] if wanted.takes(log)]
    except (ChainError, TypeError, KeyError):  # not every node has the method
        for _ in range(EMPTY_ANSWERS):
            found: list[RawLog] = chain.ask(*wanted.of_block(block))
            if found:
                return found
        return []


def may_hold(wanted: LogFilter, bloom: Any) -> bool:
    """Whether a block with this bloom (hex, of its header) may hold such logs; where there is no bloom it may."""
    try:
        bits = int(bloom, 16)
    except (TypeError, ValueError):
        return True
    return all(any(_in_bloom(bits, word) for word in words) for words in wanted.alternatives())


def _in_bloom(bits: int, word: str) -> bool:
    """Ethereum yellow paper, section 4.3.1: three of 2,048 bits a word, by its hash's first six bytes."""
    digest = keccak(hexstr=word)
    places = (int.from_bytes(digest[at : at + 2], "big") % 2048 for at in (0, 2, 4))
    return all(bits >> place & 1 for place in places)


def _in_order(logs: list[RawLog], missing: list[RawLog]) -> list[RawLog]:
    """Logs in their order on the chain, each once; as the node gave them where none is missing."""
    new = [each for each in missing if each not in logs]
    if not new:
        return logs
    return sorted([*logs, *new], key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))
