"""What a block of scenarios comes to: a row for each scenario, and counts by period that add up over blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.model.terms import DealTerms, RungKind
from penstock.simulate import Runs, Scenarios
from penstock.stress.rates import YEAR, mean_time, rates

Column = NDArray[Any]

BINS, BIN = 1_001, 100
"""Ratios are counted in hundredths from 0 up to 10; what is higher is in the last bin."""


@dataclass(frozen=True)
class Tally:
    """
    Counts of scenarios by period; those of two blocks add up.

    ratios : tests × periods × bins: how many scenarios measured what.
    failing : tests × periods: in how many the test was failing after the period. enforced : periods.
    locked : tests × calendar years: in how many the test failed, or lacked its report, in any period of the year.
    enforced_years : calendar years: in how many the deal was enforced in any period of the year.
    """

    scenarios: int
    ratios: NDArray[np.int64]
    failing: NDArray[np.int64]
    enforced: NDArray[np.int64]
    locked: NDArray[np.int64]
    enforced_years: NDArray[np.int64]

    def __getstate__(self) -> dict[str, Any]:
        """Of the ratios only the bins that are not empty: a worker sends a tenth of the bytes."""
        places = np.flatnonzero(self.ratios).astype(np.int32)
        return vars(self) | {"ratios": (self.ratios.shape, places, self.ratios.ravel()[places].astype(np.int32))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        shape, places, counts = state["ratios"]
        ratios = np.zeros(shape, np.int64)
        ratios.ravel()[places] = counts
        vars(self).update(state | {"ratios": ratios})

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.scenarios + other.scenarios,
            self.ratios + other.ratios,
            self.failing + other.failing,
            self.enforced + other.enforced,
            self.locked + other.locked,
            self.enforced_years + other.enforced_years,
        )


@dataclass(frozen=True)
class Outcome:
    """rows : by column, one value a scenario; amounts in base units. path : how the runs were computed."""

    rows: Mapping[str, Column]
    tally: Tally
    path: str


def columns(terms: DealTerms) -> list[str]:
    """The names of the columns of a scenario's row, in order."""
    found = ["scenario", "collected", *(f"collected_{year}" for year in years_of(terms))]
    for each in terms.tranches:
        found += [f"{each.id}_paid", f"{each.id}_xirr"]
        if each in terms.lenders:
            found += [f"{each.id}_loss", f"{each.id}_shortfall", f"{each.id}_wal"]
    return [*found, "enforced_periods", "enforced_years", *(f"{each.id}_least" for each in terms.tests)]


def outcome(terms: DealTerms, given: Scenarios, runs: Runs, first: int = 0) -> Outcome:
    """
    The rows and counts of some runs.

    Of a tranche: paid, all it received; xirr, its annual rate at par, NaN without a face. Of a lender: loss, what is
    owed at the end, principal and interest, and what was written down; shortfall, the most that was due and unpaid
    after a period; wal, the mean time to the repayment of principal in years. Of a test: least, the least it
    measured, or the most of one that fails above; NaN where it was never made.
    """
    periods = terms.periods
    days = [(each - terms.closing).days for each in terms.payment_dates]
    rows: dict[str, Column] = {
        "scenario": np.arange(first, first + runs.count, dtype=np.int64),
        "collected": given.collections.sum(axis=1),
    }
    for year, inside in _periods_in(terms).items():
        rows[f"collected_{year}"] = given.collections[:, inside].sum(axis=1)
    for at, tranche in enumerate(terms.tranches):
        interest, principal = runs["interest"][:, :periods, at], runs["principal"][:, :periods, at]
        received = interest + principal
        if at >= terms.equity:
            received = received + runs["equity"][:, :periods, at - terms.equity]
        rows[f"{tranche.id}_paid"] = received.sum(axis=1)
        rows[f"{tranche.id}_xirr"] = rates(tranche.face, received.astype(np.float64), days)
        if at < terms.equity:
            owed = runs["balance"][:, periods - 1, at] + runs["interest_arrears"][:, periods - 1, at]
            rows[f"{tranche.id}_loss"] = owed + runs["written_down"][:, :periods, at].sum(axis=1)
            waits = runs["deferred"][:, :periods, at]
            lacking = _lacking(runs["interest_due"][:, :periods, at], interest + waits)
            unpaid = _lacking(runs["principal_due"][:, :periods, at], principal)
            if tranche.principal.is_open:  # falls due as cash comes: unpaid at the end only
                unpaid[:, : periods - 1] = 0
            rows[f"{tranche.id}_shortfall"] = (lacking + unpaid).max(axis=1)
            rows[f"{tranche.id}_wal"] = mean_time(principal.astype(np.float64), days)
    enforced = runs["enforced"][:, :periods] > 0
    rows["enforced_periods"] = enforced.sum(axis=1).astype(np.int64)
    rows["enforced_years"] = _years(terms, enforced)
    for test, covenant in enumerate(terms.tests):
        ratio = runs.ratio(test)
        worst = np.fmax.reduce(ratio, axis=1) if covenant.above else np.fmin.reduce(ratio, axis=1)
        rows[f"{covenant.id}_least"] = worst
    return Outcome(rows, _tally(terms, runs, enforced), runs.path)


def years_of(terms: DealTerms) -> list[int]:
    """The calendar years in which periods begin; a period counts towards the year of its first day."""
    return sorted({each.year for each in _starts(terms)})


def _periods_in(terms: DealTerms) -> dict[int, list[int]]:
    """The places of the periods of each year."""
    return {year: [at for at, day in enumerate(_starts(terms)) if day.year == year] for year in years_of(terms)}


def lock_ups(terms: DealTerms) -> list[int]:
    """The tests whose failing keeps cash back: those of a trap."""
    traps = {rung.test for rung in terms.rungs if rung.kind is RungKind.TRAP and rung.test is not None}
    return sorted(traps)


def _starts(terms: DealTerms) -> list[date]:
    return [terms.closing, *terms.accrual_dates[:-1]]


def _lacking(due: Column, paid: Column) -> Column:
    found: Column = np.maximum(due - paid, 0)
    return found


def _years(terms: DealTerms, enforced: NDArray[np.bool_]) -> Column:
    """Time in enforcement, in years of 365 days."""
    days = np.zeros(len(enforced), np.int64)
    for at, (start, end) in enumerate(zip(_starts(terms), terms.accrual_dates, strict=True)):
        days = days + enforced[:, at] * (end - start).days
    return days / YEAR


def _tally(terms: DealTerms, runs: Runs, enforced: NDArray[np.bool_]) -> Tally:
    periods, tests = terms.periods, len(terms.tests)
    ratios = np.zeros((tests, periods, BINS), np.int64)
    failing = runs["passes_needed"][:, :periods] > 0
    traps = failing | (runs["missing"][:, :periods] > 0)
    for test in range(tests):
        ratio, made = runs.ratio(test), runs["made"][:, :periods, test] != 0
        bins = np.clip(np.floor(np.where(made, ratio, 0) * BIN), 0, BINS - 1).astype(np.int64)
        for period in range(periods):
            ratios[test, period] = np.bincount(bins[made[:, period], period], minlength=BINS)
    inside = _periods_in(terms).values()
    return Tally(
        runs.count,
        ratios,
        failing.sum(axis=0).T.astype(np.int64),
        enforced.sum(axis=0).astype(np.int64),
        np.stack([traps[:, at].any(axis=1).sum(axis=0) for at in inside], axis=1).astype(np.int64),
        np.array([enforced[:, at].any(axis=1).sum() for at in inside], np.int64),
    )
