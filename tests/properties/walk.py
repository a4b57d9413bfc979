"""A deal settled period by period, with the state before and after each settlement."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

from penstock.model.deal import Report, Settlement, settle, settle_late
from penstock.model.state import DealState, opening_state
from tests.strategies import Flows, Life


class Step(NamedTuple):
    before: DealState
    settlement: Settlement
    after: DealState


def report_of(flows: Flows, index: int) -> Report:
    return Report(flows.losses[index], flows.asset_values[index])


def steps(life: Life) -> Iterator[Step]:
    """Every period of a life, and late revenue where there is any."""
    terms, flows = life
    state = opening_state(terms)
    for index, collections in enumerate(flows.collections):
        before = deepcopy(state)
        settlement = settle(terms, state, collections, report_of(flows, index))
        yield Step(before, settlement, deepcopy(state))
    if flows.late:
        before = deepcopy(state)
        yield Step(before, settle_late(terms, state, flows.late), deepcopy(state))


def state_at(life: Life, periods: int) -> DealState:
    """The state after a number of periods."""
    state = opening_state(life.terms)
    for index in range(periods):
        settle(life.terms, state, life.flows.collections[index], report_of(life.flows, index))
    return state
