"""What a transaction costs now, what a replacement costs, and whether an account can pay."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, ChainRefused
from penstock.evm.retry import RetryingRpc

GWEI = 10**9
# Nodes accept a replacement from 10 % more, some from 12.5 %.
REPLACEMENT = (9, 8)
# Twice the base fee suffices for six full blocks.
HEADROOM = 2
# The gas of any transaction, whatever it does.
LEAST_GAS = 21_000


class TooLittle(ChainError):
    """An account that cannot pay for its transactions."""


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
        """These fees, raised until nodes accept them as a replacement."""
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


def coin(wei: int) -> str:
    """Native coin, to six places."""
    return f"{wei / 10**18:,.6f}"


def coin_of(chain: RetryingRpc, account: Address) -> int:
    """What an account holds of the native coin, in wei."""
    return int(chain.sure("eth_getBalance", account, "latest"), 16)


def require_coin(chain: RetryingRpc, account: Address, intent: str) -> None:
    """Raises TooLittle where an account could not even send the smallest transaction."""
    if coin_of(chain, account) < LEAST_GAS * fees_now(chain).most:
        raise no_coin(chain, account, intent)


def no_coin(chain: RetryingRpc, account: Address, intent: str) -> TooLittle:
    """The refusal of an account that cannot pay for the gas."""
    held = coin(coin_of(chain, account))
    return TooLittle(f"{account} holds {held} of the native coin, too little for gas: {intent}; accepted: send it some")
