"""A test of a deal file: what it measures, and what it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile import schema
from penstock.dealfile.amounts import base_units
from penstock.dealfile.ladder import Names, any_of, suggest
from penstock.dealfile.numbers import Exact, figure_fault
from penstock.dealfile.positions import Path
from penstock.dealfile.reserve import ReserveReader
from penstock.dealfile.source import Source
from penstock.dealfile.values import METRICS, REPORTED
from penstock.model.terms import Metric, ReportField, Test, Unit
from penstock.model.units import WAD

MOST_RATIO = 1000 * WAD
LLCR_FIELD = "llcr"
"""The declared field that an LLCR is reported in."""
WORDS = {metric: word for word, metric in METRICS.items()}
OVER_PERIODS = (Metric.DSCR, Metric.IC)


@dataclass(frozen=True)
class TestReader:
    """Reads the tests of one file. fields : those of its reports."""

    __test__ = False  # pytest must not collect it

    source: Source
    deal: schema.Deal
    names: Names
    fields: Sequence[ReportField]
    held: ReserveReader

    def test(self, index: int, test: schema.CoverageTest) -> Test:
        """The test of a place in the file. Raises DealFileError."""
        path: Path = ("test", index)
        metric = METRICS.get(test.metric, Metric.REPORT)
        tranche = (
            self.names.lender(self.source, (*path, "of"), self._of(path, test, metric)) if metric.of_tranche else 0
        )
        reserve = self._reserve(path, test) if metric is Metric.RESERVE_LEVEL else 0
        if metric in (Metric.POOL_FACTOR, Metric.REPORT) and test.of is not None:
            raise self.source.error((*path, "of"), f"a test of {test.metric} is of no tranche", "no of")
        field = self._field(path, test, metric)
        if test.over is not None and metric not in OVER_PERIODS:
            words = " or ".join(WORDS[each] for each in OVER_PERIODS)
            raise self.source.error(
                (*path, "over"), f"a test of {test.metric} is of one period", f"no over, or {words}"
            )
        return Test(
            id=test.id,
            tranche=tranche,
            threshold=self._threshold(path, test, metric, field),
            cure=test.cure,
            metric=metric,
            supports=() if test.supports is None else self.held.supports(path, test.supports),
            above=test.above is not None,
            over=1 if test.over is None else test.over,
            field=field,
            reserve=reserve,
            initial=self._initial(path, test, metric),
        )

    def _of(self, path: Path, test: schema.CoverageTest, metric: Metric) -> str:
        if test.of is None:
            words = self.names.reserves if metric is Metric.RESERVE_LEVEL else self.names.lenders
            raise self.source.error((*path, "of"), "required", any_of(words, "none, because the deal has no reserve"))
        return test.of

    def _reserve(self, path: Path, test: schema.CoverageTest) -> int:
        word, reserves = self._of(path, test, Metric.RESERVE_LEVEL), self.names.reserves
        if word not in reserves:
            accepted = any_of(reserves, "none, because the deal has no reserve")
            raise self.source.error((*path, "of"), f'no reserve is "{word}"{suggest(word, reserves)}', accepted)
        return reserves.index(word)

    def _field(self, path: Path, test: schema.CoverageTest, metric: Metric) -> int:
        """The declared field that is read; 0 for none."""
        if metric not in (Metric.LLCR, Metric.REPORT):
            return 0
        word = test.metric.removeprefix(REPORTED)
        known = [each.id for each in self.fields]
        if word not in known:
            reason = f'no field of reports is "{word}"{suggest(word, known)}'
            accepted = any_of([REPORTED + each for each in known], f'a table [[field]] with id = "{word}"')
            if metric is Metric.LLCR:
                accepted = f'a table [[field]] with id = "{LLCR_FIELD}" and unit = "ratio"'
            raise self.source.error((*path, "metric"), reason, accepted)
        if metric is Metric.LLCR and self.fields[known.index(word)].unit is not Unit.RATIO:
            raise self.source.error((*path, "metric"), f'the field "{LLCR_FIELD}" is no ratio', 'unit = "ratio" there')
        return known.index(word)

    def _threshold(self, path: Path, test: schema.CoverageTest, metric: Metric, field: int) -> int:
        if test.below is not None and test.above is not None:
            raise self.source.error((*path, "above"), "not allowed together with below", "one of below, above")
        key = "below" if test.above is None else "above"
        value = test.below if test.above is None else test.above
        if value is None:
            raise self.source.error((*path, "below"), "the threshold is missing", "one of below, above")
        unit = self.fields[field].unit if metric is Metric.REPORT else Unit.RATIO
        if metric is not Metric.REPORT:
            return self._ratio((*path, key), value, key)
        return self._figure((*path, key), value, key, self.fields[field].places(self.deal.decimals), unit)

    def _ratio(self, path: Path, value: Exact, key: str) -> int:
        wad = value.scaled(18)
        if wad is None:
            raise self.source.error(path, f"{value.places} decimals", "at most 18 decimals")
        if not (wad > 0 or key == "above") or wad > MOST_RATIO:
            self.source.refuse(path, "out of range", f"a ratio {_least(key)}, at most 1000")
        return wad

    def _figure(self, path: Path, value: Exact, key: str, places: int, unit: Unit) -> int:
        """What a reported field is compared with, in the field's unit."""
        fault = figure_fault(value, places)
        if fault:
            decimals = f"at most {places} decimals" if places else "a whole number"
            raise self.source.error(path, fault, decimals if value.scaled(places) is None else "less than 2^96 units")
        found = value.scaled(places)
        assert found is not None
        if not found and key == "below":
            what = {Unit.AMOUNT: "an amount", Unit.RATIO: "a ratio", Unit.COUNT: "a whole number"}[unit]
            self.source.refuse(path, "nothing is ever below 0", f"{what} above 0")
        return found

    def _initial(self, path: Path, test: schema.CoverageTest, metric: Metric) -> int:
        accepted = "the asset value that the pool factor is a part of, an amount above 0"
        if metric is not Metric.POOL_FACTOR:
            if test.initial is not None:
                raise self.source.error((*path, "initial"), "only for pool_factor", "no initial, or pool_factor")
            return 0
        if test.initial is None:
            raise self.source.error((*path, "initial"), "required", accepted)
        found = base_units(self.source, (*path, "initial"), test.initial, self.deal.decimals)
        if not found:
            self.source.refuse((*path, "initial"), "no part of nothing", accepted)
        return found


def _least(key: str) -> str:
    return "above 0" if key == "below" else "of 0 or more"
