"""
A bitcoin mine, and its conversion to hosting: the network follows the price, the mine follows the hour's power price.

The network's hash rate tends to where miners spend a part of their reward, over months, for machines must be bought;
the difficulty follows within its bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from penstock.revenue import bitcoin
from penstock.revenue.dispatch import Use, best_day
from penstock.revenue.drawn import Drawn, Over, Series, Shifts, to_cents
from penstock.revenue.draws import Draws
from penstock.revenue.elementary import Floats, exp, log, lognormal, power
from penstock.revenue.months import MONTHS_A_YEAR, Months
from penstock.revenue.schema import HOURS, Conversion, MiningFile, TypicalDay

PRICE, NETWORK, GRID, HOST = 301, 302, 303, 304  # streams
_RETARGETS_A_MONTH = 2
_PH_DAY = 86_400 * 10**15 / 2**32
_DAYS_A_YEAR = 365.25
_KW_A_MW = 1000


@dataclass(frozen=True)
class Mining:
    """file : its parameters."""

    file: MiningFile

    @property
    def inputs(self) -> tuple[str, ...]:
        return ("price", "power", "difficulty", "hosting")

    @property
    def series(self) -> tuple[str, ...]:
        return ("hashprice", "power_cost", "mined_share", "curtailed_share", "difficulty", "price")

    @property
    def megawatts(self) -> float:
        """What the machines draw: PH/s times J/TH is kW."""
        return self.file.machines.hashrate * self.file.machines.efficiency / _KW_A_MW

    def draw(self, months: Months, draws: Draws, shifts: Shifts) -> Drawn:
        file, scenarios = self.file, draws.scenarios
        rows = {name: np.zeros((scenarios, months.count)) for name in self.series}
        coins = np.zeros((scenarios, months.count))
        walk, difficulty = np.zeros(scenarios), np.full(scenarios, file.network.difficulty)
        lacking, grid, host = np.zeros(scenarios), np.ones(scenarios), np.ones(scenarios)
        height, monthly = file.coin.height, file.coin.deviation / MONTHS_A_YEAR**0.5
        for at in range(months.count):
            years = at / MONTHS_A_YEAR
            if at == 0 or months.month_of(at) == 1:
                grid = lognormal(draws.normal(GRID, months.age(at)), file.grid.deviation)
                if file.conversion:
                    host = lognormal(draws.normal(HOST, months.age(at)), file.conversion.hosting_deviation)
            walk = walk + draws.normal(PRICE, at) * monthly
            price = exp(walk) * (file.coin.price * power(1 + file.coin.growth, years) * shifts.of("price", at))
            blocks = months.days(at) * HOURS * bitcoin.BLOCKS_AN_HOUR
            reward = self._reward(height, blocks)
            height += blocks
            difficulty = self._follow(draws, at, difficulty, price * reward, years, shifts)
            hash_price = price * (_PH_DAY * reward) / difficulty
            tariff = file.grid.price * power(1 + file.grid.growth, months.age(at)) * shifts.of("power", at)
            part, building = self._converted(months, at)
            mine = self._mine(hash_price, grid * tariff)
            earned, cost = mine[0] * (1 - part - building), mine[1] * (1 - part - building)
            if part and file.conversion:
                hosted = self._hosted(file.conversion, host * shifts.of("hosting", at), grid * tariff)
                earned, cost = earned + hosted[0] * part, cost + hosted[1] * part
            scale = self.megawatts * months.days(at)
            earned, cost = earned * scale, cost * scale + file.grid.demand * self.megawatts
            net = earned - (cost if file.grid.paid_by == "project" else 0.0) - self._capex(months, at)
            lacking = lacking + net
            coins[:, at] = np.maximum(lacking, 0.0)
            lacking = np.minimum(lacking, 0.0)  # what a month cannot pay, the next ones do before all else
            rows["hashprice"][:, at], rows["power_cost"][:, at] = hash_price, cost
            rows["mined_share"][:, at], rows["curtailed_share"][:, at] = mine[2], mine[3]
            rows["difficulty"][:, at], rows["price"][:, at] = difficulty, price
        over = {"power_cost": Over.SUM, "mined_share": Over.MEAN, "curtailed_share": Over.MEAN}
        series = {name: Series(values, over.get(name, Over.LAST)) for name, values in rows.items()}
        return Drawn(months, to_cents(coins), series)

    def facts(self, months: Months) -> tuple[tuple[str, str], ...]:
        """The first day's economics, exact to the last digit shown."""
        file = self.file
        reward = (Fraction(bitcoin.subsidy(file.coin.height), bitcoin.COIN)) + Fraction(str(file.coin.fees))
        price, efficiency = Fraction(str(file.coin.price)), Fraction(str(file.machines.efficiency))
        hash_price = bitcoin.hashprice(Fraction(str(file.network.difficulty)), reward, price)
        cost = bitcoin.hash_cost(efficiency, Fraction(str(file.grid.price)) / _KW_A_MW)
        spend = bitcoin.miners_spend(Fraction(str(file.network.spend)), reward, price)
        attack = bitcoin.attack_cost(spend, Fraction(str(file.attack.share)), Fraction(str(file.attack.premium)))
        return (
            ("machines", f"{file.machines.hashrate:,.0f} PH/s, {self.megawatts:,.2f} MW"),
            ("hashprice", f"{float(hash_price):,.4f} a PH/s and day"),
            ("power for it", f"{float(cost):,.4f} a PH/s and day"),
            ("break-even power price", f"{float(bitcoin.breakeven_power_price(hash_price, efficiency)):,.4f} a MWh"),
            ("all miners spend", f"{float(spend):,.0f} an hour"),
            ("an attack costs", f"{float(attack):,.0f} an hour, at {file.attack.share:.0%} of all hash rate"),
        )

    def _reward(self, height: int, blocks: int) -> float:
        """Bitcoins a block on average, fees included."""
        made = bitcoin.created(height + blocks) - bitcoin.created(height)
        return made / blocks / bitcoin.COIN + self.file.coin.fees

    def _follow(self, draws: Draws, at: int, difficulty: Floats, worth: Floats, years: float, shifts: Shifts) -> Floats:
        """The difficulty of a month. worth : what a block pays."""
        network = self.file.network
        efficiency = network.efficiency * (
            power(1 - network.efficiency_gain, years) if network.efficiency_gain < 1 else 0
        )
        hour = worth * (network.spend * bitcoin.BLOCKS_AN_HOUR)
        petahashes = hour / (efficiency * network.power_price / _KW_A_MW) if efficiency else hour
        aim = petahashes * (10**15 * bitcoin.BLOCK_SECONDS / 2**32) * shifts.of("difficulty", at)
        aim = aim * lognormal(draws.normal(NETWORK, at), network.deviation)
        aim = difficulty * exp(log(aim / difficulty) * network.response)
        for _ in range(_RETARGETS_A_MONTH):
            difficulty = difficulty * np.clip(aim / difficulty, 0.25, 4.0)
        return np.maximum(difficulty, 1.0)

    def _mine(self, hash_price: Floats, tariff: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """A day's earnings and cost of power of one MW that mines or is curtailed, and the shares of the hours."""
        machines = self.file.machines
        hour = hash_price * (_KW_A_MW / machines.efficiency / HOURS * machines.uptime * (1 - machines.pool_fee))
        return self._days(
            lambda prices: (Use("mine", _every_hour(hour), prices, machines.start_hours),), tariff, "mine"
        )

    def _hosted(self, conversion: Conversion, host: Floats, tariff: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """The same of one MW let to tenants, who pay for their power as it is billed."""
        hour = host * (conversion.hosting * MONTHS_A_YEAR / _DAYS_A_YEAR / HOURS)
        return self._days(
            lambda prices: (Use("host", _every_hour(hour) + prices, prices, conversion.ramp_hours),),
            tariff,
            "host",
            conversion.interruptible,
        )

    def _days(
        self, uses: Callable[[Floats], tuple[Use, ...]], tariff: Floats, main: str, may_stop: bool = True
    ) -> tuple[Floats, Floats, Floats, Floats]:
        """The mean of the typical days, by how often each comes."""
        days = self.file.day or (TypicalDay(days=1, prices=[1] * HOURS),)
        total = sum(each.days for each in days)
        sums = [np.zeros(tariff.shape) for _ in range(4)]
        for each in days:
            prices = np.array(each.prices)[:, None] * tariff[None, :]
            paid = np.full(prices.shape, each.curtailment)
            off = (Use("curtail", paid, np.zeros(prices.shape)),) if may_stop else ()
            made = best_day((*uses(prices), *off))
            part = each.days / total
            stopped = made.hours.get("curtail", np.zeros(tariff.shape))
            for at, value in enumerate((made.earned, made.cost, made.hours[main] / HOURS, stopped / HOURS)):
                sums[at] = sums[at] + value * part
        return sums[0], sums[1], sums[2], sums[3]

    def _converted(self, months: Months, at: int) -> tuple[float, float]:
        """The parts of the site that host in a month, and that are being rebuilt."""
        conversion = self.file.conversion
        if conversion is None:
            return 0.0, 0.0
        begun = at - months.index_of(conversion.month.year, conversion.month.month)
        if begun < 0:
            return 0.0, 0.0
        return (0.0, conversion.share) if begun < conversion.downtime else (conversion.share, 0.0)

    def _capex(self, months: Months, at: int) -> float:
        """What the conversion costs in a month: for each MW, less what is used again, spread over the downtime."""
        conversion = self.file.conversion
        if conversion is None:
            return 0.0
        begun = at - months.index_of(conversion.month.year, conversion.month.month)
        over = max(conversion.downtime, 1)
        whole = self.megawatts * conversion.share * conversion.capex * (1 - conversion.reusable)
        return whole / over if 0 <= begun < over else 0.0


def _every_hour(value: Floats) -> Floats:
    return np.broadcast_to(value, (HOURS, *value.shape))
