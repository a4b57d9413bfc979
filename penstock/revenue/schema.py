"""The keys of a revenue model's file: what each is and takes. What they mean: docs/STRESS.md."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from penstock.dealfile import values
from penstock.dealfile.errors import Literally
from penstock.dealfile.schema import Table
from penstock.dealfile.values import Kind, refuse

MOST_MONTHS = 1200
HOURS = 24


def number(low: float, high: float, words: str) -> Kind:
    """A decimal number between two others, as TOML has it. words : what it is."""
    accepted = f"{words} from {low:,g} to {high:,g}"

    def parse(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float | Literally):
            refuse("not a number", accepted)
        try:
            found = float(value.text.replace("_", "")) if isinstance(value, Literally) else float(value)
        except OverflowError:
            refuse("out of range", accepted)
        if not low <= found <= high:  # also for nan
            refuse("out of range", accepted)
        return found

    return Kind(accepted, {"type": "number", "minimum": low, "maximum": high}, parse)


def _month(value: Any) -> date:
    accepted = "the first day of a month without quotes, 2026-01-01"
    if not isinstance(value, date) or hasattr(value, "hour") or value.day != 1:
        refuse("not the first day of a month", accepted)
    return value


def _report(value: Any) -> str | float:
    accepted = 'the name of a series of the model, "availability", or a number'
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Literally):
        refuse("neither a series nor a number", accepted)
    return float(value.text if isinstance(value, Literally) else value)


Share = Annotated[float, number(0, 1, "a part of one")]
Rate = Annotated[float, number(-0.99, 10, "a rate a year")]
Deviation = Annotated[float, number(0, 3, "a standard deviation of the logarithm")]
Price = Annotated[float, number(0, 1e12, "a price")]
Quantity = Annotated[float, number(0, 1e15, "a quantity")]
Positive = Annotated[float, number(1e-12, 1e20, "a quantity")]
Factor = Annotated[float, number(0, 100, "a factor")]
Correlation = Annotated[float, number(0, 0.99, "a correlation")]
Count = Annotated[int, values.whole(0, MOST_MONTHS, f"a whole number of months from 0 to {MOST_MONTHS:,}")]
Month = Annotated[date, Kind("the first day of a month without quotes, 2026-01-01", {}, _month)]
Text = Annotated[str, values.text_of(2000, "text on one line", spaces=True)]
Report = Annotated[str | float, Kind('the name of a series, "availability", or a number', {}, _report)]
FileName = Annotated[str, Kind("the name of a file beside this one, in quotes")]


class About(Table):
    """Who wrote the model from what, so that a stranger can judge it."""

    name: Annotated[str, values.text_of(64, "1 to 64 bytes of text on one line", spaces=True)]
    kind: str
    asset: values.Symbol
    start: Month
    months: Annotated[int, values.whole(1, MOST_MONTHS, f"a whole number of months from 1 to {MOST_MONTHS:,}")]
    source: Annotated[str, Kind("text: where the figures come from")]
    units: Annotated[str, Kind("text: what the figures are measured in")]
    calibration: Annotated[str, Kind("text: how the spread was chosen, and what it was compared with")]


class ModelFile(Table):
    model: Annotated[About, Kind("one table [model]")]
    reports: Annotated[dict[str, Report], Kind("a table [reports]: field = series")] = Field(default_factory=dict)


class Energy(Table):
    """One of `typical`, `weather` with [plant], and `measured`."""

    typical: FileName | None = None
    weather: FileName | None = None
    measured: FileName | None = None
    scale: Annotated[float, number(1e-6, 1e6, "a factor")] = 1.0
    degradation: Share = 0.005
    availability: Share = 0.985
    outages_a_year: Annotated[float, number(0, 12, "a number a year")] = 0.0
    outage_months: Annotated[int, values.whole(1, 24, "a whole number of months from 1 to 24")] = 1
    outage_share: Share = 0.5
    curtailment: Share = 0.0
    curtailment_deviation: Deviation = 0.0


class Sky(Table):
    annual: Deviation | None = None
    monthly: Annotated[list[Deviation], Kind("a list of one or twelve deviations", {"minItems": 1, "maxItems": 12})]


class PowerPrice(Table):
    first: Price
    years: Annotated[int, values.whole(1, 100, "a whole number of years from 1 to 100")] = 100
    escalation: Rate = 0.0
    cap: Price | None = None
    take_or_pay: Share = 0.0
    most: Factor | None = None


class Merchant(Table):
    price: Price
    growth: Rate = 0.0
    deviation: Deviation = 0.0


class Plant(Table):
    """A fixed-tilt plant; parts are named as in the CEC libraries of pvlib."""

    module: str
    inverter: str
    modules_per_string: Annotated[int, values.whole(1, 100, "a whole number from 1 to 100")]
    strings_per_inverter: Annotated[int, values.whole(1, 100_000, "a whole number from 1 to 100,000")]
    inverters: Annotated[int, values.whole(1, 10_000, "a whole number from 1 to 10,000")]
    tilt: Annotated[float, number(0, 90, "degrees")]
    azimuth: Annotated[float, number(0, 360, "degrees")] = 180.0
    albedo: Share = 0.2
    export_limit_kw: Positive
    dc_losses: Share
    ac_losses: Share


class SolarFile(ModelFile):
    energy: Annotated[Energy, Kind("one table [energy]")]
    weather: Annotated[Sky, Kind("one table [weather]")]
    price: Annotated[PowerPrice, Kind("one table [price]")]
    merchant: Annotated[Merchant | None, Kind("one table [merchant]")] = None
    plant: Annotated[Plant | None, Kind("one table [plant]")] = None


class Fleet(Table):
    gpus: Annotated[int, values.whole(1, 100_000_000, "a whole number from 1 to 100,000,000")]
    kw: Positive
    pue: Annotated[float, number(1, 3, "a ratio")] = 1.25
    availability: Share = 0.99
    outages_a_year: Annotated[float, number(0, 12, "a number a year")] = 0.0
    outage_share: Share = 0.05


class Market(Table):
    price: Price
    decline: Share
    deviation: Deviation = 0.0
    utilisation: Share
    utilisation_deviation: Deviation = 0.0


class Contract(Table):
    customer: values.Name
    gpus: Annotated[int, values.whole(1, 100_000_000, "a whole number from 1 to 100,000,000")]
    price: Price
    hours: Share = 1.0
    months: Count
    renewal: Share = 0.0
    renewal_months: Annotated[int, values.whole(1, MOST_MONTHS, f"a whole number from 1 to {MOST_MONTHS:,}")] = 12
    default: Share = 0.0
    recovery: Share = 0.0
    haircut: Share = 0.0


class Power(Table):
    price: Price
    growth: Rate = 0.0
    deviation: Deviation = 0.0
    paid_by: Annotated[str, values.one_of({"project": "project", "deal": "deal", "tenant": "tenant"})]


class HostingFile(ModelFile):
    fleet: Annotated[Fleet, Kind("one table [fleet]")]
    market: Annotated[Market, Kind("one table [market]")]
    contract: Annotated[list[Contract], Kind("tables [[contract]]")] = Field(default_factory=list)
    power: Annotated[Power, Kind("one table [power]")]


class Coin(Table):
    price: Price
    growth: Rate = 0.0
    deviation: Deviation
    height: Annotated[int, values.whole(0, 20_000_000, "a height of a block from 0 to 20,000,000")]
    fees: Quantity = 0.05


class Network(Table):
    difficulty: Positive
    spend: Annotated[float, number(0.01, 2, "miners' spend as a part of their reward")] = 0.8
    efficiency: Positive
    power_price: Positive
    efficiency_gain: Share = 0.15
    response: Share = 0.2
    deviation: Deviation = 0.0


class Machines(Table):
    hashrate: Quantity
    efficiency: Positive
    uptime: Share = 0.97
    pool_fee: Share = 0.0
    start_hours: Annotated[float, number(0, 24, "hours")] = 0.0


class Grid(Table):
    price: Price
    growth: Rate = 0.0
    deviation: Deviation = 0.0
    demand: Price = 0.0
    paid_by: Annotated[str, values.one_of({"project": "project", "deal": "deal"})] = "project"


class TypicalDay(Table):
    days: Annotated[float, number(0, 366, "days a year")]
    curtailment: Price = 0.0
    prices: Annotated[
        list[Factor], Kind("24 factors of the mean price, one an hour", {"minItems": HOURS, "maxItems": HOURS})
    ]


class Conversion(Table):
    month: Month
    share: Share
    downtime: Annotated[int, values.whole(0, 60, "a whole number of months from 0 to 60")]
    capex: Price
    reusable: Share
    hosting: Price
    hosting_deviation: Deviation = 0.0
    ramp_hours: Annotated[float, number(0, 24, "hours")] = 0.0
    interruptible: bool = False


class Attack(Table):
    share: Annotated[float, number(0.5, 1, "a part of all hash rate")] = 0.5
    premium: Factor = 1.0


class MiningFile(ModelFile):
    coin: Annotated[Coin, Kind("one table [coin]")]
    network: Annotated[Network, Kind("one table [network]")]
    machines: Annotated[Machines, Kind("one table [machines]")]
    grid: Annotated[Grid, Kind("one table [grid]")]
    day: Annotated[list[TypicalDay], Kind("tables [[day]]")] = Field(default_factory=list)
    conversion: Annotated[Conversion | None, Kind("one table [conversion]")] = None
    attack: Annotated[Attack, Kind("one table [attack]")] = Field(default_factory=Attack)


class Pool(Table):
    tape: FileName
    months: Annotated[int, values.whole(1, MOST_MONTHS, f"a whole number from 1 to {MOST_MONTHS:,}")]
    default: Share
    recovery: Share
    recovery_months: Annotated[int, values.whole(0, 120, "a whole number of months from 0 to 120")] = 12
    cost: Share = 0.0
    escalation: Rate = 0.0
    discount: Rate = 0.08


class Shocks(Table):
    market: Correlation = 0.0
    region: Correlation = 0.0
    offtaker: Correlation = 0.0
    price_deviation: Deviation = 0.0
    price_correlation: Annotated[float, number(-0.99, 0.99, "a correlation")] = 0.0


class PoolFile(ModelFile):
    pool: Annotated[Pool, Kind("one table [pool]")]
    shocks: Annotated[Shocks, Kind("one table [shocks]")] = Field(default_factory=Shocks)


FILES: dict[str, type[ModelFile]] = {
    "solar": SolarFile,
    "hosting": HostingFile,
    "mining": MiningFile,
    "pool": PoolFile,
}
"""By the kind of the model."""
