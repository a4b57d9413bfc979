"""What became of an attempt: asked of the chain, never remembered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from penstock.deploy.journal import Attempt, Mined
from penstock.evm.retry import RetryingRpc


class AttemptStatus(Enum):
    """
    MINED: in a block, good or not. PENDING: the node has it. DROPPED: the node does not know it, and its nonce is free.
    REPLACED: its nonce was used by another transaction.
    """

    MINED = "mined"
    PENDING = "pending"
    DROPPED = "dropped"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Found:
    """A step's attempts as the chain knows them. attempt : the one that counts. mined : of MINED."""

    fate: AttemptStatus
    attempt: Attempt
    mined: Mined | None = None


def find(chain: RetryingRpc, attempts: list[Attempt]) -> Found:
    """What became of a step's attempts: one that passed, else one pending, else the last."""
    mined = [made for each in attempts if (made := in_a_block(chain, each)) is not None]
    # One that reverted says nothing of an attempt that may still come.
    for made in sorted(mined, key=lambda each: not each.good):
        attempt = next(each for each in attempts if each.hash == made.hash)
        if made.good or all(each.nonce <= attempt.nonce for each in attempts):
            return Found(AttemptStatus.MINED, attempt, made)
    last = attempts[-1]
    for each in reversed(attempts):
        if known(chain, each):
            return Found(AttemptStatus.PENDING, each)
    if used(chain, last.sender) > last.nonce:
        # Between the two questions it may have been mined.
        made_now = in_a_block(chain, last)
        return Found(AttemptStatus.MINED, last, made_now) if made_now else Found(AttemptStatus.REPLACED, last)
    return Found(AttemptStatus.DROPPED, last)


def in_a_block(chain: RetryingRpc, attempt: Attempt) -> Mined | None:
    """Where an attempt was mined; None where it was not."""
    receipt: dict[str, Any] | None = chain.sure("eth_getTransactionReceipt", attempt.hash)
    if not receipt or not receipt.get("blockNumber") or str(receipt.get("transactionHash")).lower() != attempt.hash:
        return None
    return Mined(
        attempt.step,
        attempt.hash,
        int(receipt["blockNumber"], 16),
        str(receipt["blockHash"]),
        int(receipt["gasUsed"], 16),
        int(receipt["status"], 16) == 1,
    )


def known(chain: RetryingRpc, attempt: Attempt) -> bool:
    """Whether the node has the transaction, in a block or waiting."""
    return chain.ask("eth_getTransactionByHash", attempt.hash) is not None


def used(chain: RetryingRpc, sender: str) -> int:
    """How many transactions of an account are in blocks: the next nonce."""
    return int(chain.sure("eth_getTransactionCount", sender, "latest"), 16)


def waiting(chain: RetryingRpc, sender: str) -> int:
    """The next nonce after what waits in the node's pool."""
    return max(used(chain, sender), int(chain.sure("eth_getTransactionCount", sender, "pending"), 16))
