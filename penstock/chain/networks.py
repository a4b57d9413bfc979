"""Networks by name or URL, and which of them Penstock may send to."""

from __future__ import annotations

from penstock.chain.errors import ChainError, NodeFailed
from penstock.chain.rpc import Rpc

# The ports Brownie uses too (tools/brownie-networks.yaml).
NAMED = {"anvil": "http://127.0.0.1:8545", "ganache": "http://127.0.0.1:8546"}
DEVELOPMENT_CHAINS = {31_337: "Anvil, Hardhat", 1337: "Ganache"}


class NetworkRefused(ChainError):
    """A network that has no name here, or one that is no development chain."""


def endpoint_of(network: str) -> str:
    """
    The URL of a network given by name or by URL.

    Raises
    ------
    NetworkRefused : for a name nobody gave.
    """
    if network.startswith(("http://", "https://")):
        return network
    if network not in NAMED:
        names = ", ".join(f"{name} ({url})" for name, url in NAMED.items())
        raise NetworkRefused(f"no network is called {network!r}; accepted: {names}, or a URL")
    return NAMED[network]


def connect(network: str) -> Rpc:
    """
    A development chain, ready to send to.

    Raises
    ------
    NetworkRefused : when it is none. NodeFailed : when nothing answers.
    """
    url = endpoint_of(network)
    try:
        chain = Rpc(url)
    except NodeFailed:
        raise NodeFailed(f"nothing answers at {url}: start a development node there, or name another network") from None
    if chain.chain_id not in DEVELOPMENT_CHAINS:
        known = ", ".join(f"{number} ({name})" for number, name in DEVELOPMENT_CHAINS.items())
        raise NetworkRefused(
            f"{network} is chain {chain.chain_id}, which is no development chain; accepted: chain {known}"
        )
    if not chain.accounts:
        raise NetworkRefused(f"{network} holds no account to send from")
    return chain
