"""Scenarios in, their runs out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from penstock.model.terms import DealTerms
from penstock.simulate.errors import UnknownSeries
from penstock.simulate.runs import Runs
from penstock.simulate.scenarios import Scenarios, scenarios
from penstock.simulate.series import SERIES
from penstock.simulate.ways import Way, simulator


def simulate(
    terms: DealTerms,
    collections: Any,
    reports: Mapping[str, Any] | None = None,
    late: Any = None,
    record: Sequence[str] | None = None,
    totals: Sequence[str] = (),
    way: Way | None = None,
    threads: int | None = None,
) -> Runs:
    """
    Settles every period of a deal in many scenarios, then late revenue where there is any.

    Every number is the model's, to the base unit. A clean-up call is a decision that no scenario makes: deals that have
    one are run without.

    Parameters
    ----------
    collections : scenarios × periods, whole base units: int64, or Python ints where they are larger.
    reports : figure (`loss`, `asset_value`, the id of a declared field) → scenarios × periods; -1 is not reported,
    and a figure that is left out never is.
    late : of each scenario, revenue after the last period; by default none.
    record : which figures to keep of every period, by the names in `SERIES`; by default all, or none where there are
    `totals`.
    totals : which to keep of whole runs alone: of the state what it is at the end, of other figures the sum.
    way : by default the fastest that is exact for these scenarios. threads : by default one a core.

    Raises
    ------
    WrongShape, NotWholeNumbers, NegativeFigure, UnknownReportField, UnknownSeries : each says what is accepted.
    """
    return next(stream(terms, [scenarios(terms, collections, reports, late)], record, totals, way, threads))


def stream(
    terms: DealTerms,
    blocks: Iterable[Scenarios],
    record: Sequence[str] | None = None,
    totals: Sequence[str] = (),
    way: Way | None = None,
    threads: int | None = None,
) -> Iterator[Runs]:
    """
    The same for blocks of scenarios, one after another: what the caller keeps of each is all that stays in memory.

    blocks : made by `scenarios`, of any size, with the same figures of reports. The others : as in `simulate`.
    """
    if record is None:
        record = () if totals else tuple(SERIES)
    for name in (*record, *totals):
        if name not in SERIES:
            raise UnknownSeries(name, list(SERIES))
    for block in blocks:
        made = simulator(terms, tuple(block.reports), tuple(record), tuple(totals))
        yield made.run(block, way, threads)
