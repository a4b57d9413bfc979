"""The holders of a deal's shares, from the logs of the shares."""

from __future__ import annotations

from eth_utils.crypto import keccak

from penstock.evm.codec import Address, checksum
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.onchain.launch import Deployment
from penstock.onchain.terms_encode import NO_ADDRESS

TRANSFER = keccak(text="Transfer(address,address,uint256)")


def holders(chain: RetryingRpc, deployment: Deployment) -> list[Address]:
    """
    Every holder of shares of any tranche, in the order in which they first received one.

    Raises
    ------
    RangeRefused : when the node gives no logs. NodeFailed : when it is gone.
    """
    wanted = LogFilter(tuple(each.address for each in deployment.shares), ("0x" + TRANSFER.hex(),))
    held: dict[tuple[Address, Address], int] = {}
    for page in chain.log_pages([wanted], deployment.launch_block, chain.block()):
        for log in map(log_of, page.logs[0]):
            amount = int.from_bytes(log.data, "big")
            for topic, change in ((log.topics[1], -amount), (log.topics[2], amount)):
                key = (checksum("0x" + topic[12:].hex()), log.address)
                held[key] = held.get(key, 0) + change
    return list(dict.fromkeys(holder for (holder, _), amount in held.items() if amount and holder != NO_ADDRESS))
