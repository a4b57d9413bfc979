"""Schedules or cancels the replacement of a deal's policy or report source."""

from __future__ import annotations

from datetime import datetime, timezone

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Says, code_at, part_fault
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc
from penstock.format import counted
from penstock.onchain.holders import holders
from penstock.onchain.launch import Deployment
from penstock.onchain.roles import Replacement, days_of, replacement_of, roles_of


def plan_replacement(
    chain: RetryingRpc, network: str, deployment: Deployment, part: str, successor: Address | None
) -> AdminPlan:
    """
    The step that schedules a part's successor; with None, the one that cancels it.

    Parameters
    ----------
    part : "policy" or "reports".

    Raises
    ------
    AdminRefused : the part cannot be replaced, or not by that contract, or not now.
    """
    address = deployment.policy if part == "policy" else deployment.reports
    behind = replacement_of(deployment.chain, address) if code_at(chain, address) else None
    if behind is None:
        raise AdminRefused(
            f"the {part} of this deal cannot be replaced: its terms fix {address}; accepted: a deal that was "
            "deployed with --delay"
        )
    owner = next(role.holder for role in roles_of(deployment) if role.contract == address)
    if owner is None:
        raise AdminRefused(f"nobody can replace the {part}: the role was given up")
    abi = load_artifacts()["DelayedPolicy"].abi
    if successor is None:
        if behind.pending is None:
            raise AdminRefused(f"no replacement of the {part} is pending: there is nothing to cancel")
        step = call(
            f"cancel:{part}:{behind.pending}", f"cancel the {part} {behind.pending}", owner, address, abi, "cancel", (),
            Says(address, (("pending()", 0),)),
        )  # fmt: skip
        title = f"cancel {behind.pending}, the next {part} of {deployment.terms.name}"
        return plan_admin(chain, network, title, [step])
    successor = checksum(successor)
    _require_successor(chain, deployment, part, behind, successor)
    number, name = int(successor, 16), f"schedule:{part}:{successor}"
    step = call(
        name, f"schedule the {part} {successor}", owner, address, abi, "schedule", (successor,),
        Says(address, (("pending()", number), ("current()", number))),
    )  # fmt: skip
    if behind.pending == successor:
        effect = f"it is scheduled, and takes effect on {moment(behind.at)}"
    else:
        after = f"{days_of(behind.delay)} after the transaction's block"
        effect = f"it takes effect {after}, by itself; until then it can be cancelled"
    title = f"replace the {part} of {deployment.terms.name} by {successor}"
    notes = _left_out(chain, deployment, successor) if part == "policy" else []
    return plan_admin(chain, network, title, [step], (effect, *notes))


def moment(at: int) -> str:
    """A time of the chain, to the second."""
    return f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"


def _require_successor(
    chain: RetryingRpc, deployment: Deployment, part: str, behind: Replacement, successor: Address
) -> None:
    if successor == behind.current:
        raise AdminRefused(f"{successor} is the {part} in effect already")
    if behind.pending not in (None, successor):
        raise AdminRefused(
            f"{behind.pending} is scheduled for {moment(behind.at)}; accepted: --cancel {part} first, or wait"
        )
    if successor in (deployment.policy, deployment.reports):
        raise AdminRefused(f"{successor} is the fixed address itself; accepted: the contract to put behind it")
    fault = part_fault(chain, part, successor, deployment.deal.address)
    if fault:
        raise AdminRefused(fault)


def _left_out(chain: RetryingRpc, deployment: Deployment, successor: Address) -> list[str]:
    """One line if a policy refuses some of the present holders: a new registry lists no one."""
    present = holders(chain, deployment)
    abi = load_artifacts()["HolderRegistry"].abi
    function = abi.function("canReceive")
    asked = ["0x" + function.encode((deployment.deal.address, 0, each)).hex() for each in present]
    try:
        answers = chain.ask_all([("eth_call", [{"to": successor, "data": data}, "latest"]) for data in asked])
        allowed = sum(function.decode(bytes.fromhex(str(each)[2:])) for each in answers)
    except NodeFailed:
        raise
    except ChainError as refusal:
        return [f"note: it does not say of every present holder whether they may hold shares: {refusal}"]
    left_out = len(present) - allowed
    if not left_out:
        return []
    return [
        f"note: it does not let {left_out:,} of {counted(len(present), 'present holder')} hold shares: until it does, "
        "nobody can transfer shares to them"
    ]
