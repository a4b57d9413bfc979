"""A portfolio in many futures: what holdings of several deals receive together, and how far they move together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.format import counted
from penstock.model.terms import DealTerms
from penstock.revenue.drawn import Shifts
from penstock.revenue.file import Model
from penstock.revenue.shared import shared
from penstock.simulate import Runs, simulate
from penstock.stress.rates import rates
from penstock.stress.scenarios import collected, fit
from penstock.structure.holdings import Holding, Played
from penstock.structure.portfolio import received_by
from penstock.structure.xirr import xirr

RECORDED = ("interest", "principal", "equity")
BLOCK = 1_000
Whole = NDArray[Any]


@dataclass(frozen=True)
class Together:
    """
    Holdings in many futures, in base units.

    received : holdings × scenarios, all that each receives. by_year : by calendar year what all receive, one value a
    scenario. xirr : of all together, one a scenario; NaN where there is not one rate. losing : scenarios in which less
    is received than was paid. correlation : of what holdings receive, holdings × holdings; NaN where one never differs.
    """

    scenarios: int
    received: Whole
    by_year: Mapping[int, Whole]
    xirr: NDArray[np.float64]
    losing: int
    correlation: NDArray[np.float64]

    @property
    def total(self) -> Whole:
        total: Whole = self.received.sum(axis=0)
        return total


def together(
    holdings: Sequence[Holding], models: Mapping[str, Model], count: int, seed: int, correlation: float
) -> Together:
    """
    Draws futures of the deals that have a revenue model; the others receive what their flows give in every one.

    Parameters
    ----------
    models : by the name that holdings give them. correlation : of the normal shocks of models of one kind.

    Raises
    ------
    AnotherAsset, PeriodsTooShort, NothingInCommon, TooMuchCash : of a model that is none of its deal.

    Source: docs/FIGURES.md, "Portfolios in many futures".
    """
    days: dict[date, Whole] = {}
    received = []
    for flows in _flows(holdings, models, count, seed, correlation):
        received.append(sum(flows.values(), np.zeros(count, object)))
        for day, amounts in flows.items():
            days[day] = days.get(day, np.zeros(count, object)) + amounts
    by_year: dict[int, Whole] = {}
    for day in sorted(days):
        by_year[day.year] = by_year.get(day.year, np.zeros(count, object)) + days[day]
    amounts = np.stack(received)
    paid = sum(each.paid for each in holdings)
    return Together(
        count,
        amounts,
        by_year,
        _rates(holdings, days, count),
        int((amounts.sum(axis=0) < paid).sum()),
        _correlation(amounts),
    )


def fit_notes(terms: DealTerms, model: Model) -> list[str]:
    """What of a deal its model does not know, a line each."""
    made, notes = fit(terms, model), []
    if made.missing:
        notes.append(f"the model gives no {', '.join(made.missing)}: never reported")
    if made.empty:
        notes.append(f"the model has no month in {counted(len(made.empty), 'period')}: nothing is collected there")
    return notes


def _flows(
    holdings: Sequence[Holding], models: Mapping[str, Model], count: int, seed: int, correlation: float
) -> list[dict[date, Whole]]:
    """What each holding receives by day, one value a scenario."""
    drawn: dict[str, Runs] = {}
    for each in {holding.played.name: holding.played for holding in holdings}.values():
        if each.revenue:
            drawn[each.name] = _futures(each, models[each.revenue], count, seed, correlation)
    found = []
    for holding in holdings:
        if holding.played.name in drawn:
            found.append(_received(holding, drawn[holding.played.name]))
        else:
            found.append({each.day: np.full(count, each.total, object) for each in received_by(holding)})
    return found


def _futures(played: Played, model: Model, count: int, seed: int, correlation: float) -> Runs:
    terms = played.run.terms
    months = fit(terms, model)
    parts = []
    for first in range(0, count, BLOCK):
        size = min(BLOCK, count - first)
        draws = shared(seed, model.kind, played.name, correlation, first, size)
        drawn = model.process.draw(model.months, draws, Shifts(model.months))
        given = collected(terms, months, drawn, Fraction(1), first)
        parts.append(simulate(terms, given.collections, given.reports, record=RECORDED))
    figures = {name: np.concatenate([each[name] for each in parts]) for name in RECORDED}
    return Runs(terms, count, parts[0].path, figures)


def _received(holding: Holding, runs: Runs) -> dict[date, Whole]:
    """As `received_by`, for every scenario at once."""
    terms, at = runs.terms, holding.tranche
    credited = runs["interest"][:, :, at] + runs["principal"][:, :, at]
    if at >= terms.equity:
        credited = credited + runs["equity"][:, :, at - terms.equity]
    total, had = np.zeros(runs.count, object), np.zeros(runs.count, object)
    found: dict[date, Whole] = {}
    for period, day in enumerate(terms.payment_dates):
        if day <= holding.bought:
            continue
        total = total + credited[:, period].astype(object)
        has = total * holding.shares // holding.of.supply
        found[day] = found.get(day, np.zeros(runs.count, object)) + has - had
        had = has
    return found


def _rates(holdings: Sequence[Holding], days: Mapping[date, Whole], count: int) -> NDArray[np.float64]:
    bought = {each.bought for each in holdings}
    first = min(bought)
    later = sorted(days)
    if len(bought) == 1 and all(day > first for day in later):
        received = np.stack([days[day].astype(np.float64) for day in later], axis=1)
        return rates(sum(each.paid for each in holdings), received, [(day - first).days for day in later])
    purchases = [((each.bought - first).days, -each.paid) for each in holdings]
    found = np.full(count, np.nan)
    for at in range(count):
        made = xirr([*purchases, *(((day - first).days, int(days[day][at])) for day in later)]).rate
        found[at] = np.nan if made is None else float(made)
    return found


def _correlation(received: Whole) -> NDArray[np.float64]:
    values = received.astype(np.float64)
    apart = values - values.mean(axis=1, keepdims=True)
    size = np.sqrt((apart * apart).sum(axis=1))
    found = np.full((len(values), len(values)), np.nan)
    np.divide(apart @ apart.T, np.outer(size, size), out=found, where=np.outer(size, size) > 0)
    return found
