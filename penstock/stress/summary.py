"""What all scenarios of a study come to: probabilities, means and tails, by tranche and by year."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.model.terms import DealTerms
from penstock.revenue.fan import exceeded
from penstock.stress.block import BIN, BINS, Column, Tally, lock_ups, years_of

WORST = 100
"""The worst one in a hundred scenarios make up a tail."""
LEVELS = (99, 90, 50, 10, 1)


@dataclass(frozen=True)
class Amounts:
    """
    A loss or a shortfall over scenarios, in base units, rounded down.

    count : scenarios in which it is above 0. mean : of all. tail : mean of the worst one in a hundred.
    p99 : what 99 % of the scenarios do not exceed. most : of any.
    """

    count: int
    mean: int
    tail: int
    p99: int
    most: int


@dataclass(frozen=True)
class TrancheRisk:
    """
    paid, xirr, wal : by percent exceeded: P90 is what 90 % of the scenarios reach; None where scenarios have none.
    loss, shortfall : of a lender.
    """

    id: str
    paid: dict[int, int]
    paid_mean: int
    xirr: dict[int, float] | None
    wal: dict[int, float] | None
    wal_mean: float | None
    loss: Amounts | None
    shortfall: Amounts | None


@dataclass(frozen=True)
class Summary:
    """
    by_year : what is collected in each calendar year by percent exceeded, and by 0 the mean.
    ratios : for each test the fan of each period, in hundredths rounded down: by percent exceeded; None where fewer
    scenarios than needed made the test.
    locked : for each test that traps cash, the scenarios in which it failed in any period of each year.
    """

    scenarios: int
    path: str
    tranches: tuple[TrancheRisk, ...]
    collected: dict[int, int]
    collected_mean: int
    by_year: dict[int, dict[int, int]]
    ratios: dict[str, dict[int, tuple[float | None, ...]]]
    years: tuple[int, ...]
    locked: dict[str, tuple[int, ...]]
    enforced: tuple[int, ...]
    ever_enforced: int
    enforced_years: float
    tally: Tally


def summary(terms: DealTerms, column: Callable[[str], Column], tally: Tally, path: str) -> Summary:
    """column : the values of all scenarios, by name as of `block.columns`. path : how they were settled."""
    tested = {each.id: _fan(tally.ratios[at]) for at, each in enumerate(terms.tests)}
    return Summary(
        scenarios=tally.scenarios,
        path=path,
        tranches=tuple(_risk(terms, column, at) for at in range(len(terms.tranches))),
        collected=_levels(column("collected")),
        collected_mean=_mean(column("collected")),
        by_year={year: _levels(each) | {0: _mean(each)} for year, each in _years(terms, column)},
        ratios=tested,
        years=tuple(years_of(terms)),
        locked={terms.tests[test].id: _ints(tally.locked[test]) for test in lock_ups(terms)},
        enforced=_ints(tally.enforced_years),
        ever_enforced=int((column("enforced_periods") > 0).sum()),
        enforced_years=_mean_of_floats(column("enforced_years")),
        tally=tally,
    )


def _years(terms: DealTerms, column: Callable[[str], Column]) -> Iterator[tuple[int, Column]]:
    for year in years_of(terms):
        yield year, column(f"collected_{year}")


def _risk(terms: DealTerms, column: Callable[[str], Column], at: int) -> TrancheRisk:
    name = terms.tranches[at].id
    lender = at < terms.equity
    return TrancheRisk(
        id=name,
        paid=_levels(column(f"{name}_paid")),
        paid_mean=_mean(column(f"{name}_paid")),
        xirr=_float_levels(column(f"{name}_xirr")),
        wal=_float_levels(column(f"{name}_wal")) if lender else None,
        wal_mean=_mean_of_floats(_numbers(column(f"{name}_wal"))) if lender else None,
        loss=_amounts(column(f"{name}_loss")) if lender else None,
        shortfall=_amounts(column(f"{name}_shortfall")) if lender else None,
    )


def _amounts(values: Column) -> Amounts:
    ordered = sorted(map(int, values))
    worst = ordered[-max(1, len(ordered) // WORST) :]
    return Amounts(
        count=sum(each > 0 for each in ordered),
        mean=sum(ordered) // len(ordered),
        tail=sum(worst) // len(worst),
        p99=ordered[-(len(ordered) // WORST) - 1],
        most=ordered[-1],
    )


def _levels(values: Column) -> dict[int, int]:
    return {percent: int(exceeded(values, percent)) for percent in LEVELS}


def _float_levels(values: NDArray[np.float64]) -> dict[int, float] | None:
    numbers = _numbers(values)
    return {percent: float(exceeded(numbers, percent)) for percent in LEVELS} if len(numbers) else None


def _numbers(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _mean(values: Column) -> int:
    return sum(map(int, values)) // len(values)


def _mean_of_floats(values: NDArray[np.float64]) -> float:
    return float(sum(map(float, values)) / len(values)) if len(values) else float("nan")


def _ints(values: Any) -> tuple[int, ...]:
    return tuple(int(each) for each in values)


def _fan(counts: NDArray[np.int64]) -> dict[int, tuple[float | None, ...]]:
    """Of periods × bins: the lower end of the bin that so many percent of the scenarios which made the test reach."""
    found: dict[int, tuple[float | None, ...]] = {}
    for percent in LEVELS:
        line: list[float | None] = []
        for period in counts:
            made = int(period.sum())
            below = np.cumsum(period)
            place = min(made * (100 - percent) // 100, made - 1)
            line.append(int(np.searchsorted(below, place, side="right")) / BIN if made else None)
        found[percent] = tuple(line)
    assert counts.shape[1] == BINS
    return found
