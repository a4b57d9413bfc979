"""What many scenarios of a deal came to: every recorded figure of every period, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penstock.model.terms import DealTerms
from penstock.simulate.errors import NotRecorded
from penstock.simulate.scenarios import Whole


@dataclass(frozen=True)
class Runs:
    """
    The runs of a deal in some scenarios. `runs["interest"]` is scenarios × columns × tranches, `runs["enforced"]`
    scenarios × columns: one column for each period and a last one for late revenue, in which a figure of the state is
    what the last period left where there is no late revenue, and any other is 0.

    path : how they were computed, for people. figures : the recorded arrays, by the name of the series.
    totals : of whole runs, scenarios × tranches: of the state what it is at the end, of other figures the sum.
    """

    terms: DealTerms
    count: int
    path: str
    figures: Mapping[str, Whole]
    totals: Mapping[str, Whole] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Whole:
        """
        Raises
        ------
        NotRecorded : where the simulation was not asked for this figure.
        """
        if name not in self.figures:
            raise NotRecorded(name, list(self.figures))
        return self.figures[name]

    def ratio(self, test: int) -> NDArray[np.float64]:
        """What a test measured, scenarios × periods, as numerator by denominator; NaN where it was not made."""
        periods = self.terms.periods
        parts = (self["numerator"], self["denominator"])
        above, below = (each[:, :periods, test].astype(np.float64) for each in parts)
        made = self["made"][:, :periods, test] != 0
        measured = np.full(above.shape, np.nan)
        np.divide(above, below, out=measured, where=made)
        return measured
