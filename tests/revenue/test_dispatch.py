"""The best use of each hour: as good as the best of all plans, tried one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.revenue.dispatch import Use, best_day

HOURS = 5
money = st.integers(0, 40).map(lambda quarters: quarters / 4)
hours = st.lists(money, min_size=HOURS, max_size=HOURS)


def best_of_all(uses: list[tuple[list[float], list[float], float]]) -> float:
    """The plan with the most earnings less power, of every plan there is."""
    worth = []
    for plan in product(range(len(uses)), repeat=HOURS):
        total = 0.0
        for hour, use in enumerate(plan):
            earns, costs, start = uses[use]
            changed = hour > 0 and plan[hour - 1] != use
            total += earns[hour] * (1 - start if changed else 1) - costs[hour]
        worth.append(total)
    return max(worth)


@settings(max_examples=60, deadline=None)
@given(drawn=st.lists(st.tuples(hours, hours, st.sampled_from([0.0, 0.25, 0.5, 1.0])), min_size=1, max_size=3))
def test_no_plan_is_better(drawn: list[tuple[list[float], list[float], float]]) -> None:
    uses = [
        Use(str(at), np.array(earns)[:, None], np.array(costs)[:, None], start)
        for at, (earns, costs, start) in enumerate(drawn)
    ]
    made = best_day(uses)
    assert float(made.earned[0] - made.cost[0]) == best_of_all(drawn)
    assert sum(float(each[0]) for each in made.hours.values()) == HOURS


def test_a_mine_stops_while_power_costs_more_than_it_earns() -> None:
    prices = np.array([[40.0], [40.0], [300.0], [300.0], [40.0]])
    mine = Use("mine", np.full((5, 1), 100.0), prices, 0.5)
    off = Use("curtail", np.full((5, 1), 5.0), np.zeros((5, 1)))
    made = best_day((mine, off))
    assert made.hours["mine"].tolist() == [3.0] and made.hours["curtail"].tolist() == [2.0]
    assert made.earned.tolist() == [3 * 100.0 + 2 * 5.0 - 50.0], "half an hour is lost when it starts again"
    assert made.cost.tolist() == [120.0]


def test_a_short_peak_is_not_worth_a_slow_start() -> None:
    prices = np.array([[40.0], [110.0], [40.0]])
    mine = Use("mine", np.full((3, 1), 100.0), prices, 0.5)
    off = Use("curtail", np.zeros((3, 1)), np.zeros((3, 1)))
    assert best_day((mine, off)).hours["mine"].tolist() == [3.0]
