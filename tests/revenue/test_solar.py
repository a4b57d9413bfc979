"""
A solar plant's revenue.

a scenario in which the sky is as usual
    it should deliver the typical year, aged, in whole kWh, and be paid the contract's price for each
    it should have the contract's prices for twenty years
    it should end with the contract, or be paid the market's price
a contract
    it should not rise above its cap
    it should pay for what the buyer takes or pays, and for no more than the buyer has to take
scenarios
    they should have the mean and the spread that the model says
    they should lose what outages take
an input that is multiplied
    it should change what it says, in its months only
"""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest

from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.fan import exceeded, first_year
from penstock.revenue.file import load_model
from tests.revenue.models import ROOT, central, load

QUIET = (
    ("annual = 0.035", "annual = 0"),
    ("monthly = [0.08, 0.08, 0.08, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.08, 0.08]", "monthly = [0]"),
    ("outages_a_year = 0.05", "outages_a_year = 0"),
)


def typical() -> list[int]:
    with (ROOT / "deals" / "greensboro-typical-year.csv").open() as file:
        return [int(row["energy_kwh"]) for row in csv.DictReader(file)]


def test_a_usual_sky_delivers_the_typical_year_at_the_contracts_price(tmp_path: Path) -> None:
    model = load(tmp_path, "greensboro-solar", *QUIET)
    drawn = central(model)
    for at in range(240):
        year, month = divmod(at, 12)
        days = Decimal(29) / 28 if month == 1 and (2026 + year) % 4 == 0 else Decimal(1)
        kwh = int(typical()[month] * days * Decimal("0.995") ** year * Decimal("0.988"))
        price = (Decimal("92.00") * Decimal("1.02") ** year).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert drawn.series["energy_mwh"].values[0, at] * 1000 == pytest.approx(kwh, abs=1e-6)
        assert drawn.series["price"].values[0, at] == pytest.approx(float(price), abs=1e-9)
        assert drawn.cents[0, at] == int(kwh * price * 100 / 1000)


def test_nothing_is_earned_after_a_contract_without_a_market(tmp_path: Path) -> None:
    model = load(tmp_path, "greensboro-solar", *QUIET, ("years = 20", "years = 3"))
    cents = central(model).cents[0]
    assert cents[:36].all() and not cents[36:].any()


def test_a_market_follows_the_contract(tmp_path: Path) -> None:
    market = "years = 3\n\n[merchant]\nprice = 50.00\ngrowth = 0.10"
    model = load(tmp_path, "greensboro-solar", *QUIET, ("years = 20", market))
    prices = central(model).series["price"].values[0]
    assert prices[[0, 35]].tolist() == [92.0, 95.72]
    assert prices[[36, 47, 48]].tolist() == [66.55, 66.55, 73.21], "50.00 × 1.1^3 in the fourth year"


def test_a_market_price_wanders_with_its_deviation(tmp_path: Path) -> None:
    market = "years = 1\n\n[merchant]\nprice = 50.00\ndeviation = 0.20"
    model = load(tmp_path, "greensboro-solar", *QUIET, ("years = 20", market))
    prices = model.process.draw(model.months, Seeded(1, 0, 4000), Shifts(model.months)).series["price"].values
    spread = np.log(prices[:, 12 * 4] / 50).std()
    assert spread == pytest.approx(0.2 * 5**0.5, rel=0.05), "a step at each 1 January, the first one included"


def test_a_price_stops_at_its_cap(tmp_path: Path) -> None:
    model = load(tmp_path, "greensboro-solar", *QUIET, ("years = 20", "years = 20\ncap = 95.00"))
    prices = central(model).series["price"].values[0]
    assert prices[[0, 12, 24, 239]].tolist() == [92.0, 93.84, 95.0, 95.0]


def test_a_buyer_takes_or_pays(tmp_path: Path) -> None:
    model = load(tmp_path, "greensboro-solar", *QUIET, ("years = 20", "years = 20\ntake_or_pay = 0.80"))
    usual = central(model).cents[0]
    poor = central(model, **{"yield": 0.5})
    for at in (0, 6, 239):
        month = at % 12
        least = int(typical()[month] * 0.995 ** (at // 12) * 0.988 * 0.80)
        price = round(poor.series["price"].values[0, at] * 100)
        assert poor.cents[0, at] == least * price // 1000 < usual[at]
    assert (central(model, **{"yield": 0.9}).cents[0] < usual).all(), "above the least, what is delivered is paid"


def test_a_buyer_need_not_take_more_than_the_most(tmp_path: Path) -> None:
    model = load(tmp_path, "greensboro-solar", *QUIET, ("years = 20", "years = 20\nmost = 1.10"))
    rich, little = central(model, **{"yield": 2.0}).cents[0], central(model, **{"yield": 1.05}).cents[0]
    most = int(typical()[0] * 0.988 * 1.10)
    assert rich[0] == most * 9200 // 1000 and little[0] < rich[0]


def test_scenarios_have_the_mean_and_the_spread_of_the_model(tmp_path: Path) -> None:
    model = load(tmp_path, "greensboro-solar", QUIET[1], QUIET[2])
    drawn = model.process.draw(model.months, Seeded(1, 0, 6000), Shifts(model.months))
    usual = central(load(tmp_path, "greensboro-solar", *QUIET))
    year = first_year(drawn.series["energy_mwh"].values)
    assert year.mean() / usual.series["energy_mwh"].values[0, :12].sum() == pytest.approx(1, abs=0.002)
    assert np.log(year).std() == pytest.approx(0.035, abs=0.0012)
    p50, p90, p99 = (float(exceeded(year, percent)) for percent in (50, 90, 99))
    assert p90 / p50 == pytest.approx(np.exp(-1.2816 * 0.035), abs=0.003)
    assert p99 / p50 == pytest.approx(np.exp(-2.3263 * 0.035), abs=0.006)
    assert (year >= p90).mean() >= 0.90 and (year > p90).mean() < 0.90, "P90 is reached by nine in ten"


def test_outages_take_their_share_of_their_months(tmp_path: Path) -> None:
    change = ("outages_a_year = 0.05", "outages_a_year = 1.2")
    model = load(tmp_path, "greensboro-solar", *QUIET[:2], change)
    available = model.process.draw(model.months, Seeded(1, 0, 2000), Shifts(model.months)).series["availability"].values
    assert sorted(set(available.ravel().tolist())) == pytest.approx([0.988 * 0.7, 0.988])
    out = (available < 0.9).mean()
    assert out == pytest.approx(1 - 0.9**2, abs=0.01), "each month one in ten begins an outage of two months"
    assert load_model("greensboro-solar").process.file.energy.outage_months == 2  # type: ignore[attr-defined]


def test_curtailment_takes_its_share(tmp_path: Path) -> None:
    quiet = central(load(tmp_path, "greensboro-solar", *QUIET)).series["energy_mwh"].values
    less = ("degradation = 0.005", "degradation = 0.005\ncurtailment = 0.10")
    cut = central(load(tmp_path, "greensboro-solar", *QUIET, less)).series["energy_mwh"].values
    assert np.abs(cut - quiet * 0.9).max() < 0.002


def test_an_input_is_multiplied_in_its_months_only() -> None:
    model = load_model("greensboro-solar")
    draws = Seeded(3, 10, 5)
    usual = central(model, draws).cents
    factors = tuple(0.7 if 24 <= at < 42 else 1.0 for at in range(240))
    for name in ("price", "yield", "availability"):
        made = model.process.draw(model.months, Seeded(3, 10, 5), Shifts(model.months, {name: factors})).cents
        assert (made[:, :24] == usual[:, :24]).all() and (made[:, 42:] == usual[:, 42:]).all()
        assert made[:, 24:42].sum() / usual[:, 24:42].sum() == pytest.approx(0.7, abs=0.0005)
    assert (central(model, Seeded(3, 10, 5), availability=2.0).series["availability"].values <= 1).all()
