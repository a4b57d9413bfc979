"""
The committed Greensboro flows.

given the committed files
    it should give one row a month, dated its last day, for twenty years
    it should give four columns of plain positive decimals: cents, kWh, four decimals
    it should put three rows into each of the deal's eighty periods
    it should be strong in summer and weak in winter
    it should price every metered kWh at the price of its year
    it should report the quarter to date
    it should differ between base and drought only in the eight slump quarters, and be lower there
given the committed typical year
    it should follow to the byte, with the standard library alone
    it should follow whatever the caller's decimal context
given pvlib
    it should compute the typical year again, to the byte
"""

import calendar
import csv
import decimal
import importlib.util
import re
import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEALS = ROOT / "deals"
NAMES = ("greensboro-solar", "greensboro-drought")
FIRST_YEAR, YEARS = 2026, 20
SLUMP = (date(2031, 7, 1), date(2033, 6, 30))


def load_script():
    """Loads the script by its path: scripts/ belongs to Brownie and need not be a package."""
    spec = importlib.util.spec_from_file_location(
        "make_greensboro_flows", ROOT / "scripts" / "make_greensboro_flows.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = load_script()


def rows(name):
    with (DEALS / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def month_ends():
    return [
        date(year, month, calendar.monthrange(year, month)[1])
        for year in range(FIRST_YEAR, FIRST_YEAR + YEARS)
        for month in range(1, 13)
    ]


def accrual_dates():
    """Eighty: 2026-04-01, 2026-07-01, … 2046-01-01."""
    months = [3 * period for period in range(1, 4 * YEARS + 1)]
    return [date(FIRST_YEAR + month // 12, month % 12 + 1, 1) for month in months]


def by_quarter(name):
    """Collections of each (year, quarter)."""
    sums = defaultdict(Decimal)
    for row in rows(name):
        day = date.fromisoformat(row["date"])
        sums[day.year, (day.month - 1) // 3 + 1] += Decimal(row["collections"])
    return sums


@pytest.mark.parametrize("name", NAMES)
def test_one_row_a_month_dated_its_last_day(name):
    assert [date.fromisoformat(row["date"]) for row in rows(name)] == month_ends()


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_plain_positive_decimals(name):
    text = (DEALS / f"{name}.csv").read_bytes().decode("ascii")
    assert text.endswith("\n") and "\r" not in text
    header, *lines = text.splitlines()
    assert header == "date,collections,energy_mwh,availability"
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d,[1-9]\d*\.\d\d,[1-9]\d*\.\d{3},[01]\.\d{4}", line), line
    assert all(0 < Decimal(row["availability"]) <= 1 for row in rows(name))


@pytest.mark.parametrize("name", NAMES)
def test_three_rows_fall_into_each_of_eighty_periods(name):
    days = [date.fromisoformat(row["date"]) for row in rows(name)]
    previous = date(2026, 1, 1)
    counts = []
    for accrual in accrual_dates():
        counts.append(sum(previous < day <= accrual for day in days))
        previous = accrual
    assert counts == [3] * 80
    assert previous == date(2046, 1, 1)


def test_summer_is_strong_and_winter_is_weak():
    sums = by_quarter("greensboro-solar")
    mean = {quarter: sum(sums[FIRST_YEAR + year, quarter] for year in range(YEARS)) / YEARS for quarter in (1, 2, 3, 4)}
    assert mean[4] < mean[1] < mean[3] < mean[2]
    for year in range(FIRST_YEAR, FIRST_YEAR + YEARS):
        assert max(sums[year, 1], sums[year, 4]) < max(sums[year, 2], sums[year, 3])


@pytest.mark.parametrize("name", NAMES)
def test_every_metered_kwh_has_the_price_of_its_year(name):
    metered_before = Decimal(0)
    for row in rows(name):
        day = date.fromisoformat(row["date"])
        if day.month % 3 == 1:
            metered_before = Decimal(0)
        metered = Decimal(row["energy_mwh"]) - metered_before  # of this month, in MWh
        metered_before = Decimal(row["energy_mwh"])
        price = (Decimal("0.092") * Decimal("1.02") ** (day.year - FIRST_YEAR)).quantize(
            Decimal("0.00001"), decimal.ROUND_HALF_UP
        )
        invoice = (metered * 1000 * price).quantize(Decimal("0.01"), decimal.ROUND_HALF_UP)
        assert Decimal(row["collections"]) == invoice
        assert 0 < metered < 5 * 24 * day.day  # the export limit of 5 MW


def test_reported_figures_are_quarter_to_date():
    for before, row in zip(rows("greensboro-solar"), rows("greensboro-solar")[1:], strict=False):
        if date.fromisoformat(row["date"]).month % 3 != 1:
            assert Decimal(row["energy_mwh"]) > Decimal(before["energy_mwh"])
    failure = {row["date"]: row["availability"] for row in rows("greensboro-solar")}
    assert failure["2029-10-31"] == "0.9880"
    assert failure["2029-12-31"] == "0.8720"  # (0.988 + 0.988 + 0.640) / 3


def test_drought_is_the_base_case_but_for_eight_quarters():
    for base, drought in zip(rows("greensboro-solar"), rows("greensboro-drought"), strict=True):
        assert base["date"] == drought["date"]
        if SLUMP[0] <= date.fromisoformat(base["date"]) <= SLUMP[1]:
            assert Decimal(drought["collections"]) < Decimal(base["collections"])
        else:
            assert base == drought
    base, drought = by_quarter("greensboro-solar"), by_quarter("greensboro-drought")
    kept = [drought[quarter] / base[quarter] for quarter in base if base[quarter] != drought[quarter]]
    assert len(kept) == 8
    assert Decimal("0.5") < min(kept) < Decimal("0.6")


def committed_typical_year():
    return script.read_typical_year((DEALS / script.TYPICAL_YEAR_FILE).read_text("ascii"))


def test_flows_follow_from_the_typical_year_to_the_byte():
    assert script.differing(script.files_from(committed_typical_year()), DEALS) == []


def test_flows_do_not_depend_on_the_callers_decimal_context():
    with decimal.localcontext(decimal.Context(prec=6, rounding=decimal.ROUND_UP)):
        files = script.files_from(committed_typical_year())
    assert script.differing(files, DEALS) == []


def test_another_header_is_refused():
    with pytest.raises(ValueError, match="line 1: 'month,kwh'; accepted: 'month,ghi_kwh_per_m2"):
        script.read_typical_year("month,kwh\n1,2\n")


@pytest.mark.skipif(
    importlib.util.find_spec("pvlib") is None,
    reason="NOT CHECKED HERE: pvlib is not installed, so the typical year was not computed again; "
    "`make solar` installs it and fails if a byte differs",
)
def test_typical_year_follows_from_the_weather_file_to_the_byte():
    assert script.differing(script.files_from(script.typical_year(script.Plant())), DEALS) == []
