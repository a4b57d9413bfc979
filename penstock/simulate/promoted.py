"""How two classes of equity share the residual, without branches. Mirrors `model.promote`."""

from __future__ import annotations

from math import gcd

from penstock.model.terms import DealTerms, Promote, Tier, TierKind
from penstock.model.units import WAD
from penstock.simulate.columns import Column, Columns
from penstock.simulate.numbers import Number, capped, cash, excess, least, mul_div_down
from penstock.simulate.standing import State

CAPITAL, PROMOTE = 0, 1
"""The places in `State.received`."""


def grow_hurdles(terms: DealTerms, columns: Columns, column: Column, state: State) -> None:
    """Adds a period's return to each hurdle, rounded down; none outgrows the terms' max_amount."""
    if terms.promote is None:
        return
    for index, tier in enumerate(terms.promote.hurdles):
        rate = columns.accruing(f"hurdle_{index}", [tier.rate] * terms.periods, terms.promote.day_count).of(column)
        hurdle = state.hurdles[index]
        state.hurdles[index] = capped(hurdle + mul_div_down(hurdle, *rate), terms.max_amount)


def distribute(promote: Promote, state: State, amount: Number) -> tuple[Number, Number, Number, list[Number]]:
    """What a part of the residual gives investor and sponsor, how much of it is the promote, what each tier takes."""
    left, hurdle = amount, 0
    tiers: list[Number] = []
    to_capital: Number = 0
    to_promote: Number = 0
    for tier in promote.tiers:
        taken = left
        if tier.kind is TierKind.HURDLE:
            taken = least(left, mul_div_down(state.hurdles[hurdle], WAD, tier.part))
            hurdle += 1
        elif tier.kind is TierKind.CATCH_UP:
            taken = least(left, room_to_catch_up(promote, tier, state))
        left = left - taken
        tiers.append(taken)
        part = mul_div_down(taken, *_reduced(WAD - tier.part, WAD))
        _receive(state, taken - part, part)
        to_capital, to_promote = to_capital + (taken - part), to_promote + part
    own = mul_div_down(to_capital, *_reduced(promote.co_invest, WAD))
    return to_capital - own, own + to_promote, to_promote, tiers


def room_to_catch_up(promote: Promote, tier: Tier, state: State) -> Number:
    """What a tier takes until the promote is its part of the profit of both sides, rounded down."""
    profit = excess(state.received[CAPITAL] + state.received[PROMOTE], promote.capital)
    under = WAD - tier.part - tier.rate
    common = gcd(tier.rate, WAD, under)
    missing = excess(profit * (tier.rate // common), state.received[PROMOTE] * (WAD // common))
    return mul_div_down(missing, 1, under // common)


def _receive(state: State, to_capital: Number, to_promote: Number) -> None:
    state.received[CAPITAL] = cash(state.received[CAPITAL] + to_capital)
    state.received[PROMOTE] = cash(state.received[PROMOTE] + to_promote)
    state.hurdles = [excess(hurdle, to_capital) for hurdle in state.hurdles]


def _reduced(numerator: int, denominator: int) -> tuple[int, int]:
    common = gcd(numerator, denominator)
    return numerator // common, denominator // common
