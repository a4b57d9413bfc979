"""The holders of a deal's shares, from the logs of the shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from eth_utils.crypto import keccak

from penstock.evm.abi import Log
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import NodeFailed
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import TAIL, RetryingRpc
from penstock.evm.rpc import log_of
from penstock.onchain.launch import Deployment
from penstock.onchain.terms_encode import NO_ADDRESS

TRANSFER = keccak(text="Transfer(address,address,uint256)")


# Of the last blocks, so many are compared with their headers where the logs do not add up.
MOST_COMPARED = 10_000


class SharesMissing(NodeFailed):
    """A node whose logs of transfers do not add up to the shares that were issued: it leaves some out."""


def holders(chain: RetryingRpc, deployment: Deployment) -> list[Address]:
    """
    Every holder of shares of any tranche, in the order in which they first received one.

    Raises
    ------
    RangeRefused : when the node gives no logs. SharesMissing : when it leaves some out. NodeFailed : when it is gone.
    """
    wanted = LogFilter(tuple(each.address for each in deployment.shares), ("0x" + TRANSFER.hex(),))
    last = chain.block()
    for compared in (TAIL, MOST_COMPARED):
        moves: list[Log] = []
        for page in chain.log_pages([wanted], deployment.launch_block, last, compared):
            moves += map(log_of, page.logs[0])
        held = held_by(moves)
        lacking = unaccounted(deployment, held)
        if not lacking:
            return list(dict.fromkeys(holder for (holder, _), amount in held.items() if amount))
    raise SharesMissing(f"{chain.label} leaves out transfers of shares: {lacking}; accepted: another node")


def unaccounted(deployment: Deployment, held: Mapping[tuple[Address, Address], int]) -> str:
    """
    In which tranche holdings do not add up to the shares issued, in words; "" where all do. held : see `held_by`.
    """
    for tranche, share in zip(deployment.terms.tranches, deployment.shares, strict=True):
        amounts = [amount for (_, address), amount in held.items() if address == share.address]
        if sum(amounts) != tranche.supply or min(amounts, default=0) < 0:
            return f"{tranche.supply} shares of {tranche.id} were issued, and {sum(amounts)} are found"
    return ""


def held_by(moves: Iterable[Log]) -> dict[tuple[Address, Address], int]:
    """What every holder has or had, by the logs of all transfers of shares. Keys: the holder, the share's address."""
    held: dict[tuple[Address, Address], int] = {}
    for log in moves:
        amount = int.from_bytes(log.data, "big")
        for topic, change in ((log.topics[1], -amount), (log.topics[2], amount)):
            key = (checksum("0x" + topic[12:].hex()), log.address)
            if key[0] != NO_ADDRESS:
                held[key] = held.get(key, 0) + change
    return held
