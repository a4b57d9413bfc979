"""
Makes the revenue of the Greensboro solar deal: deals/greensboro-solar.csv and deals/greensboro-drought.csv.

Two steps. `typical_year` computes, with pvlib and a real weather file, what the plant would deliver in a typical
year; it is the only part that needs pvlib and floats. `flows` turns that year into twenty years of monthly cash with
Decimal and the standard library alone, so the same typical year gives the same bytes on every machine. The typical
year is committed between the two, as deals/greensboro-typical-year.csv.

    python scripts/make_greensboro_flows.py            write the three files
    python scripts/make_greensboro_flows.py --check    compute them again, write nothing, exit 1 if a byte differs

What is assumed, and why: deals/README.md.
"""

import argparse
import calendar
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from pathlib import Path

from penstock.revenue.plant import Parts, by_month, hourly_year, read_weather

DEALS = Path(__file__).resolve().parent.parent / "deals"
TYPICAL_YEAR_FILE = "greensboro-typical-year.csv"

# Its own context: the caller's precision and rounding must not reach the bytes.
EXACT = Context(prec=40, rounding=ROUND_HALF_UP)
KWH = Decimal("1")
MWH_PER_KWH = Decimal("0.001")
CENT = Decimal("0.01")
BASIS_POINT = Decimal("0.0001")
MONTHS_PER_QUARTER = 3


# --- the plant ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plant:
    """A fixed-tilt plant of two central inverters; parts are named as in the CEC libraries of pvlib."""

    weather_file: str = "723170TYA.CSV"  # TMY3, Greensboro Piedmont Triad International Airport, NC
    module: str = "Jinko_Solar_Co___Ltd_JKM400M_72L_V"
    inverter: str = "Sungrow_Power_Supply_Co___Ltd___SG2500U__550V_"
    modules_per_string: int = 26  # 1,084 V at maximum power, 1,295 V open circuit at 25 °C: a 1,500 V string
    strings_per_inverter: int = 312
    inverters: int = 2
    tilt: float = 30.0  # degrees from horizontal
    azimuth: float = 180.0  # degrees, south
    albedo: float = 0.2  # the weather file's own albedo column is empty
    export_limit_kw: float = 5000.0  # at the point of interconnection
    # PVWatts v5 defaults, but snow 0.5 % instead of 0, and no availability, which the flows carry month by month.
    dc_losses_percent: Mapping[str, float] = field(
        default_factory=lambda: {
            "soiling": 2.0,
            "shading": 3.0,
            "snow": 0.5,
            "mismatch": 2.0,
            "wiring": 2.0,
            "connections": 0.5,
            "light-induced degradation": 1.5,
            "nameplate": 1.0,
        }
    )
    ac_losses_percent: float = 1.5  # medium-voltage transformer and collection line, after the inverter


@dataclass(frozen=True)
class TypicalMonth:
    """One month of the typical year, as new and always available."""

    month: int  # 1 … 12
    ghi_kwh_per_m2: Decimal
    plane_of_array_kwh_per_m2: Decimal
    dc_kwh: int  # after DC losses, before the inverter
    energy_kwh: int  # delivered at the meter


def typical_year(plant: Plant) -> tuple[TypicalMonth, ...]:
    """
    Computes the plant hour by hour over the typical meteorological year.

    The chain: mid-hour solar position; Perez transposition; reflection at the glass; SAPM cell temperature; CEC
    single-diode module; DC losses; Sandia inverter with its clip; transformer and line; export limit.

    Parameters
    ----------
    plant : the plant; parts by their names in pvlib's CEC libraries.

    Returns
    -------
    Twelve months, energies rounded to 1 kWh.

    Raises
    ------
    ImportError : when pvlib is not installed (`make solar` installs it).
    """
    import numpy as np
    import pvlib

    weather, site = read_weather(Path(pvlib.__file__).parent / "data" / plant.weather_file)
    parts = Parts(
        plant.module,
        plant.inverter,
        plant.modules_per_string,
        plant.strings_per_inverter,
        plant.inverters,
        plant.tilt,
        plant.azimuth,
        plant.albedo,
        plant.export_limit_kw,
        dc_kept=float(np.prod([1 - percent / 100 for percent in plant.dc_losses_percent.values()])),
        ac_kept=1 - plant.ac_losses_percent / 100,
    )
    hourly = hourly_year(weather, site, parts)
    ghi, poa, dc, energy = (by_month(each) for each in (hourly.ghi, hourly.plane, hourly.dc_kw, hourly.metered_kw))
    return tuple(
        TypicalMonth(
            month=month,
            ghi_kwh_per_m2=Decimal(f"{ghi[month] / 1000:.1f}"),
            plane_of_array_kwh_per_m2=Decimal(f"{poa[month] / 1000:.1f}"),
            dc_kwh=round(dc[month]),
            energy_kwh=round(energy[month]),
        )
        for month in range(1, 13)
    )


# --- twenty years of cash -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Contract:
    """The power purchase agreement: every metered kWh at one price, raised each 1 January."""

    first_year: int = 2026
    years: int = 20
    price_usd_per_kwh: Decimal = Decimal("0.09200")  # of the first year
    escalation: Decimal = Decimal("0.02")
    price_step: Decimal = Decimal("0.00001")  # an invoice price has five decimals


@dataclass(frozen=True)
class Weather:
    """How real years differ from the typical one: lognormal factors of mean one, drawn in a fixed order."""

    seed: int = 723170  # the station's own number, taken before looking at the result
    annual_deviation: Decimal = Decimal("0.035")  # standard deviation of the logarithm, one draw a year
    # And one draw a month on top; cloudy months vary more. Together about 4 % a year.
    monthly_deviations: tuple[Decimal, ...] = tuple(
        Decimal("0.08") if month in (11, 12, 1, 2, 3) else Decimal("0.05") for month in range(1, 13)
    )
    factor_step: Decimal = Decimal("0.0001")


YearMonth = tuple[int, int]


@dataclass(frozen=True)
class Scenario:
    """What goes wrong, month by month; a month that is not named is usual."""

    name: str
    availability: Mapping[YearMonth, Decimal]  # share of the energy the plant could deliver
    sunlight: Mapping[YearMonth, Decimal]  # multiplies the weather factor
    usual_availability: Decimal = Decimal("0.988")
    degradation: Decimal = Decimal("0.005")  # of energy, each 1 January after the first year


@dataclass(frozen=True)
class Row:
    """One month as invoiced. The two reported figures are quarter to date: of a period, SPEC §3 counts the last row."""

    date: date
    collections: Decimal  # USD, of this month
    energy_mwh: Decimal  # quarter to date
    availability: Decimal  # quarter to date, mean of the months


def months_from(first: YearMonth, values: Sequence[str]) -> dict[YearMonth, Decimal]:
    """Gives consecutive months their values."""
    year, month = first
    return {
        (year + (month - 1 + offset) // 12, (month - 1 + offset) % 12 + 1): Decimal(value)
        for offset, value in enumerate(values)
    }


BASE = Scenario(
    name="greensboro-solar",
    availability={
        # One of the two step-up transformers fails in December: half the plant until a hired unit arrives in January.
        **months_from((2029, 12), ["0.640", "0.780"]),
        **months_from((2035, 7), ["0.940"]),  # lightning: combiner boxes replaced
        **months_from((2040, 4), ["0.900", "0.900"]),  # both inverters rebuilt at mid-life, one after the other
    },
    sunlight={},
)

DROUGHT = Scenario(
    name="greensboro-drought",
    availability={
        **BASE.availability,
        # The first inverter burns in mid-August 2031: half the plant, then a hired unit of half its size in December;
        # the new inverter starts in June 2032.
        **months_from((2031, 8), ["0.750", "0.500", "0.500", "0.500", "0.740"]),
        **months_from((2032, 1), ["0.740", "0.740", "0.740", "0.740", "0.740", "0.880"]),
        # The second one runs derated from August until it is replaced in June 2033.
        **months_from((2032, 8), ["0.840", "0.820", "0.820", "0.820", "0.820"]),
        **months_from((2033, 1), ["0.820", "0.820", "0.820", "0.840", "0.840", "0.940"]),
    },
    sunlight={
        # Wildfire smoke in the summers of 2031 and 2032, each followed by soiling until the winter rain; haze between.
        **months_from((2031, 7), ["0.860", "0.840", "0.860", "0.900", "0.940", "0.960"]),
        **months_from((2032, 1), ["0.960", "0.960", "0.960", "0.960", "0.940", "0.900"]),
        **months_from((2032, 7), ["0.860", "0.860", "0.880", "0.920", "0.940", "0.960"]),
        **months_from((2033, 1), ["0.960", "0.960", "0.960", "0.960", "0.960", "0.960"]),
    },
)

SCENARIOS = (BASE, DROUGHT)


def standard_normal(generator: random.Random) -> Decimal:
    """
    Draws a variable of mean 0 and variance 1, close to normal: twelve uniforms less six (Irwin-Hall).

    random() is the one method whose sequence Python promises to keep; gauss() may change, and a sum needs no libm.
    """
    return sum((Decimal(generator.random()) for _ in range(12)), start=Decimal(-6))


def lognormal(generator: random.Random, deviation: Decimal) -> Decimal:
    """Draws exp(deviation * normal - deviation**2 / 2), whose mean is one."""
    return (deviation * standard_normal(generator) - deviation * deviation / 2).exp()


def weather_factors(weather: Weather, contract: Contract) -> dict[YearMonth, Decimal]:
    """Draws each month's resource as a multiple of the typical month: the year first, then its twelve months."""
    with localcontext(EXACT):
        generator = random.Random(weather.seed)
        factors: dict[YearMonth, Decimal] = {}
        for year in range(contract.first_year, contract.first_year + contract.years):
            of_year = lognormal(generator, weather.annual_deviation)
            for month, deviation in enumerate(weather.monthly_deviations, start=1):
                factors[year, month] = (of_year * lognormal(generator, deviation)).quantize(weather.factor_step)
        return factors


def price(contract: Contract, year: int) -> Decimal:
    """The invoice price of a year, in USD per kWh, rounded half up to the contract's step."""
    with localcontext(EXACT):
        raised = contract.price_usd_per_kwh * (1 + contract.escalation) ** (year - contract.first_year)
        return raised.quantize(contract.price_step)


def flows(typical: Sequence[TypicalMonth], contract: Contract, weather: Weather, scenario: Scenario) -> tuple[Row, ...]:
    """
    Turns a typical year into the contract's months of cash.

    Metered kWh are a whole number, rounded once; an invoice is those kWh at the year's price, rounded once to the cent.

    Parameters
    ----------
    typical : January to December, as new and always available.
    contract : the years, the price and its escalation.
    weather : how real months differ from typical ones.
    scenario : availability, sunlight and degradation.

    Returns
    -------
    One row a month, dated its last day.
    """
    rows: list[Row] = []
    quarter_kwh, quarter_availability = Decimal(0), Decimal(0)
    with localcontext(EXACT):
        for (year, month), factor in weather_factors(weather, contract).items():
            last_day = calendar.monthrange(year, month)[1]
            availability = scenario.availability.get((year, month), scenario.usual_availability)
            sunlight = factor * scenario.sunlight.get((year, month), Decimal(1))
            aged = (1 - scenario.degradation) ** (year - contract.first_year)
            # The typical February has 28 days.
            length = Decimal(29) / 28 if (month, last_day) == (2, 29) else Decimal(1)
            metered_kwh = (typical[month - 1].energy_kwh * length * aged * sunlight * availability).quantize(KWH)

            month_of_quarter = (month - 1) % MONTHS_PER_QUARTER + 1
            if month_of_quarter == 1:
                quarter_kwh, quarter_availability = Decimal(0), Decimal(0)
            quarter_kwh += metered_kwh
            quarter_availability += availability
            rows.append(
                Row(
                    date=date(year, month, last_day),
                    collections=(metered_kwh * price(contract, year)).quantize(CENT),
                    energy_mwh=quarter_kwh * MWH_PER_KWH,
                    availability=(quarter_availability / month_of_quarter).quantize(BASIS_POINT),
                )
            )
    return tuple(rows)


# --- files --------------------------------------------------------------------------------------------------


def flows_csv(rows: Sequence[Row]) -> str:
    """Writes rows as the flows CSV of SPEC §3."""
    lines = ["date,collections,energy_mwh,availability"]
    lines += [f"{row.date},{row.collections},{row.energy_mwh},{row.availability}" for row in rows]
    return "\n".join(lines) + "\n"


TYPICAL_YEAR_HEADER = "month,ghi_kwh_per_m2,plane_of_array_kwh_per_m2,dc_kwh,energy_kwh"


def typical_year_csv(typical: Sequence[TypicalMonth]) -> str:
    """Writes the typical year, the one number from pvlib that the flows rest on."""
    lines = [TYPICAL_YEAR_HEADER]
    lines += [
        f"{month.month},{month.ghi_kwh_per_m2},{month.plane_of_array_kwh_per_m2},{month.dc_kwh},{month.energy_kwh}"
        for month in typical
    ]
    return "\n".join(lines) + "\n"


def read_typical_year(text: str) -> tuple[TypicalMonth, ...]:
    """Reads what `typical_year_csv` wrote; any other header is refused."""
    header, *lines = text.splitlines()
    if header != TYPICAL_YEAR_HEADER:
        raise ValueError(f"{TYPICAL_YEAR_FILE}, line 1: {header!r}; accepted: {TYPICAL_YEAR_HEADER!r}")
    cells = [line.split(",") for line in lines]
    return tuple(
        TypicalMonth(int(month), Decimal(ghi), Decimal(poa), int(dc), int(energy))
        for month, ghi, poa, dc, energy in cells
    )


def files_from(typical: Sequence[TypicalMonth]) -> dict[str, bytes]:
    """Every file that follows from a typical year, by name: itself and one CSV a scenario."""
    texts = {TYPICAL_YEAR_FILE: typical_year_csv(typical)} | {
        f"{scenario.name}.csv": flows_csv(flows(typical, Contract(), Weather(), scenario)) for scenario in SCENARIOS
    }
    return {name: text.encode("ascii") for name, text in texts.items()}


def differing(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Names the files whose bytes in the folder are missing or other than these."""
    return [
        name
        for name, content in files.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != content
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Makes the Greensboro flows from pvlib's own weather file.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a committed file differs")
    parser.add_argument("--folder", type=Path, default=DEALS, help="where the files are (default: deals/)")
    options = parser.parse_args(arguments)
    try:
        files = files_from(typical_year(Plant()))
    except ImportError as missing:
        print(f"{missing}; accepted: make solar, which installs pvlib", file=sys.stderr)
        return 1
    if options.check:
        different = differing(files, options.folder)
        for name in different:
            print(f"{options.folder / name}: differs from a fresh computation", file=sys.stderr)
        if not different:
            print(f"{', '.join(files)}: identical to a fresh computation")
        return 1 if different else 0
    for name, content in files.items():
        (options.folder / name).write_bytes(content)
        print(options.folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
