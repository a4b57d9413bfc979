"""Claims of a holder: all tranches, and the fees it is the payee of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from penstock.deploy.execute import Pace
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer
from penstock.model.errors import NothingToClaim
from penstock.onchain.launch import Deployment
from penstock.onchain.state import read_state
from penstock.onchain.treasury import Claim
from penstock.operate.tx_queue import Call, Sender, Task, estimated


class NotTheHolder(ChainError):
    """A key of somebody else."""


@dataclass
class _Claim(Task):
    name: str = ""
    function: str = ""
    index: int = 0
    amount: int = 0


def claim_all(
    deployment: Deployment,
    chain: RetryingRpc,
    holder: Address,
    signer: Callable[[], Signer],
    pace: Pace,
    tranches: Sequence[int] | None = None,
) -> list[Claim]:
    """
    Takes everything a holder may: of the tranches given, or of all and of its fees.

    Parameters
    ----------
    signer : asked for when there is something to claim.

    Raises
    ------
    NothingToClaim : when there is nothing. NotTheHolder : the key is another's. ChainError : what was refused, after
        the rest was claimed.
    """
    tasks = _tasks(deployment, holder, tranches)
    if not tasks:
        raise NothingToClaim(holder)
    found = signer()
    if found.address != holder:
        raise NotTheHolder(f"the key is that of {found.address}, and {holder} is to claim")
    Sender[_Claim](chain, found, pace).run(
        tasks, lambda some: [_next(deployment, chain, each, holder) for each in some]
    )
    made = [Claim(each.name, each.amount, each.made[0].gas) for each in tasks if each.made]
    errors = [each.error for each in tasks if each.error]
    if errors:
        done = f" (claimed before: {', '.join(each.name for each in made)})" if made else ""
        raise ChainError(f"{errors[0]}{done}")
    if not made:
        raise NothingToClaim(holder)
    return made


def _tasks(deployment: Deployment, holder: Address, tranches: Sequence[int] | None) -> list[_Claim]:
    terms, deal = deployment.terms, deployment.deal
    found = []
    for index in range(len(terms.tranches)) if tranches is None else tranches:
        amount = deal.call("claimable", index, holder)
        if amount:
            found.append(_Claim(name=terms.tranches[index].id, function="claim", index=index, amount=amount))
    waiting = read_state(deal, terms).fee_claimable if tranches is None else []
    for index, amount in enumerate(waiting):
        if amount and deployment.payees[terms.fees[index].payee] == holder:
            name = f"fee {terms.fees[index].id}"
            found.append(_Claim(name=name, function="claimFee", index=index, amount=amount))
    return found


def _next(deployment: Deployment, chain: RetryingRpc, task: _Claim, holder: Address) -> Call | ChainError | None:
    deal = deployment.deal
    if task.made:
        return None
    try:
        # Read again behind the nonce: another run may have claimed.
        if task.function == "claim":
            task.amount = deal.call("claimable", task.index, holder)
        else:
            task.amount = read_state(deal, deployment.terms).fee_claimable[task.index]
        if not task.amount:
            return None
        data = deal.abi.function(task.function).encode([task.index])
        return estimated(chain, Call(f"claim {task.name}", deal.address, data, 0), holder)
    except ChainError as error:
        return error
