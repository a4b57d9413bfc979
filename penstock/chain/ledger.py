"""The chain's state of a deal in the model's words, so that the two can be compared number by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from penstock.chain.backend import Contract
from penstock.chain.events import unpack_counters
from penstock.model.state import DealState
from penstock.model.terms import DealTerms


@dataclass(frozen=True)
class ChainState:
    """
    Every number a deal keeps, in base units; lists run parallel to the terms.

    accounted : what the deal's ledger holds for somebody. fee_claimable : credited to payees and not taken yet.
    """

    period: int
    accounted: int
    balance: list[int]
    credited: list[int]
    claimed: list[int]
    interest_arrears: list[int]
    principal_arrears: list[int]
    reserves: list[int]
    trapped: list[int]
    passes_needed: list[int]
    fee_arrears: list[int]
    fee_claimable: list[int]


def read_state(deal: Contract, terms: DealTerms) -> ChainState:
    """Reads a deal's whole state in one call."""
    return state_of(deal.call("state"), len(terms.tests))


def state_of(state: Any, tests: int) -> ChainState:
    """What {IDeal-state} returned, in the model's words. tests : how many the terms have."""
    return ChainState(
        period=state.period,
        accounted=state.accounted,
        balance=list(state.balances),
        credited=list(state.credited),
        claimed=list(state.claimed),
        interest_arrears=list(state.interestArrears),
        principal_arrears=list(state.principalArrears),
        reserves=list(state.reserves),
        trapped=list(state.traps),
        passes_needed=unpack_counters(state.passesNeeded, tests),
        fee_arrears=list(state.feeArrears),
        fee_claimable=list(state.feeClaimable),
    )


def differences(chain: ChainState, model: DealState, claimed: list[int], fee_claimed: list[int]) -> list[str]:
    """
    Every number in which chain and model disagree, one line each; empty when they are equal.

    Parameters
    ----------
    claimed, fee_claimed : what holders of each tranche, and payees of each fee, have taken by the model's books.
    """
    fee_claimable = [credited - taken for credited, taken in zip(model.fee_credited, fee_claimed, strict=True)]
    accounted = sum(model.credited) - sum(claimed) + sum(fee_claimable) + model.held
    expected = {
        "period": model.period,
        "accounted": accounted,
        "balance": model.balance,
        "credited": model.credited,
        "claimed": claimed,
        "interest_arrears": model.interest_arrears,
        "principal_arrears": model.principal_arrears,
        "reserves": model.reserves,
        "trapped": model.trapped,
        "passes_needed": model.passes_needed,
        "fee_arrears": model.fee_arrears,
        "fee_claimable": fee_claimable,
    }
    return [
        f"{name}: chain {getattr(chain, name)}, model {value}"
        for name, value in expected.items()
        if getattr(chain, name) != value
    ]
