"""A solar plant and its power purchase agreement: energy by month from a typical year, and what it is paid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.revenue.drawn import Cents, Drawn, Over, Series, Shifts
from penstock.revenue.draws import Draws
from penstock.revenue.elementary import Floats, exp, lognormal, power
from penstock.revenue.months import MONTHS_A_YEAR, Months
from penstock.revenue.schema import SolarFile

SKY_OF_YEAR, SKY_OF_MONTH, OUTAGE, CURTAILED, MERCHANT = 101, 102, 103, 104, 105  # streams
_KWH_A_MWH = 1000
_FEBRUARY = 2


@dataclass(frozen=True)
class Solar:
    """
    file : its parameters. typical : kWh of the twelve months of a usual year, as new and always available.
    annual : the deviation between years. where : where the energy comes from, for people.
    """

    file: SolarFile
    typical: tuple[int, ...]
    annual: float
    where: str

    @property
    def inputs(self) -> tuple[str, ...]:
        return ("price", "yield", "availability")

    @property
    def series(self) -> tuple[str, ...]:
        return ("energy_mwh", "availability", "price")

    def draw(self, months: Months, draws: Draws, shifts: Shifts) -> Drawn:
        shape = (draws.scenarios, months.count)
        cents: Cents = np.zeros(shape, np.int64)
        energy, available, prices = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        out = np.zeros(draws.scenarios, np.int64)  # months for which a part of the plant is still out
        walk, of_year = np.zeros(draws.scenarios), np.ones(draws.scenarios)
        for at in range(months.count):
            age = months.age(at)
            if at == 0 or months.month_of(at) == 1:
                of_year = lognormal(draws.normal(SKY_OF_YEAR, age), self.annual)
                if self.file.merchant and self.file.merchant.deviation:
                    deviation = self.file.merchant.deviation
                    walk = walk + draws.normal(MERCHANT, age) * deviation
            out = self._outages(draws, at, out)
            usual = min(1.0, self.file.energy.availability * shifts.of("availability", at))
            here = np.where(out > 0, usual * (1 - self.file.energy.outage_share), usual)
            sky = of_year * lognormal(draws.normal(SKY_OF_MONTH, at), self._monthly(months.month_of(at)))
            made = self._as_new(months, at) * sky * shifts.of("yield", at) * here * (1 - self._curtailed(draws, at))
            kwh = np.floor(made).astype(np.int64)
            price = self._price(at, age, walk, shifts.of("price", at))
            cents[:, at] = self._billed(kwh, months, at) * price // _KWH_A_MWH
            energy[:, at], available[:, at], prices[:, at] = kwh / _KWH_A_MWH, here, price / 100
        return Drawn(
            months,
            cents,
            {
                "energy_mwh": Series(energy, Over.SUM),
                "availability": Series(available, Over.MEAN),
                "price": Series(prices, Over.LAST),
            },
        )

    def facts(self, months: Months) -> tuple[tuple[str, str], ...]:
        year = sum(self.typical) * self.file.energy.scale / _KWH_A_MWH
        return (
            ("energy", self.where),
            ("a usual year, as new", f"{year:,.0f} MWh always available"),
            ("spread of years", f"{self.annual * 100:.2f} % (deviation of the logarithm)"),
        )

    def _outages(self, draws: Draws, at: int, out: np.ndarray) -> np.ndarray:
        """Months for which a failure still lasts, the present one included."""
        rate = self.file.energy.outages_a_year
        if not rate:
            return out
        begins = draws.uniforms(OUTAGE, at)[0] < rate / MONTHS_A_YEAR
        return np.where(begins, self.file.energy.outage_months, np.maximum(out - 1, 0))

    def _monthly(self, month: int) -> float:
        deviations = self.file.weather.monthly
        return deviations[month - 1] if len(deviations) == MONTHS_A_YEAR else deviations[0]

    def _curtailed(self, draws: Draws, at: int) -> Floats | float:
        usual, deviation = self.file.energy.curtailment, self.file.energy.curtailment_deviation
        if not usual or not deviation:
            return usual
        return np.minimum(usual * lognormal(draws.normal(CURTAILED, at), deviation), 1.0)

    def _as_new(self, months: Months, at: int) -> float:
        """kWh of a usual month, aged, always available. The typical February has 28 days."""
        month = months.month_of(at)
        length = months.days(at) / 28 if month == _FEBRUARY else 1.0
        aged = power(1 - self.file.energy.degradation, months.age(at)) if self.file.energy.degradation < 1 else 0.0
        return self.typical[month - 1] * self.file.energy.scale * length * aged

    def _price(self, at: int, age: int, walk: Floats, shift: float) -> Cents:
        """Hundredths of a coin a MWh, rounded half up: the contract's price, and after it the market's."""
        terms = self.file.price
        if at < terms.years * MONTHS_A_YEAR:
            raised = terms.first * power(1 + terms.escalation, age)
            capped = min(raised, terms.cap) if terms.cap is not None else raised
            return np.full(walk.shape, int(capped * shift * 100 + 0.5), np.int64)
        market = self.file.merchant
        if market is None:
            return np.zeros(walk.shape, np.int64)
        usual = market.price * power(1 + market.growth, age) * shift * 100
        return np.floor(usual * exp(walk) + 0.5).astype(np.int64)

    def _billed(self, kwh: Cents, months: Months, at: int) -> Cents:
        """kWh billed: at least the part of a usual month that the buyer takes or pays, at most what it has to take."""
        terms, energy = self.file.price, self.file.energy
        if at >= terms.years * MONTHS_A_YEAR:
            return kwh
        usual = self._as_new(months, at) * energy.availability * (1 - energy.curtailment)
        most = kwh if terms.most is None else np.minimum(kwh, int(usual * terms.most))
        return np.maximum(most, int(usual * terms.take_or_pay))
