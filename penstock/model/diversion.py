"""Diversion: cash that repays lenders until a test of over-collateralisation is met. Mirrors DiversionLib.sol."""

from __future__ import annotations

from penstock.model.dues import Dues
from penstock.model.state import DealState
from penstock.model.terms import DealTerms, Rung
from penstock.model.units import WAD, mul_div_down, mul_div_up


def diversion_up(terms: DealTerms, state: DealState, owed: Dues, rung: Rung, unpaid_principal: int) -> int:
    """
    What a `divert` rung takes so that its test is met after it, in base units, rounded up.

    With D the balances of the tested tranche and all senior to it, A the asset value and the principal collections that
    are not paid out yet, and t the threshold: D - A / t from interest, which lowers D alone; (t D - A) / (t - 1) from
    principal, which lowers D and A alike. At most D.

    Parameters
    ----------
    unpaid_principal : what is left of the principal pot when the rung's turn comes.

    Source: docs/SPEC.md, "Diversion".
    """
    test = terms.tests[rung.test or 0]
    balances = sum(state.balance[: test.tranche + 1])
    assets = owed.asset_value + unpaid_principal
    if rung.of_principal:
        missing = test.threshold * balances - WAD * assets
        needed = mul_div_up(max(0, missing), 1, test.threshold - WAD)
    else:
        needed = balances - mul_div_down(assets, WAD, test.threshold)
    return min(balances, max(0, needed))


def most_senior_first(state: DealState, tranche: int, amount: int) -> tuple[int, ...]:
    """An amount as it repays a tranche and all senior to it, each in full before the next. At most their balances."""
    parts = []
    for balance in state.balance[: tranche + 1]:
        parts.append(min(balance, amount))
        amount -= parts[-1]
    return tuple(parts)
