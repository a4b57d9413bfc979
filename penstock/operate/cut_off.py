"""Cuts off the collections of periods whose accrual date has come, of one deal or of many; safe to repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from penstock.evm.broadcast import Call, Pace, estimated
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer
from penstock.evm.tx_queue import Sender, Task
from penstock.format import day, exact_money
from penstock.onchain.deployments import DeployedDeal, Fault
from penstock.onchain.interfaces import interfaces
from penstock.operate.deployments import Snapshot, require_ledger, snapshots


class NothingCame(ChainError):
    """A cut-off of nothing that was not asked for explicitly."""

    def __init__(self, period: int) -> None:
        super().__init__(
            f"no revenue has been received for period {period}: cut off now, it would have none, and what comes later "
            "would be the next one's; accepted: --empty to cut it off without"
        )


class NoPaymentDelay(ChainError):
    """A deal whose collections cannot be cut off."""

    def __init__(self) -> None:
        super().__init__(
            "the deal has no payment delay: what has come in when a period is settled is its collections; "
            "accepted: a deal with payment_delay"
        )


@dataclass(frozen=True)
class Cut:
    """
    The outcome for one deal. period, collections : what this run cut off, in base units; 0 and 0 for nothing.
    idle : why nothing was to be done, "" if something was. error : why it was not done.
    """

    member: DeployedDeal
    period: int = 0
    collections: int = 0
    gas: int = 0
    idle: str = ""
    error: str | None = None


@dataclass
class _Task(Task):
    member: DeployedDeal = field(kw_only=True)
    empty: bool = False


def idle_because(member: DeployedDeal, found: Snapshot, empty: bool = False) -> str:
    """
    Why nothing of a deal is to be cut off now; "" if something is. empty : whether a period without revenue is, too.

    Raises
    ------
    NoPaymentDelay : of a deal without one. NothingCame : of a period without revenue.
    ShortOfLedger : of one that holds less than its ledger.
    """
    head, period, cut = member.head, found.state.period + 1, found.state.cut
    if not head.delays:
        raise NoPaymentDelay
    if period > head.periods:
        return "nothing is to be cut off; all periods are settled"
    if cut.period == period:
        return f"period {period} is cut off already, at {exact_money(cut.collections, head.decimals)}"
    if found.now < head.accrual_at(period):
        return f"nothing is to be cut off; the accrual date of period {period} is {day(head.accrual_at(period))}"
    if found.now >= found.next_payment_at:
        return f"nothing is to be cut off; period {period} can be paid since {day(found.next_payment_at)}"
    require_ledger(found.waiting, head.decimals)
    if not (found.waiting or empty):
        raise NothingCame(period)
    return ""


def look(
    chain: RetryingRpc, members: Sequence[DeployedDeal], empty: bool = False
) -> tuple[list[Cut], list[DeployedDeal]]:
    """Deals that need no transaction, each with the reason, and those that do. Sends and signs nothing."""
    idle, wanted = [], []
    for member, found in zip(members, snapshots(chain, members), strict=True):
        try:
            if isinstance(found, Fault):
                raise ChainError(found.reason)
            reason = idle_because(member, found, empty)
        except ChainError as error:
            idle.append(Cut(member, error=str(error)))
            continue
        if reason:
            idle.append(Cut(member, idle=reason))
        else:
            wanted.append(member)
    return idle, wanted


def cut_off(
    chain: RetryingRpc, members: Sequence[DeployedDeal], signer: Signer, pace: Pace, empty: bool = False
) -> list[Cut]:
    """Cuts off every deal that has something to be cut off. A failing deal does not stop the others."""
    tasks = [_Task(member=each, empty=empty) for each in members]
    Sender[_Task](chain, signer, pace).run(tasks, lambda some: _prepare(chain, some, signer.address))
    return [_outcome(task) for task in tasks]


def _prepare(chain: RetryingRpc, tasks: Sequence[_Task], sender: str) -> list[Call | ChainError | None]:
    calls: list[Call | ChainError | None] = []
    for task, found in zip(tasks, snapshots(chain, [task.member for task in tasks]), strict=True):
        try:
            if isinstance(found, Fault):
                raise ChainError(found.reason)
            if task.made or idle_because(task.member, found, task.empty):
                calls.append(None)
                continue
            intent = f"cut off period {found.state.period + 1} of {task.member.name}"
            data = interfaces()["IDeal"].function("cutOff").encode([])
            calls.append(estimated(chain, Call(intent, task.member.deal, data), sender))
        except ChainError as error:
            calls.append(error)
    return calls


def _outcome(task: _Task) -> Cut:
    error, gas, member = str(task.error) if task.error else None, sum(each.gas for each in task.made), task.member
    for log in (log for made in task.made for log in made.logs if log.address == member.deal):
        event = interfaces()["IDeal"].event(log)
        if event and event.name == "CutOff":
            return Cut(member, event["period"], event["collections"], gas, error=error)
    return Cut(member, gas=gas, idle="another run has cut the period off" if error is None else "", error=error)
