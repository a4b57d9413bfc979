"""A deal settled period by period, with the state before and after each settlement."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from penstock.model.books import Books
from penstock.model.deal import Settlement
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.state import DealState, opening_state
from tests.strategies import Flows, Life


class Step(NamedTuple):
    before: DealState
    settlement: Settlement
    after: DealState


def report_of(flows: Flows, index: int) -> Report:
    return flows.reports[index]


def steps(life: Life) -> Iterator[Step]:
    """Every period of a life, and late revenue where there is any."""
    terms, flows = life
    books = Books(terms)
    for index, collections in enumerate([*flows.collections, *([flows.late] if flows.late else [])]):
        before = books.state.copy()
        report = NOTHING_REPORTED if books.matured else report_of(flows, index)
        books.receive(collections)
        yield Step(before, books.settle(report), books.state.copy())


def state_at(life: Life, periods: int) -> DealState:
    """The state after a number of periods."""
    if periods == 0:
        return opening_state(life.terms)
    return next(islice(steps(life), periods - 1, None)).after
