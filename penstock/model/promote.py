"""
How two classes of equity share the residual: tier by tier, with hurdles that are balances. Mirrors PromoteLib.sol.

A hurdle is what the whole capital lacks to a return: it grows at the hurdle's rate each period and falls by what the
capital side gets, so that it is zero when the internal rate of return by periods reaches the rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model.accrual import interest_down
from penstock.model.dues import days_of
from penstock.model.state import DealState
from penstock.model.terms import DealTerms, Promote, Tier, TierKind
from penstock.model.units import WAD, mul_div_down


@dataclass(frozen=True, slots=True)
class Distribution:
    """
    What a part of the residual gives, in base units. investor + sponsor is all of it; promote is part of sponsor, and
    the rest of sponsor is what its own capital gets. tiers : what each tier took of it.
    """

    investor: int
    sponsor: int
    promote: int
    tiers: tuple[int, ...]


def grow_hurdles(terms: DealTerms, state: DealState, period: int) -> None:
    """Adds a period's return to each hurdle, rounded down; none outgrows the terms' max_amount."""
    if terms.promote is None:
        return
    days = days_of(terms, period, terms.promote.day_count)
    for index, tier in enumerate(terms.promote.hurdles):
        grown = state.hurdles[index] + interest_down(state.hurdles[index], tier.rate, days)
        state.hurdles[index] = min(grown, terms.max_amount)


def distribute(promote: Promote, state: DealState, amount: int) -> Distribution:
    """
    Gives a part of the residual to the tiers in order, in place; the last tier takes all that is left.

    Of each tier the promote gets its part rounded down, the capital side the rest; of all that the capital side gets,
    the sponsor's own capital gets its part rounded down, the investor the rest.

    Source: docs/SPEC.md, "Promote".
    """
    left, hurdle, tiers = amount, 0, list[int]()
    before, promoted = state.capital_received, state.promote_received
    for tier in promote.tiers:
        taken = left
        if tier.kind is TierKind.HURDLE:
            taken = min(left, room_below_hurdle(tier, state.hurdles[hurdle]))
            hurdle += 1
        elif tier.kind is TierKind.CATCH_UP:
            taken = min(left, room_to_catch_up(promote, tier, state))
        left -= taken
        tiers.append(taken)
        part = mul_div_down(taken, WAD - tier.part, WAD)
        _receive(state, taken - part, part)
    to_capital, to_promote = state.capital_received - before, state.promote_received - promoted
    own = mul_div_down(to_capital, promote.co_invest, WAD)
    return Distribution(to_capital - own, own + to_promote, to_promote, tuple(tiers))


def room_below_hurdle(tier: Tier, hurdle: int) -> int:
    """What a tier takes until the capital side, whose part of it is rounded up, has got exactly the hurdle."""
    return mul_div_down(hurdle, WAD, tier.part)


def room_to_catch_up(promote: Promote, tier: Tier, state: DealState) -> int:
    """
    What a tier takes until the promote is its part of the profit of both sides, rounded down so that it is never more.

    With profit p, promote g, target c and the promote's part u of the tier: g + u·x = c·(p + x).
    """
    profit = state.capital_received + state.promote_received - promote.capital
    missing = tier.rate * profit - WAD * state.promote_received
    return max(0, missing) // (WAD - tier.part - tier.rate)


def _receive(state: DealState, to_capital: int, to_promote: int) -> None:
    state.capital_received += to_capital
    state.promote_received += to_promote
    state.hurdles = [max(0, hurdle - to_capital) for hurdle in state.hurdles]
