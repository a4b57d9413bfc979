"""Which of several uses of a megawatt pays best, hour by hour, where a change of use costs a part of an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penstock.revenue.elementary import Floats


@dataclass(frozen=True)
class Use:
    """
    One use of a megawatt.

    earns : an hour, shape (hours, scenarios). costs : power an hour, likewise; 0 while nothing runs.
    start : hours after a change to it in which power is paid and nothing earned.
    """

    name: str
    earns: Floats
    costs: Floats
    start: float = 0.0


@dataclass(frozen=True)
class Day:
    """What the best plan of a day comes to, a scenario each: earned, cost of power, and hours in each use."""

    earned: Floats
    cost: Floats
    hours: dict[str, Floats]


def best_day(uses: Sequence[Use]) -> Day:
    """
    The plan with the highest earnings less cost of power, by dynamic programming over the hours; the day begins in
    any use at no cost, and of equal plans the first use wins.
    """
    hours, scenarios = uses[0].earns.shape
    none = np.zeros(scenarios)
    worth = [none for _ in uses]
    earned, cost = [none for _ in uses], [none for _ in uses]
    spent = [[none for _ in uses] for _ in uses]
    for hour in range(hours):
        best = np.argmax(worth, axis=0)
        top = _chosen(best, worth)
        before = (
            _chosen(best, earned),
            _chosen(best, cost),
            [_chosen(best, each) for each in zip(*spent, strict=True)],
        )
        was = (worth, earned, cost, spent)
        worth, earned, cost, spent = [], [], [], []
        for at, use in enumerate(uses):
            lost = use.earns[hour] * use.start if hour else none
            changes = top - lost > was[0][at]
            income = use.earns[hour] - np.where(changes, lost, 0.0)
            worth.append(np.where(changes, top, was[0][at]) + income - use.costs[hour])
            earned.append(np.where(changes, before[0], was[1][at]) + income)
            cost.append(np.where(changes, before[1], was[2][at]) + use.costs[hour])
            spent.append(
                [
                    np.where(changes, before[2][other], was[3][at][other]) + (1.0 if other == at else 0.0)
                    for other in range(len(uses))
                ]
            )
    best = np.argmax(worth, axis=0)
    inside = [_chosen(best, each) for each in zip(*spent, strict=True)]
    named = {use.name: each for use, each in zip(uses, inside, strict=True)}
    return Day(_chosen(best, earned), _chosen(best, cost), named)


def _chosen(which: np.ndarray, rows: Sequence[Floats]) -> Floats:
    """Of several rows the element that is chosen in each column."""
    return np.choose(which, rows)
