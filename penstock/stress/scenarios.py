"""A revenue model's months as a deal's periods: collections in base units, and what its reports say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.errors import PenstockError
from penstock.format import exact_money
from penstock.model.terms import DealTerms, Unit
from penstock.revenue.drawn import CENTS, Drawn, Over, Series
from penstock.revenue.file import Model
from penstock.revenue.months import periods_of
from penstock.simulate import Scenarios, scenarios

CENT_PLACES = 2
LOSS, ASSET_VALUE = "loss", "asset_value"
_WAD_A_MILLIONTH = 10**12
_MOST_INT64 = 2**63 - 1


class AnotherAsset(PenstockError):
    """A model of revenue in another asset than the deal's."""

    def __init__(self, model: str, found: str, asset: str) -> None:
        super().__init__(f"{model}: revenue in {found}, and the deal is paid in {asset}; accepted: a model in {asset}")


class TooMuchCash(PenstockError):
    """A scenario that collects more than the deal takes in its life."""

    def __init__(self, scenario: int, collected: int, terms: DealTerms) -> None:
        most = exact_money(terms.max_amount - terms.opening, terms.decimals)
        super().__init__(
            f"scenario {scenario:,} collects {exact_money(collected, terms.decimals)}, more than the deal takes in its "
            f"life; accepted: at most {most}; lifetime_cash in the deal file, or a smaller --scale"
        )


@dataclass(frozen=True)
class Fit:
    """
    How the months of a model fall into a deal.

    months_in : for each period the months of the model in it, by their places. reports : by figure of the deal's
    reports, the name of a series or a number. missing : figures that the deal reads and the model does not give.
    """

    months_in: tuple[tuple[int, ...], ...]
    reports: dict[str, str | float]
    missing: tuple[str, ...]

    @property
    def empty(self) -> tuple[int, ...]:
        """The periods, from 1, in which the model has no month: nothing is collected in them."""
        return tuple(at + 1 for at, months in enumerate(self.months_in) if not months)


def fit(terms: DealTerms, model: Model) -> Fit:
    """
    Raises
    ------
    AnotherAsset. PeriodsTooShort, NothingInCommon : as `periods_of`.
    """
    if model.asset != terms.asset:
        raise AnotherAsset(model.name, model.asset, terms.asset)
    places = periods_of(terms, model.months, model.name)
    months_in = tuple(tuple(at for at, each in enumerate(places) if each == period) for period in range(terms.periods))
    read = [each.id for each in terms.fields]
    read += [LOSS] * terms.write_down + [ASSET_VALUE] * terms.reads_asset_value
    given = {name: value for name, value in model.reports.items() if name in read}
    return Fit(months_in, given, tuple(name for name in read if name not in given))


def collected(terms: DealTerms, made: Fit, drawn: Drawn, scale: Fraction, first: int = 0) -> Scenarios:
    """
    What some scenarios of a model are to the deal.

    scale : what every month's collections are multiplied by, rounded down to whole cents.
    first : the number of the first scenario, for refusals.

    Raises
    ------
    TooMuchCash.
    """
    cents = _scaled(drawn.cents, scale)
    units = _units(np.stack([_sum(cents, months) for months in made.months_in], axis=1), terms.decimals)
    totals = units.astype(object).sum(axis=1)
    for at, total in enumerate(totals):
        if total > terms.max_amount - terms.opening:
            raise TooMuchCash(first + at, int(total), terms)
    unit_of = {each.id: each.unit for each in terms.fields} | {LOSS: Unit.AMOUNT, ASSET_VALUE: Unit.AMOUNT}
    reports = {
        name: _reported(drawn, made, value, unit_of[name], terms.decimals) for name, value in made.reports.items()
    }
    return scenarios(terms, units, reports)


def _scaled(cents: NDArray[np.int64], scale: Fraction) -> NDArray[Any]:
    if scale == 1:
        return cents
    fits = int(cents.max(initial=0)) * scale.numerator <= _MOST_INT64
    values: NDArray[Any] = cents if fits else cents.astype(object)
    return values * scale.numerator // scale.denominator


def _sum(values: NDArray[Any], months: Sequence[int]) -> NDArray[Any]:
    total = np.zeros(len(values), values.dtype)
    for at in months:
        total = total + values[:, at]
    return total


def _units(cents: NDArray[Any], decimals: int) -> NDArray[Any]:
    """Cents in base units of the asset; Python ints where they are too large for 64 bits."""
    if decimals < CENT_PLACES:
        return np.array(cents // 10 ** (CENT_PLACES - decimals))
    factor = 10 ** (decimals - CENT_PLACES)
    large = cents.dtype == object or int(cents.max(initial=0)) * factor > _MOST_INT64
    return np.array(cents.astype(object) * factor if large else cents * factor)


def _reported(drawn: Drawn, made: Fit, value: str | float, unit: Unit, decimals: int) -> NDArray[Any]:
    """A figure of each period, scenarios × periods, in its unit; −1 where the model has no month."""
    count = len(drawn.cents)
    columns = []
    for months in made.months_in:
        if not months:
            columns.append(np.full(count, -1, object if unit is Unit.AMOUNT else np.int64))
            continue
        figure = np.full(count, value) if isinstance(value, float) else _over(drawn.series[value], months)
        columns.append(_whole(figure, unit, decimals))
    return np.stack(columns, axis=1)


def _over(series: Series, months: Sequence[int]) -> NDArray[np.float64]:
    if series.over is Over.LAST:
        return np.array(series.values[:, months[-1]])
    total = _sum(series.values, months)
    return np.array(total / len(months) if series.over is Over.MEAN else total)


def _whole(figure: NDArray[np.float64], unit: Unit, decimals: int) -> NDArray[Any]:
    """Amounts rounded down to cents, ratios rounded to a millionth, counts rounded down."""
    if unit is Unit.AMOUNT:
        return _units(np.floor(np.maximum(figure, 0.0) * CENTS).astype(np.int64).astype(object), decimals)
    if unit is Unit.RATIO:
        millionths = np.rint(np.maximum(figure, 0.0) * 1e6).astype(np.int64)
        large = int(millionths.max(initial=0)) * _WAD_A_MILLIONTH > _MOST_INT64
        return np.array((millionths.astype(object) if large else millionths) * _WAD_A_MILLIONTH)
    return np.array(np.floor(np.maximum(figure, 0.0)).astype(np.int64))
