"""The state of many deals of one chain, read together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc
from penstock.format import exact_money
from penstock.onchain.deployments import DeployedDeal, Fault
from penstock.onchain.interfaces import interfaces
from penstock.onchain.state import ChainState, state_of


@dataclass(frozen=True)
class Snapshot:
    """
    A deal at one block, in base units.

    now : the block's time. waiting : collections not settled yet; negative if the deal holds less than its ledger.
    overdue : how many periods are past their payment date.
    grace_ends_at : the end of the grace that the next period is in; 0 outside it.
    """

    block: int
    now: int
    state: ChainState
    waiting: int
    overdue: int
    next_payment_at: int
    grace_ends_at: int = 0

    @property
    def coming(self) -> int:
        """What the next settlement would share out: without what came after a cut-off."""
        return self.state.take_cut(self.waiting)

    @property
    def is_cut_off(self) -> bool:
        """Whether the collections of the next period are fixed."""
        return self.state.cut.period == self.state.period + 1

    @property
    def is_announced(self) -> bool:
        """Whether the call of the next period is announced."""
        return self.state.announced == self.state.period + 1

    @property
    def arrears(self) -> int:
        """Of interest, principal and fees."""
        return sum(self.state.interest_arrears) + sum(self.state.principal_arrears) + sum(self.state.fee_arrears)

    @property
    def claimable(self) -> int:
        """Of all holders and payees."""
        return sum(self.state.credited) - sum(self.state.claimed) + sum(self.state.fee_claimable)


class ShortOfLedger(ChainError):
    """A deal that holds less than its ledger; it cannot be settled."""


def require_ledger(waiting: int, decimals: int) -> None:
    """Raises ShortOfLedger. waiting : of a snapshot."""
    if waiting < 0:
        raise ShortOfLedger(
            f"the deal holds {exact_money(-waiting, decimals)} less than its ledger: nothing can be settled"
        )


def snapshots(chain: RetryingRpc, members: Sequence[DeployedDeal]) -> list[Snapshot | Fault]:
    """The state of each deal, all at one block, in batches."""
    artifacts = interfaces()
    state, balance_of = (
        artifacts["IDeal"].function("state"),
        artifacts["MockUSD"].function("balanceOf"),
    )
    with chain.reading_at() as read:
        block = chain.existing("eth_getBlockByNumber", hex(read), False)
    number, now = str(block["number"]), int(block["timestamp"], 16)
    questions = []
    for each in members:
        questions.append(_call(each.deal, state.encode([]), number))
        questions.append(_call(each.head.asset, balance_of.encode([each.deal]), number))
    answers = answers_to(chain, questions)
    found: list[Snapshot | Fault] = []
    for each, said, held in zip(members, answers[::2], answers[1::2], strict=True):
        try:
            for answer in (said, held):
                if isinstance(answer, ChainError):
                    raise answer
            ledger = state_of(state.decode(bytes.fromhex(said[2:])), each.head.tests)
            balance = int(balance_of.decode(bytes.fromhex(held[2:])))
        except ChainError as error:
            found.append(Fault(each.file, str(error)))
            continue
        last = ledger.period == each.head.periods
        payment_at, ends_at = (
            (0, 0) if last else (each.head.payment_at(n := ledger.period + 1), each.head.grace_ends_at(n))
        )
        found.append(
            Snapshot(
                block=int(number, 16),
                now=now,
                state=ledger,
                waiting=balance - ledger.accounted,
                overdue=each.head.overdue(ledger.period, now),
                next_payment_at=payment_at,
                grace_ends_at=ends_at if payment_at <= now < ends_at else 0,
            )
        )
    return found


def answers_to(chain: RetryingRpc, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """
    Answers in the order of the questions, a refusal as the error itself, so that one deal does not stop the others.

    Raises
    ------
    NodeFailed : when the node is gone.
    """
    try:
        return chain.ask_all(questions)
    except NodeFailed:
        raise
    except ChainError as error:
        if len(questions) == 1:
            return [error]
    middle = len(questions) // 2
    return [*answers_to(chain, questions[:middle]), *answers_to(chain, questions[middle:])]


def _call(to: Address, data: bytes, block: str) -> tuple[str, list[Any]]:
    return "eth_call", [{"to": to, "data": "0x" + data.hex()}, block]
