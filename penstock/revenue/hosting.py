"""A hall of GPUs: contracts that are renewed, end or fail; the rest is let by the hour, ever cheaper with age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penstock.revenue.drawn import Drawn, Over, Series, Shifts, to_cents
from penstock.revenue.draws import Draws
from penstock.revenue.elementary import Floats, exp, lognormal, power
from penstock.revenue.months import MONTHS_A_YEAR, Months
from penstock.revenue.schema import Contract, HostingFile

PRICE, USE, OUTAGE, POWER, CUSTOMER = 201, 202, 203, 204, 1000  # streams; customer i has 1000 + i
_KW_A_MW = 1000


class _Let:
    """One contract in every scenario: whether it is in force, its price, and the months it still has."""

    def __init__(self, contract: Contract, stream: int, scenarios: int) -> None:
        self.contract, self.stream = contract, stream
        self.price = np.full(scenarios, contract.price)
        self.left = np.full(scenarios, contract.months, np.int64)
        self.hazard = 1 - power(1 - contract.default, 1 / MONTHS_A_YEAR) if contract.default < 1 else 1.0
        self.recovered = np.zeros(scenarios)
        self.failed = np.zeros(scenarios, bool)

    def step(self, draws: Draws, at: int, market: Floats, shift: float, hours: float) -> tuple[Floats, Floats]:
        """
        One month: rent billed before availability, and what a failed customer leaves unpaid, in coins. A contract that
        has run out is renewed at the market's price or its own, whichever is lower, or ends. `recovered` is then what
        a failure brings in the month after.
        """
        contract, chance = self.contract, draws.uniforms(self.stream, at)
        ended = (self.left == 0) & ~self.failed
        renewed = ended & (chance[0] < contract.renewal)
        self.left = np.where(renewed, contract.renewal_months, self.left)
        self.price = np.where(renewed, np.minimum(market, self.price), self.price)
        in_force = self.left > 0
        fails = in_force & (chance[1] < min(1.0, self.hazard * shift))
        rent = self.price * (contract.gpus * contract.hours * hours)
        owed = rent * self.left
        unpaid = np.where(fails, rent, 0.0)
        billed = np.where(in_force, rent, 0.0)
        self.recovered = np.where(fails, owed * contract.recovery, 0.0)
        self.failed = self.failed | fails
        self.left = np.where(fails, 0, np.maximum(self.left - 1, 0))
        return billed, unpaid

    def still_owed(self, hours: float) -> Floats:
        """What the contract has to pay from the next month on, less its haircut."""
        rent = self.price * (self.contract.gpus * self.contract.hours * hours)
        return rent * self.left * (1 - self.contract.haircut)


@dataclass(frozen=True)
class Hosting:
    """file : its parameters."""

    file: HostingFile

    @property
    def inputs(self) -> tuple[str, ...]:
        return ("price", "utilisation", "default", "power", "availability")

    @property
    def series(self) -> tuple[str, ...]:
        return ("contracted", "delinquency", "power_cost", "availability", "gpu_hours", "price")

    def draw(self, months: Months, draws: Draws, shifts: Shifts) -> Drawn:
        fleet, market, scenarios = self.file.fleet, self.file.market, draws.scenarios
        lets = [_Let(each, CUSTOMER + at, scenarios) for at, each in enumerate(self.file.contract)]
        rows = {name: np.zeros((scenarios, months.count)) for name in self.series}
        coins = np.zeros((scenarios, months.count))
        walk, dear = np.zeros(scenarios), np.ones(scenarios)
        monthly = market.deviation / MONTHS_A_YEAR**0.5
        for at in range(months.count):
            hours = 24.0 * months.days(at)
            walk = walk + draws.normal(PRICE, at) * monthly
            aged = power(1 - market.decline, at / MONTHS_A_YEAR) if market.decline < 1 else float(at == 0)
            price = exp(walk) * (market.price * aged * shifts.of("price", at))
            if at == 0 or months.month_of(at) == 1:
                dear = lognormal(draws.normal(POWER, months.age(at)), self.file.power.deviation)
            here = self._available(draws, at, shifts.of("availability", at))
            rent, unpaid, back = np.zeros(scenarios), np.zeros(scenarios), np.zeros(scenarios)
            used, free = np.zeros(scenarios), np.full(scenarios, float(fleet.gpus))
            owed = np.zeros(scenarios)
            for let in lets:
                back = back + let.recovered
                billed, missing = let.step(draws, at, price, shifts.of("default", at), hours)
                paid = billed * shifts.of("price", at)
                rent, unpaid, owed = rent + paid, unpaid + missing, owed + let.still_owed(hours)
                gpus = np.where(billed > 0, float(let.contract.gpus), 0.0)
                used, free = used + gpus * let.contract.hours, free - gpus
            usual = market.utilisation * shifts.of("utilisation", at)
            busy = np.minimum(lognormal(draws.normal(USE, at), market.utilisation_deviation) * usual, 1.0)
            spot = np.maximum(free, 0.0) * busy
            billed_here = (rent - unpaid + spot * price * hours) * here
            mwh = (used + spot) * (fleet.kw * fleet.pue * hours / _KW_A_MW) * here
            tariff = self.file.power.price * power(1 + self.file.power.growth, months.age(at)) * shifts.of("power", at)
            cost = mwh * dear * tariff
            sign = {"project": -1.0, "deal": 0.0, "tenant": 1.0}[self.file.power.paid_by]
            coins[:, at] = billed_here + back + cost * sign
            rows["contracted"][:, at], rows["power_cost"][:, at], rows["availability"][:, at] = owed, cost, here
            rows["delinquency"][:, at] = np.divide(unpaid, rent, out=np.zeros(scenarios), where=rent > 0)
            rows["gpu_hours"][:, at], rows["price"][:, at] = (used + spot) * hours * here, price
        over = {"power_cost": Over.SUM, "gpu_hours": Over.SUM, "availability": Over.MEAN}
        series = {name: Series(values, over.get(name, Over.LAST)) for name, values in rows.items()}
        return Drawn(months, to_cents(coins), series)

    def facts(self, months: Months) -> tuple[tuple[str, str], ...]:
        fleet, contracted = self.file.fleet, sum(each.gpus for each in self.file.contract)
        return (
            ("GPUs", f"{fleet.gpus:,}, {contracted:,} of them contracted at first"),
            ("power, all in use", f"{fleet.gpus * fleet.kw * fleet.pue / _KW_A_MW:,.2f} MW at the meter"),
            (
                "market price",
                f"{self.file.market.price:,.2f} a GPU-hour, {self.file.market.decline:.0%} less each year",
            ),
        )

    def _available(self, draws: Draws, at: int, shift: float) -> Floats:
        fleet = self.file.fleet
        usual = np.full(draws.scenarios, min(1.0, fleet.availability * shift))
        if not fleet.outages_a_year:
            return usual
        out = draws.uniforms(OUTAGE, at)[0] < fleet.outages_a_year / MONTHS_A_YEAR
        return np.where(out, usual * (1 - fleet.outage_share), usual)
