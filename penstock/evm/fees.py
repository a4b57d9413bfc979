"""What a transaction costs now, and what replaces one that waits for ever."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from penstock.evm.errors import ChainRefused
from penstock.evm.retry import RetryingRpc

GWEI = 10**9
# Nodes take a replacement from 10 % more on, some from 12.5 %.
REPLACEMENT = (9, 8)
# Twice the base fee lasts six full blocks of rises.
HEADROOM = 2


@dataclass(frozen=True)
class Fees:
    """
    Per gas, in wei.

    base : of the last block; 0 where the chain has none. most : the most we pay, tip included.
    """

    base: int
    tip: int
    most: int
    legacy: bool = False

    @property
    def now(self) -> int:
        """What a transaction in the next block pays, about."""
        return min(self.most, self.base + self.tip)

    def above(self, other: Fees) -> Fees:
        """These fees, raised until nodes take them in the place of others."""
        top, bottom = REPLACEMENT
        raised = [-(-old * top // bottom) + 1 for old in (other.tip, other.most)]
        tip = max(self.tip, raised[0])
        return Fees(self.base, tip, max(self.most, raised[1], tip), self.legacy)

    def fields(self) -> dict[str, int]:
        """As a transaction has them."""
        if self.legacy:
            return {"gasPrice": self.most}
        return {"type": 2, "maxPriorityFeePerGas": self.tip, "maxFeePerGas": self.most}


def fees_now(chain: RetryingRpc) -> Fees:
    """What the chain asks now."""
    base = base_fee(chain)
    if base is None:
        price = int(chain.sure("eth_gasPrice"), 16)
        return Fees(0, price, price, legacy=True)
    tip = GWEI
    with suppress(ChainRefused):  # a node may not know the method
        tip = int(chain.sure("eth_maxPriorityFeePerGas"), 16)
    return Fees(base, tip, HEADROOM * base + tip)


def base_fee(chain: RetryingRpc) -> int | None:
    """Of the next block where the node says, or of the last; None on a chain without one."""
    found = [_base(chain.ask("eth_getBlockByNumber", "latest", False))]
    with suppress(ChainRefused):  # not every node has a pending block
        found.append(_base(chain.ask("eth_getBlockByNumber", "pending", False)))
    return max((each for each in found if each is not None), default=None)


def _base(block: dict[str, Any] | None) -> int | None:
    found = (block or {}).get("baseFeePerGas")
    return None if found is None else int(found, 16)
