"""A pool of thousands of small assets that pay until they default; common shocks make defaults come together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penstock.model.units import WAD
from penstock.revenue.drawn import CENTS, Drawn, Over, Series, Shifts
from penstock.revenue.draws import WORDS, Central, Draws
from penstock.revenue.elementary import Floats, lognormal, normal_quantile, power
from penstock.revenue.months import MONTHS_A_YEAR, Months
from penstock.revenue.schema import PoolFile

MARKET, REGION, OFFTAKER, ASSET = 401, 402, 403, 404  # streams
_ELEMENTS = 1 << 16  # of an array, which then stays in the processor's cache


@dataclass(frozen=True, slots=True)
class Asset:
    """One line of a tape. due : whole coins a month."""

    due: int
    region: int
    offtaker: int


def concentration(keys: Sequence[Hashable], amounts: Sequence[int]) -> int:
    """
    The Herfindahl-Hirschman index of amounts by key, in wad: each share is rounded down, and the sum of squares too.
    """
    total = sum(amounts)
    sums: dict[Hashable, int] = {}
    for key, amount in zip(keys, amounts, strict=True):
        sums[key] = sums.get(key, 0) + amount
    return sum((each * WAD // total) ** 2 for each in sums.values()) // WAD


def largest(keys: Sequence[Hashable], amounts: Sequence[int]) -> int:
    """The largest share of a key, in wad, rounded down."""
    sums: dict[Hashable, int] = {}
    for key, amount in zip(keys, amounts, strict=True):
        sums[key] = sums.get(key, 0) + amount
    return max(sums.values()) * WAD // sum(amounts)


@dataclass(frozen=True)
class _Shocks:
    """Shocks of groups, shape (groups, scenarios), and the group of each asset."""

    of_group: Floats
    places: NDArray[np.intp]

    def __getitem__(self, assets: slice) -> Floats:
        """Of some assets, shape (assets, scenarios)."""
        found: Floats = self.of_group[self.places[assets]]
        return found


@dataclass(frozen=True)
class Pool:
    """file : its parameters. assets : of the tape, in its order."""

    file: PoolFile
    assets: tuple[Asset, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        return ("price", "default", "recovery")

    @property
    def series(self) -> tuple[str, ...]:
        return ("performing", "loss", "defaulted", "recovered")

    def draw(self, months: Months, draws: Draws, shifts: Shifts) -> Drawn:
        scenarios, count = draws.scenarios, months.count
        lost, market = self._defaults(months, draws, shifts)
        pool = self.file.pool
        rates = [CENTS * power(1 + pool.escalation, months.age(at)) * shifts.of("price", at) for at in range(count)]
        dues = sum(each.due for each in self.assets)
        performing = dues - np.cumsum(lost, axis=1)  # whole coins of dues a month that still pay
        price = self._price(draws, market)
        runs = min(pool.months, count)
        cents = np.zeros((scenarios, count), np.int64)
        rows = {name: np.zeros((scenarios, count)) for name in self.series}
        back = np.zeros((scenarios, count + pool.recovery_months + 1))
        for at in range(count):
            if at < runs:
                rate = int(rates[at] * (1 - pool.cost) + 0.5)
                cents[:, at] = performing[:, at] * rate
                claim = lost[:, at] * float(pool.months - at)  # all that a lease would still have paid
                part = np.minimum(price * (pool.recovery * shifts.of("recovery", at)), 1.0)
                back[:, at + pool.recovery_months] += np.floor(claim * part * rates[at])
                rows["loss"][:, at] = claim * (1 - part) * (rates[at] / CENTS)
                rows["performing"][:, at] = (
                    performing[:, at] * self._annuity(pool.months - at - 1) * (rates[at] / CENTS)
                )
            cents[:, at] += back[:, at].astype(np.int64)
            rows["recovered"][:, at] = back[:, at] / CENTS
            rows["defaulted"][:, at] = (dues - performing[:, at]) / dues
        over = {"performing": Over.LAST, "defaulted": Over.LAST}
        return Drawn(months, cents, {name: Series(rows[name], over.get(name, Over.SUM)) for name in self.series})

    def facts(self, months: Months) -> tuple[tuple[str, str], ...]:
        dues = [each.due for each in self.assets]
        keys: dict[str, Sequence[Hashable]] = {
            "asset": range(len(dues)),
            "region": [each.region for each in self.assets],
            "offtaker": [each.offtaker for each in self.assets],
        }
        spread = tuple(
            (
                f"concentration by {name}",
                f"HHI {concentration(of, dues) / WAD:.6f}, largest {largest(of, dues) * 10_000 // WAD / 100:.2f} %",
            )
            for name, of in keys.items()
        )
        return (("assets", f"{len(dues):,}, due {sum(dues):,} a month"), *spread)

    def _defaults(self, months: Months, draws: Draws, shifts: Shifts) -> tuple[np.ndarray, Floats]:
        """
        Dues of assets that default in each month, in whole coins, shape (scenarios, months), and the market's shock.

        A Gaussian copula: an asset defaults in the month whose cumulative default rate its variable falls below; the
        variable is made of the market's shock, its region's, its offtaker's and one of its own (Li, 2000).
        """
        shocks, scenarios = self.file.shocks, draws.scenarios
        market = draws.normal(MARKET, 0)
        common = market * shocks.market**0.5
        regions = self._shared(draws, REGION, [each.region for each in self.assets], shocks.region)
        offtakers = self._shared(draws, OFFTAKER, [each.offtaker for each in self.assets], shocks.offtaker)
        shared = 0.0 if isinstance(draws, Central) else shocks.market + shocks.region + shocks.offtaker
        own = (1 - shared) ** 0.5
        thresholds = self._thresholds(months, shifts)
        lost = np.zeros(scenarios * months.count, np.int64)
        dues = np.array([each.due for each in self.assets])
        chunk = WORDS * max(1, _ELEMENTS // scenarios // WORDS)
        for first in range(0, len(dues), chunk):
            steps = range(first // WORDS, -(-min(first + chunk, len(dues)) // WORDS))
            here = slice(first, min(first + chunk, len(dues)))
            uniform = np.concatenate([draws.members(ASSET, step) for step in steps])[: here.stop - first]
            value = normal_quantile(uniform) * own + common + regions[here] + offtakers[here]
            asset, scenario = np.nonzero(value < thresholds[-1])
            month = np.searchsorted(thresholds, value[asset, scenario], side="right")
            np.add.at(lost, scenario * months.count + month, dues[here][asset])
        return lost.reshape(scenarios, months.count), market

    def _shared(self, draws: Draws, stream: int, keys: Sequence[int], weight: float) -> _Shocks:
        """The shock of each asset's region, or of its offtaker."""
        numbers, places = np.unique(np.array(keys), return_inverse=True)
        return _Shocks(np.stack([draws.normal(stream, int(key)) * weight**0.5 for key in numbers]), places)

    def _thresholds(self, months: Months, shifts: Shifts) -> Floats:
        """What an asset's variable is below when it has defaulted by the end of each month; ascending."""
        monthly = 1 - power(1 - self.file.pool.default, 1 / MONTHS_A_YEAR)
        alive, cumulative = 1.0, []
        for at in range(months.count):
            alive *= 1 - min(1.0, monthly * shifts.of("default", at)) if at < self.file.pool.months else 1.0
            cumulative.append(min(max(1 - alive, 1e-15), 1 - 1e-15))
        return normal_quantile(np.array(cumulative))

    def _price(self, draws: Draws, market: Floats) -> Floats:
        """What recoveries are multiplied by, of mean one: the price at which an asset is let again."""
        shocks = self.file.shocks
        tied = shocks.price_correlation
        shock = market * tied + draws.normal(MARKET, 1) * (1 - tied * tied) ** 0.5
        return lognormal(shock, shocks.price_deviation)

    def _annuity(self, left: int) -> float:
        """What one coin a month for so many months is worth now."""
        monthly = power(1 + self.file.pool.discount, -1 / MONTHS_A_YEAR)
        return left * 1.0 if monthly == 1 else monthly * (1 - power(monthly, left)) / (1 - monthly)
