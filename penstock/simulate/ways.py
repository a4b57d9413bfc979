"""
The ways to run scenarios, all of which give the model's numbers: lanes of 64 bits where every number fits, of 128 bits
where it does not, Python ints where even those are too small; NumPy takes the place of compiled lanes without numba.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cached_property, lru_cache

import numpy as np

from penstock.extras import has
from penstock.model.terms import DealTerms
from penstock.simulate.bounds import NARROW, WIDE, Checker, Largest, Width, largest
from penstock.simulate.by_model import run_by_model
from penstock.simulate.program import COLLECTIONS, Program, program, report_input
from penstock.simulate.runs import Runs
from penstock.simulate.scenarios import Scenarios, Whole, narrowed
from penstock.simulate.series import SERIES
from penstock.simulate.stepped import Outcome, Runner, arrays, ints


class Way(Enum):
    """The value is what is printed."""

    NARROW = "lanes of 64 bits"
    WIDE = "lanes of 128 bits"
    NUMPY = "NumPy"
    INTS = "Python ints"
    MODEL = "the exact model"


WIDTHS = {Way.NARROW: NARROW, Way.WIDE: WIDE, Way.NUMPY: NARROW}
FEW = 500
"""So many scenarios take Python ints as long as compiling lanes for a new structure does."""
Numbers = tuple[Whole, Whole]
"""What is recorded, columns × rows × scenarios, and of whole runs, rows × scenarios."""


class Simulator:
    """
    Everything made once for one deal and one choice of figures.

    given : the figures of reports that scenarios have. record, totals : as in `simulate`.
    """

    def __init__(self, terms: DealTerms, given: Sequence[str], record: Sequence[str], totals: Sequence[str]) -> None:
        self.program: Program = program(terms, given, record, totals)
        self._checkers: dict[int, Checker] = {}
        self._kernels: dict[Way, Callable[[Scenarios, int], Numbers]] = {}
        self._fits: dict[tuple[Way, Largest], bool] = {}

    def run(self, given: Scenarios, way: Way | None = None, threads: int | None = None) -> Runs:
        """way : by default the fastest that is exact for these scenarios. threads : by default one a core."""
        chosen = self.fastest(given) if way is None else way
        program = self.program
        if chosen is Way.MODEL:
            return run_by_model(program.terms, given, program.record, program.totals)
        if chosen in (Way.NARROW, Way.WIDE):
            record, totals = self._kernel(chosen)(given, threads or _cores())
        elif chosen is Way.NUMPY:
            record, totals = self._by_arrays(given)
        else:
            record, totals = self._by_ints(given)
        return Runs(
            program.terms,
            given.count,
            chosen.value,
            {name: _parts(np.moveaxis(each, 2, 0), name) for name, each in self._split(program.record, record, 1)},
            {name: _parts(np.moveaxis(each, 1, 0), name) for name, each in self._split(program.totals, totals, 0)},
        )

    def fastest(self, given: Scenarios) -> Way:
        if given.count < FEW:
            return Way.INTS
        compiled = has("numba")
        ways = (Way.NARROW, Way.WIDE) if compiled else (Way.NUMPY,)
        most = largest(self.program, given)
        for way in ways:
            if self.is_exact(way, most, given):
                return way
        return Way.INTS

    def is_exact(self, way: Way, most: Largest, given: Scenarios) -> bool:
        """Whether a way computes exactly whatever has no larger inputs than these."""
        if way in (Way.INTS, Way.MODEL):
            return True
        if way is Way.NUMPY and any(
            each.dtype == object for each in (given.collections, given.late, *given.reports.values())
        ):
            return False
        width = WIDTHS[way]
        if width.bits not in self._checkers:
            self._checkers[width.bits] = Checker(self.program, width)
        return self._known_to_fit(way, most.rounded(), width) or self._checkers[width.bits].fits(most)

    def _known_to_fit(self, way: Way, most: Largest, width: Width) -> bool:
        if (way, most) not in self._fits:
            self._fits[way, most] = self._checkers[width.bits].fits(most)
        return self._fits[way, most]

    def _kernel(self, way: Way) -> Callable[[Scenarios, int], Numbers]:
        if way not in self._kernels:
            from penstock.simulate.kernel_source import source
            from penstock.simulate.kernels import Kernel

            self._kernels[way] = Kernel.of(source(self.program, WIDTHS[way])).settle
        return self._kernels[way]

    @cached_property
    def _ints(self) -> Runner:
        return ints(self.program)

    @cached_property
    def _arrays(self) -> Runner:
        return arrays(self.program)

    def _by_ints(self, given: Scenarios) -> Numbers:
        inputs, outcomes = self._inputs(given), []
        for scenario in range(given.count):

            def figure(name: str, period: int, scenario: int = scenario) -> int:
                return int(inputs[name][scenario, period])

            outcomes.append(self._ints.run(figure, int(given.late[scenario])))
        record = np.empty((*self._shape(), given.count), object)
        totals = np.empty((len(self.program.rows(self.program.totals)), given.count), object)
        for scenario, outcome in enumerate(outcomes):
            record[:, :, scenario] = np.array([list(map(int, row)) for row in outcome.record], object).reshape(
                self._shape()
            )
            totals[:, scenario] = list(map(int, outcome.totals))
        return narrowed(record), narrowed(totals)

    def _by_arrays(self, given: Scenarios) -> Numbers:
        inputs = self._inputs(given)
        outcome: Outcome = self._arrays.run(lambda name, period: inputs[name][:, period], given.late)
        record = np.zeros((*self._shape(), given.count), np.int64)
        totals = np.zeros((len(self.program.rows(self.program.totals)), given.count), np.int64)
        for column, figures in enumerate(outcome.record):
            for row, figure in enumerate(figures):
                record[column, row] = figure
        for row, figure in enumerate(outcome.totals):
            totals[row] = figure
        return record, totals

    def _shape(self) -> tuple[int, int]:
        rows = len(self.program.rows(self.program.record))
        return (self.program.terms.periods + 1, rows)

    def _inputs(self, given: Scenarios) -> dict[str, Whole]:
        terms = self.program.terms
        return {
            COLLECTIONS: given.collections,
            **{report_input(terms, name): each for name, each in given.reports.items()},
        }

    def _split(self, names: Sequence[str], numbers: Whole, axis: int) -> list[tuple[str, Whole]]:
        """The rows of each series."""
        found, first = [], 0
        for name in names:
            end = first + SERIES[name].count(self.program.terms)
            found.append((name, numbers[:, first:end] if axis else numbers[first:end]))
            first = end
        return found


def _parts(numbers: Whole, name: str) -> Whole:
    """A series of single figures without the axis that counts them."""
    return numbers[..., 0] if SERIES[name].of is None else numbers


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=64)
def simulator(terms: DealTerms, given: tuple[str, ...], record: tuple[str, ...], totals: tuple[str, ...]) -> Simulator:
    """The simulator of a deal, made once for each choice of figures."""
    return Simulator(terms, given, record, totals)
