"""When a contract came to be, asked of the chain's old states."""

from __future__ import annotations

from penstock.chain.codec import Address
from penstock.chain.rpc import Rpc


def first_block_with_code(chain: Rpc, address: Address, last: int) -> int:
    """
    The block in which an address got its code, of one that has some in block `last`.

    Raises
    ------
    ChainRefused : of a node that keeps no old states.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        (code,) = chain.ask_many("eth_getCode", [[address, hex(middle)]])
        low, high = (low, middle) if code != "0x" else (middle + 1, high)
    return low
