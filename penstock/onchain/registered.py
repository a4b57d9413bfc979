"""Who a CompliancePolicy knows: every account that its logs name, with what it says of each now."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.model.compliance import Registration
from penstock.onchain.launch import Deployment

NAMED_BY = ("HolderRegistered", "HolderExpired", "HolderFrozen", "SharesFrozen")
"""Events that name a holder."""


@dataclass(frozen=True)
class KnownHolder:
    """said : as registered; an investor of 0: it is not. frozen : as a whole. frozen_shares : else, by tranche."""

    said: Registration
    frozen: bool
    frozen_shares: tuple[int, ...]


def read_registered(chain: RetryingRpc, deployment: Deployment, policy: Address) -> list[KnownHolder]:
    """
    Everyone whom a policy knows, in the order in which it was first named.

    Raises
    ------
    RangeRefused : when the node gives no logs.
    """
    abi, deal = load_artifacts()["CompliancePolicy"].abi, deployment.deal.address
    named: dict[Address, None] = {}
    for page in chain.log_pages([LogFilter((policy,))], 0, chain.block()):
        for log in map(log_of, page.logs[0]):
            event = abi.event(log)
            if event and event.name in NAMED_BY:
                named[event["holder"]] = None
    found = []
    for holder in named:
        said = Registration(*chain.call(policy, abi, "holderData", holder))
        frozen = bool(chain.call(policy, abi, "isFrozen", holder))
        tranches = range(0 if frozen else len(deployment.terms.tranches))
        parts = tuple(int(chain.call(policy, abi, "frozenOf", deal, each, holder)) for each in tranches)
        found.append(KnownHolder(said, frozen, parts))
    return found
