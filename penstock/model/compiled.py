"""The same model, specialised: one deal's terms become one straight-line function, about a hundred times faster.

`penstock.model.deal` is the reference and reads like prose; this module writes out what it does for one deal, with the
terms folded in: a coupon and a day count become one reduced fraction, a schedule becomes a column, a rule that can
never apply becomes no line at all. Names are those of `dues`, `ladder` and `deal`, with the index behind them:
`interest_0` is what is still due of `owed.interest[0]`, `needed_1` is `state.passes_needed[1]`.
Every number of the final state is equal to the reference's; tests/model/test_compiled.py holds it to that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from penstock.model import deal
from penstock.model.deal import Report
from penstock.model.generator import Generator, interest_ahead, principal_ahead, service_ahead
from penstock.model.state import DealState
from penstock.model.terms import DealTerms

Settler = Callable[[Sequence[int], Sequence[int], Sequence[int], int], Any]


@dataclass(frozen=True, slots=True)
class Trace:
    """The final state, and for each period the residual and the tests that fail after it, as a bitmap."""

    state: DealState
    residuals: list[int]
    failing: list[int]


@dataclass(frozen=True)
class CompiledDeal:
    """A deal as a function. `source` is that function, to be read."""

    terms: DealTerms
    source: str
    settle_all: Settler

    def run(self, collections: Sequence[int], reports: Sequence[Report] = (), late: int = 0) -> DealState:
        """The final state of `penstock.model.deal.run`, equal in every number; the same errors, too."""
        if self._refused(collections, reports, late):
            return deal.run(self.terms, collections, reports, late).state
        state: DealState = self.settle_all(collections, *_columns(reports, len(collections)), late)
        return state

    def trace(self, collections: Sequence[int], reports: Sequence[Report] = (), late: int = 0) -> Trace:
        """As `run`, with what equity received and which tests failed, period by period."""
        if self._refused(collections, reports, late):
            deal.run(self.terms, collections, reports, late)
        return Trace(*self._traced(collections, *_columns(reports, len(collections)), late))

    @cached_property
    def _traced(self) -> Settler:
        return _load(Generator(self.terms, traced=True))

    def _refused(self, collections: Sequence[int], reports: Sequence[Report], late: int) -> bool:
        """Whether the reference might raise: it is then left to say so."""
        periods = len(collections)
        return (
            late < 0
            or min(collections, default=0) < 0
            or periods > self.terms.periods
            or (late > 0 and periods < self.terms.periods)
            or 0 < len(reports) < periods
            or any(report.loss < 0 for report in reports)
        )


def compile_deal(terms: DealTerms) -> CompiledDeal:
    """
    Writes and loads the function of one deal; a few milliseconds, repaid after a few runs.

    Raises
    ------
    CannotCompile : for terms the deal file refuses: a ladder that may leave cash behind, three tranches pari passu.
    """
    generator = Generator(terms)
    settle_all = _load(generator)
    return CompiledDeal(terms, generator.source, settle_all)


def _columns(reports: Sequence[Report], periods: int) -> tuple[Sequence[int], Sequence[int]]:
    """Losses and asset values of each period; what is not reported counts as nothing."""
    if not reports:
        return (0,) * periods, (0,) * periods
    return [report.loss for report in reports], [report.asset_value or 0 for report in reports]


def _load(generator: Generator) -> Settler:
    namespace: dict[str, Any] = {
        "DealState": DealState,
        "interest_ahead": interest_ahead,
        "principal_ahead": principal_ahead,
        "service_ahead": service_ahead,
        **{f"each_{name}": values for name, values in generator.columns.items()},
    }
    exec(compile(generator.source, f"<deal {generator.terms.name}>", "exec"), namespace)
    settle_all: Settler = namespace["settle_all"]
    return settle_all
