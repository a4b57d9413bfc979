"""Claims of a holder: all tranches, and the fees it is the payee of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.evm.broadcast import Call, Pace, estimated
from penstock.evm.chain import read_events
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer
from penstock.evm.tx_queue import Made, Sender, Task
from penstock.model.errors import NothingToClaim
from penstock.onchain.events import CLAIMS
from penstock.onchain.launch import Deployment
from penstock.onchain.state import read_state


class HoldsNoShares(ChainError):
    """An account that is asked about as a holder, and is none."""

    def __init__(self, account: Address) -> None:
        super().__init__(f"{account} holds no shares of this deal")


class NotTheHolder(ChainError):
    """The key does not belong to the claimant."""


@dataclass(frozen=True)
class Claim:
    """One claim. name : of the tranche or the fee. amount : in base units, as in the deal's log."""

    name: str
    amount: int
    gas: int


@dataclass
class _Claim(Task):
    name: str = ""
    function: str = ""
    index: int = 0


def claim_all(
    deployment: Deployment,
    chain: RetryingRpc,
    holder: Address,
    signer: Callable[[], Signer],
    pace: Pace,
    tranches: Sequence[int] | None = None,
) -> list[Claim]:
    """
    Claims everything a holder can claim: from the given tranches, or from all tranches and its fees.

    Parameters
    ----------
    signer : called when there is something to claim.

    Raises
    ------
    NothingToClaim : when there is nothing. HoldsNoShares : when the account is no holder. NotTheHolder : the key is
        another's. ChainError : what was refused, or may or may not be mined, after the rest was claimed.
    """
    with chain.reading_at(int(chain.head(looks=3)["number"], 16)):
        tasks = _tasks(deployment, chain, holder, tranches)
        if not tasks and not _is_holder(deployment, chain, holder):
            raise HoldsNoShares(holder)
    if not tasks:
        raise NothingToClaim(holder)
    found = signer()
    if found.address != holder:
        raise NotTheHolder(f"the key is that of {found.address}, and {holder} is to claim")
    Sender[_Claim](chain, found, pace).run(
        tasks, lambda some: [_next(deployment, chain, each, holder) for each in some]
    )
    made = [_claimed(deployment, each, each.made[0]) for each in tasks if each.made]
    errors = [each.error for each in tasks if each.error]
    if errors:
        done = f" (claimed before: {', '.join(each.name for each in made)})" if made else ""
        raise ChainError("; ".join(dict.fromkeys(str(each) for each in errors)) + done)
    if not made:
        raise NothingToClaim(holder)
    return made


def _tasks(deployment: Deployment, chain: RetryingRpc, holder: Address, tranches: Sequence[int] | None) -> list[_Claim]:
    terms = deployment.terms
    wanted = range(len(terms.tranches)) if tranches is None else tranches
    found = [_Claim(name=terms.tranches[index].id, function="claim", index=index) for index in wanted]
    for index, fee in enumerate(terms.fees) if tranches is None else ():
        if deployment.payees[fee.payee] == holder:
            found.append(_Claim(name=f"fee {fee.id}", function="claimFee", index=index))
    return [each for each in found if _amount(deployment, chain, each, holder)]


def _is_holder(deployment: Deployment, chain: RetryingRpc, account: Address) -> bool:
    """Whether it has shares of the deal, or is the payee of a fee."""
    if account in (deployment.payees[fee.payee] for fee in deployment.terms.fees):
        return True
    return any(chain.call(each.address, each.abi, "balanceOf", account) for each in deployment.shares)


def _amount(deployment: Deployment, chain: RetryingRpc, task: _Claim, holder: Address) -> int:
    """What can be claimed at the block that is read."""
    deal = deployment.deal
    if task.function == "claim":
        return int(chain.call(deal.address, deal.abi, "claimable", task.index, holder))
    return read_state(chain.at(deal.address, deal.abi), deployment.terms).fee_claimable[task.index]


def _next(deployment: Deployment, chain: RetryingRpc, task: _Claim, holder: Address) -> Call | ChainError | None:
    deal = deployment.deal
    if task.made:
        return None
    try:
        # Read again at the block of the nonce: another run may have claimed.
        if not _amount(deployment, chain, task, holder):
            return None
        data = deal.abi.function(task.function).encode([task.index])
        return estimated(chain, Call(f"claim {task.name}", deal.address, data), holder)
    except ChainError as error:
        return error


def _claimed(deployment: Deployment, task: _Claim, made: Made) -> Claim:
    """What a claim paid: the amount read before it may have grown by a settlement."""
    events = read_events(made.logs, deployment.deal.abi)
    return Claim(task.name, sum(each["amount"] for each in events if each.name in (*CLAIMS, "FeeClaimed")), made.gas)
