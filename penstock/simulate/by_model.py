"""Scenarios run one by one through the exact model: slow, and what every other way is held equal to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from penstock.model.deal import Settlement, settle, settle_late
from penstock.model.state import DealState, opening_state
from penstock.model.terms import DealTerms
from penstock.simulate.runs import Runs
from penstock.simulate.scenarios import Scenarios, narrowed
from penstock.simulate.series import SERIES

WAY = "the exact model"

Figure = Callable[[DealTerms, DealState, Settlement], Sequence[int]]


def _of_flows(name: str) -> Figure:
    return lambda terms, state, settled: getattr(settled.flows, name)


def _of_settlement(name: str) -> Figure:
    return lambda terms, state, settled: getattr(settled, name)


def _of_state(name: str) -> Figure:
    return lambda terms, state, settled: getattr(state, name)


def _of_tests(figure: Callable[[Any], int]) -> Figure:
    def of(terms: DealTerms, state: DealState, settled: Settlement) -> Sequence[int]:
        return [figure(each) for each in settled.tests] or [0] * len(terms.tests)

    return of


def _of_rungs(name: str) -> Figure:
    def of(terms: DealTerms, state: DealState, settled: Settlement) -> Sequence[int]:
        row = [0] * len(terms.rungs)
        first = len(terms.normal) + len(terms.principal) if settled.enforced else 0
        for place, payment in enumerate(settled.rungs, start=first):
            row[place] = getattr(payment, name)
        return row

    return of


def _single(figure: Figure) -> Figure:
    return lambda terms, state, settled: [int(figure(terms, state, settled))]  # type: ignore[call-overload]


FIGURES: dict[str, Figure] = {
    **{name: _single(_of_settlement(name)) for name in ("available", "enforced", "principal_pot")},
    **{name: _single(_of_state(name)) for name in ("capital_received", "promote_received")},
    "promote": _single(_of_flows("promote")),
    **{
        name: _of_flows(name)
        for name in ("interest", "principal", "equity", "fees", "drawn", "topped_up", "trap_drawn", "tiers")
    },
    **{
        name: _of_settlement(name)
        for name in ("interest_due", "principal_due", "written_down", "pik", "coupons", "deferred", "released")
    },
    **{
        name: _of_state(name)
        for name in ("balance", "interest_arrears", "principal_arrears", "credited", "fee_arrears", "fee_credited")
    },
    **{name: _of_state(name) for name in ("reserves", "trapped", "passes_needed", "hurdles")},
    "made": _of_tests(lambda each: int(each.passed is not None)),
    "passed": _of_tests(lambda each: int(bool(each.passed))),
    "missing": _of_tests(lambda each: int(each.missing)),
    "numerator": _of_tests(lambda each: each.numerator),
    "denominator": _of_tests(lambda each: each.denominator),
    **{name: _of_rungs(name) for name in ("due", "paid", "from_reserve", "from_trap")},
}


def run_by_model(terms: DealTerms, given: Scenarios, record: Sequence[str], totals: Sequence[str] = ()) -> Runs:
    """The runs of all scenarios, with the figures asked for."""
    columns, kept = terms.periods + 1, dict.fromkeys((*record, *totals))
    rows: dict[str, list[list[Sequence[int]]]] = {name: [] for name in kept}
    for scenario in range(given.count):
        life = _life(terms, given, scenario, list(kept))
        for name in kept:
            rows[name].append([column[name] for column in life])
    figures = {}
    for name in kept:
        shape = (given.count, columns, SERIES[name].count(terms))
        array = np.empty(shape, object)
        array[...] = np.array(rows[name], object).reshape(shape)
        figures[name] = array[:, :, 0] if SERIES[name].of is None else array
    sums = {name: figures[name][:, -1] if SERIES[name].kept else figures[name].sum(axis=1) for name in totals}
    return Runs(
        terms,
        given.count,
        WAY,
        {name: narrowed(figures[name]) for name in record},
        {name: narrowed(each) for name, each in sums.items()},
    )


def _life(terms: DealTerms, given: Scenarios, scenario: int, record: Sequence[str]) -> list[dict[str, Sequence[int]]]:
    """The figures of each period of one scenario, then of late revenue."""
    state = opening_state(terms)
    columns: list[dict[str, Sequence[int]]] = []

    def note(settled: Settlement) -> None:
        columns.append({name: list(FIGURES[name](terms, state, settled)) for name in record})

    for period in range(terms.periods):
        collections = int(given.collections[scenario, period])
        note(settle(terms, state, collections, given.report(terms, scenario, period)))
    if given.late[scenario]:
        note(settle_late(terms, state, int(given.late[scenario])))
    else:
        columns.append({name: _idle(terms, name, columns[-1][name]) for name in record})
    return columns


def _idle(terms: DealTerms, name: str, last: Sequence[int]) -> Sequence[int]:
    """A figure of the column of late revenue where there is none."""
    if SERIES[name].kept:
        return last
    return [0] * SERIES[name].count(terms)
