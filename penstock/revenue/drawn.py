"""What a revenue model draws, and what may be shifted in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from penstock.revenue.draws import Draws
from penstock.revenue.elementary import Floats
from penstock.revenue.months import Months

Cents = NDArray[np.int64]
CENTS = 100


class Over(Enum):
    """What a series of months comes to over the months of a period."""

    SUM = "sum"
    MEAN = "mean"
    LAST = "last"


@dataclass(frozen=True)
class Series:
    """A figure by month beside the collections. values : shape (scenarios, months), amounts in whole coins."""

    values: Floats
    over: Over


@dataclass(frozen=True)
class Drawn:
    """
    Some scenarios of a model.

    cents : what each month collects, shape (scenarios, months), in hundredths of a coin, never negative.
    series : by name, what a report may give.
    """

    months: Months
    cents: Cents
    series: Mapping[str, Series]


@dataclass(frozen=True)
class Shifts:
    """
    What inputs are multiplied by, month by month; 1 for what is not named.

    factors : by the name of an input, one factor a month.
    """

    months: Months
    factors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def of(self, name: str, index: int) -> float:
        """The factor of an input in a month."""
        return self.factors[name][index] if name in self.factors else 1.0


class Process(Protocol):
    """
    How one kind of project earns money.

    inputs : the names of what may be shifted, the main ones first.
    """

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def series(self) -> tuple[str, ...]:
        """The names of the series that `draw` gives."""

    def draw(self, months: Months, draws: Draws, shifts: Shifts) -> Drawn: ...

    def facts(self, months: Months) -> tuple[tuple[str, str], ...]:
        """What the model implies, for its page: a name and a value each."""


def to_cents(coins: Floats) -> Cents:
    """Coins in hundredths, rounded down; what is negative is 0: a project cannot collect less than nothing."""
    found: Cents = np.floor(np.maximum(coins, 0.0) * CENTS).astype(np.int64)
    return found
