"""
The outcome of our transactions: always read from the chain, never remembered.

A transaction is known by its hash from before it is sent. Only a receipt, in a block that is still part of the chain,
says that it is mined; only another hash at its nonce says that it never will be. Until one of the two is seen, it is
not known yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, ChainRefused, NodeFailed
from penstock.evm.retry import RetryingRpc


class OutcomeUnknown(ChainError):
    """
    A transaction was sent and its outcome is not known yet.

    hash : of the transaction, to look it up by.
    """

    def __init__(self, intent: str, transaction: str, why: str) -> None:
        super().__init__(
            f"{intent}: not known yet whether transaction {transaction} is mined: {why}; it may still be: look it up "
            "before you do this again"
        )
        self.hash = transaction


class NoOldState(ChainError):
    """A node that does not keep the state of a block that is needed."""


@dataclass(frozen=True)
class Attempt:
    """
    One signed transaction. Several at one nonce differ in their fees, and at most one of them is ever in a block.

    step : what it is an attempt at. raw : as broadcast. most, tip : its fees per gas, in wei.
    """

    step: str
    hash: str
    sender: str
    nonce: int
    raw: bytes
    gas: int
    most: int
    tip: int


@dataclass(frozen=True)
class Mined:
    """An attempt in a block. good : it did not revert."""

    step: str
    hash: str
    block: int
    block_hash: str
    gas: int
    good: bool


class AttemptStatus(Enum):
    """
    MINED: in a block, good or not. REPLACED: another transaction of the account has its nonce, in a block.

    Not known yet: PENDING, a node has it; DROPPED, no node that was asked has it, and its nonce is free; UNSEEN, its
    nonce is used, and no node has shown by which transaction.
    """

    MINED = "mined"
    REPLACED = "replaced"
    PENDING = "pending"
    DROPPED = "dropped"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Found:
    """
    Attempts as the chain knows them.

    attempt : the one that counts. mined : of MINED. other : of REPLACED. pruned : of UNSEEN, why a node cannot say: it
    keeps no states so old.
    """

    status: AttemptStatus
    attempt: Attempt
    mined: Mined | None = None
    other: Other | None = None
    pruned: str = ""


@dataclass(frozen=True)
class Other:
    """The transaction that has a nonce, and its block."""

    hash: str
    block: int


def find(chain: RetryingRpc, attempts: Sequence[Attempt]) -> Found:
    """The outcome of attempts at one action: a successful one, else one that may still be mined, else the last."""
    mined = [made for each in attempts if (made := in_a_block(chain, each)) is not None]
    # A reverted attempt says nothing about one that may still be mined.
    for made in sorted(mined, key=lambda each: not each.good):
        attempt = next(each for each in attempts if each.hash == made.hash)
        if made.good or all(each.nonce <= attempt.nonce for each in attempts):
            return Found(AttemptStatus.MINED, attempt, made)
    last = attempts[-1]
    may_come = [each for each in reversed(attempts) if each.nonce == last.nonce]
    if used(chain, last.sender) <= last.nonce:
        waits = next((each for each in may_come if known(chain, each)), None)
        return Found(AttemptStatus.PENDING, waits) if waits else Found(AttemptStatus.DROPPED, last)
    try:
        other = transaction_at(chain, last.sender, last.nonce)
    except NoOldState as error:
        return Found(AttemptStatus.UNSEEN, last, pruned=str(error))
    if other is None:
        return Found(AttemptStatus.UNSEEN, last)
    ours = next((each for each in may_come if each.hash == other.hash), None)
    if ours:  # its receipt is late
        return Found(AttemptStatus.PENDING, ours)
    return Found(AttemptStatus.REPLACED, last, other=other)


def in_a_block(chain: RetryingRpc, attempt: Attempt) -> Mined | None:
    """Where an attempt was mined; None if no receipt is seen, or if its block is not part of the chain."""
    receipt: dict[str, Any] | None = chain.sure("eth_getTransactionReceipt", attempt.hash)
    if receipt is None or str(receipt["transactionHash"]).lower() != attempt.hash:
        return None
    made = mined(attempt.step, receipt)
    return made if is_in_chain(chain, made) else None


def mined(step: str, receipt: dict[str, Any]) -> Mined:
    """The outcome of a transaction, from its receipt."""
    return Mined(
        step,
        str(receipt["transactionHash"]).lower(),
        int(receipt["blockNumber"], 16),
        str(receipt["blockHash"]),
        int(receipt["gasUsed"], 16),
        int(receipt["status"], 16) == 1,
    )


def is_in_chain(chain: RetryingRpc, made: Mined) -> bool:
    """Whether the block that a transaction was mined in is the chain's block of its number."""
    header = chain.sure("eth_getBlockByNumber", hex(made.block), False)
    return header is not None and str(header["hash"]) == made.block_hash


def known(chain: RetryingRpc, attempt: Attempt) -> bool:
    """Whether a node has the transaction, in a block or waiting."""
    return chain.ask("eth_getTransactionByHash", attempt.hash) is not None


def used(chain: RetryingRpc, sender: Address) -> int:
    """How many transactions of an account are in blocks: the next nonce."""
    return int(chain.sure("eth_getTransactionCount", sender, "latest"), 16)


def waiting(chain: RetryingRpc, sender: Address) -> int:
    """The next nonce after the transactions pending in the node's pool."""
    return max(used(chain, sender), int(chain.sure("eth_getTransactionCount", sender, "pending"), 16))


def transaction_at(chain: RetryingRpc, sender: Address, nonce: int) -> Other | None:
    """
    The transaction of an account with a nonce that is used, found by its block; None where no node shows it, as while
    the chain is reorganised.

    Raises
    ------
    NoOldState : of a node that does not keep the states in which to look for it.
    """

    def is_used(block: int) -> bool:
        return int(chain.ask("eth_getTransactionCount", sender, hex(block)), 16) > nonce

    try:
        high, back = chain.block(), 1
        if not is_used(high):
            return None
        low = high - 1
        while low >= 0 and is_used(low):
            high, back = low, 2 * back
            low = max(high - back, -1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_used(middle) else (middle, high)
        block = chain.ask("eth_getBlockByNumber", hex(high), True)
    except NodeFailed:
        raise
    except ChainRefused as refused:
        raise NoOldState(str(refused)) from None
    for sent in (block or {}).get("transactions") or ():
        ours = isinstance(sent, dict) and str(sent.get("from")).lower() == sender.lower()
        if ours and int(sent["nonce"], 16) == nonce:
            return Other(str(sent["hash"]).lower(), high)
    return None
