"""A QuorumReporter as the chain has it."""

from __future__ import annotations

from penstock.evm.chain import Chain
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, NodeFailed
from penstock.links.quorum import Quorum
from penstock.onchain.interfaces import interfaces


def quorum_of(chain: Chain, source: Address) -> Quorum | None:
    """Who reports, and how many of them make a report; None if the contract does not say."""
    abi = interfaces()["QuorumReporter"]
    try:
        reporters, size, tolerance = (chain.call(source, abi, each) for each in ("reporters", "quorum", "tolerance"))
    except NodeFailed:
        raise
    except ChainError:
        return None
    return Quorum(tuple(map(str, reporters)), int(size), int(tolerance))
