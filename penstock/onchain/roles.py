"""The present roles of a deal, read from the chain: the owners of its policy and its report source."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.evm.abi import Abi
from penstock.evm.artifacts import load_artifacts
from penstock.evm.chain import Chain
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, NodeFailed
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.onchain.launch import Deployment
from penstock.onchain.quorum import quorum_of
from penstock.onchain.terms_encode import NO_ADDRESS


@dataclass(frozen=True)
class Replacement:
    """
    The part behind a replaceable one.

    current : in effect. pending : to follow at `at`, in seconds; None and 0 when nothing is scheduled. delay : seconds.
    """

    current: Address
    pending: Address | None
    at: int
    delay: int


@dataclass(frozen=True)
class Role:
    """
    One contract's owner.

    name : what the holder may do. holder : None if the contract names no one, or the role was given up.
    pending : the account it is offered to, until it accepts. replacement : if the role is to replace a part.
    fixed : of a reporter among several, which can hand it to nobody.
    """

    name: str
    contract: Address
    holder: Address | None
    pending: Address | None
    replacement: Replacement | None = None
    fixed: bool = False


def days_of(seconds: int) -> str:
    """The delay of a replacement, as a user gives it: "1 day", "2 days", "0.5 days"."""
    days = seconds / SECONDS_PER_DAY
    return "1 day" if days == 1 else f"{days:g} days"


PARTS = (("policy", "registrar"), ("reports", "reporter"))


def roles_of(deployment: Deployment) -> list[Role]:
    """Every role of a deal; for a replaceable part, also those of the part in effect and of the scheduled one."""
    found = []
    for (part, name), address in zip(PARTS, (deployment.policy, deployment.reports), strict=True):
        if address == NO_ADDRESS:
            continue
        replacement = replacement_of(deployment.chain, address)
        if replacement is None:
            found += _owner(deployment.chain, name, address)
            continue
        found.append(_role(deployment.chain, f"replaces the {part}", address, replacement))
        found += _owner(deployment.chain, name, replacement.current)
        if replacement.pending:
            found += _owner(deployment.chain, f"next {name}", replacement.pending)
    return found


def replacement_of(chain: Chain, address: Address) -> Replacement | None:
    """The part behind a replaceable one; None if the contract is not replaceable."""
    abi = load_artifacts()["DelayedPolicy"].abi
    delay = _said(chain, address, abi, "delay")
    current = _said(chain, address, abi, "current")
    pending = _said(chain, address, abi, "pending")
    at = _said(chain, address, abi, "pendingAt")
    if not (isinstance(delay, int) and isinstance(at, int) and isinstance(current, str)):
        return None
    return Replacement(current, _somebody(pending), at, delay)


def _owner(chain: Chain, name: str, address: Address) -> list[Role]:
    """The role of a part's owner, or of each reporter of a QuorumReporter, which has no owner."""
    quorum = quorum_of(chain, address) if name.endswith("reporter") else None
    if quorum is None:
        return [_role(chain, name, address)]
    title = f"{name}, {quorum.size} of {len(quorum.reporters)} sign"
    return [Role(title, address, each, None, fixed=True) for each in quorum.reporters]


def _role(chain: Chain, name: str, address: Address, replacement: Replacement | None = None) -> Role:
    abi = load_artifacts()["HolderRegistry"].abi
    holder, pending = (_somebody(_said(chain, address, abi, each)) for each in ("owner", "pendingOwner"))
    return Role(name, address, holder, pending, replacement)


def _somebody(said: object) -> Address | None:
    return said if isinstance(said, str) and said != NO_ADDRESS else None


def _said(chain: Chain, address: Address, abi: Abi, function: str) -> object:
    try:
        return chain.call(address, abi, function)
    except NodeFailed:
        raise
    except ChainError:
        return None
