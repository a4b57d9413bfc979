"""Scenarios in, their runs out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from penstock.model.terms import DealTerms
from penstock.simulate.by_model import run_by_model
from penstock.simulate.errors import UnknownSeries
from penstock.simulate.runs import Runs
from penstock.simulate.scenarios import Scenarios, scenarios
from penstock.simulate.series import SERIES


def simulate(
    terms: DealTerms,
    collections: Any,
    reports: Mapping[str, Any] | None = None,
    late: Any = None,
    record: Sequence[str] | None = None,
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
    record : which figures to keep of every period, by the names in `SERIES`; by default all.

    Raises
    ------
    WrongShape, NotWholeNumbers, NegativeFigure, UnknownReportField, UnknownSeries : each says what is accepted.
    """
    return next(stream(terms, [scenarios(terms, collections, reports, late)], record))


def stream(terms: DealTerms, blocks: Iterable[Scenarios], record: Sequence[str] | None = None) -> Iterator[Runs]:
    """
    The same for blocks of scenarios, one after another: what the caller keeps of each is all that stays in memory.

    blocks : made by `scenarios`, of any size. record : as in `simulate`.
    """
    names = list(SERIES) if record is None else list(record)
    for name in names:
        if name not in SERIES:
            raise UnknownSeries(name, list(SERIES))
    for block in blocks:
        yield run_by_model(terms, block, names)
