"""The symbol of a stablecoin."""

from __future__ import annotations

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.format import one_line
from penstock.onchain.interfaces import interfaces


def asset_symbol(chain: RetryingRpc, asset: Address) -> str:
    """An asset's symbol, or just "asset"."""
    return symbol_of(chain, asset) or "asset"


def symbol_of(chain: RetryingRpc, token: Address) -> str | None:
    """A token's symbol; None if it has none, or none that is text."""
    try:
        return one_line(str(chain.call(token, interfaces()["MockUSD"], "symbol"))) or None
    except ChainError:
        return None
