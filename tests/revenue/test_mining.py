"""
A mine, and its conversion to hosting.

the network
    it should tend to where miners spend their part of the reward, within the bounds of the difficulty
    it should not pay more for better machines of all
the mine
    it should earn its hashprice less what uptime and the pool take
    it should stop in the hours in which power costs more
a conversion
    it should stop its part for the downtime and cost what is not used again, spread over it
    it should earn rent afterwards; what a month cannot pay waits for the next
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from penstock.revenue import bitcoin
from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.file import load_model
from tests.revenue.models import central, changed

SITE = """
[model]
name = "Mine"
kind = "mining"
asset = "USDC"
start = 2027-01-01
months = 24
source = "a test"
units = "USDC"
calibration = "none"

[coin]
price = 100_000
deviation = 0
height = 900_000
fees = 0.0

[network]
difficulty = 1e14
spend = 0.8
response = 1.0
efficiency = 17.5
power_price = 60.0
efficiency_gain = 0.0

[machines]
hashrate = 1000
efficiency = 17.5
uptime = 1.0

[grid]
price = 40.00
"""


def mine(folder: Path, *changes: tuple[str, str]):
    return load_model(changed(folder, "mine", *changes, text=SITE))


def level_hashprice(power: str = "60") -> Fraction:
    """Where miners spend 80 % of the reward: the hash cost over 0.8."""
    return bitcoin.hash_cost(Fraction("17.5"), Fraction(power) / 1000) / Fraction("0.8")


def test_the_network_tends_to_where_miners_spend_their_part(tmp_path: Path) -> None:
    drawn = central(mine(tmp_path))
    assert drawn.series["hashprice"].values[0] == pytest.approx(np.full(24, float(level_hashprice())))
    spend = bitcoin.miners_spend(Fraction("0.8"), Fraction("3.125"), Fraction(100_000))
    difficulty = bitcoin.difficulty_of(bitcoin.hash_rate(spend, Fraction("17.5"), Fraction("0.06")))
    assert drawn.series["difficulty"].values[0, 0] == pytest.approx(float(difficulty))


def test_the_network_closes_a_part_of_the_gap_each_month(tmp_path: Path) -> None:
    drawn = central(mine(tmp_path, ("response = 1.0", "response = 0.25")))
    aim = central(mine(tmp_path)).series["difficulty"].values[0, 0]
    gaps = np.log(drawn.series["difficulty"].values[0] / aim)
    assert gaps[0] == pytest.approx(0.75 * np.log(1e14 / aim)) and gaps[5] == pytest.approx(
        0.75**6 * np.log(1e14 / aim)
    )


def test_the_difficulty_follows_within_its_bounds(tmp_path: Path) -> None:
    drawn = central(mine(tmp_path, ("difficulty = 1e14", "difficulty = 1e9")))
    found = drawn.series["difficulty"].values[0]
    assert found[:3].tolist() == [16e9, 256e9, 4096e9], "two changes a month, fourfold each"
    high = central(mine(tmp_path, ("difficulty = 1e14", "difficulty = 1e18"))).series["difficulty"].values[0]
    assert high[0] == 1e18 / 16


def test_better_machines_of_all_earn_no_more_for_each_coin_spent(tmp_path: Path) -> None:
    slow, quick = central(mine(tmp_path)), central(mine(tmp_path, ("efficiency = 17.5", "efficiency = 8.75")))
    ratio = quick.series["difficulty"].values / slow.series["difficulty"].values
    assert ratio == pytest.approx(np.full(ratio.shape, 2.0)), "twice the hash rate, the same spend"


def test_a_halving_halves_the_subsidy_of_its_blocks(tmp_path: Path) -> None:
    change = ("height = 900_000", f"height = {1_050_000 - 31 * 144 - 10}")
    drawn = central(mine(tmp_path, change, ("difficulty = 1e14", "difficulty = 1e14\ndeviation = 0")))
    worth = drawn.series["difficulty"].values[0]
    assert worth[1] / worth[0] == pytest.approx((10 * 3.125 + (28 * 144 - 10) * 1.5625) / (28 * 144) / 3.125)
    assert worth[2] / worth[0] == pytest.approx(0.5)


def test_a_mine_earns_its_hashprice_less_power(tmp_path: Path) -> None:
    drawn = central(mine(tmp_path, ("uptime = 1.0", "uptime = 0.9\npool_fee = 0.02")))
    hash_price, days = float(level_hashprice()), 31
    power = 17.5 * 24 * days * 40.00  # 17.5 MW
    assert drawn.cents[0, 0] == pytest.approx((hash_price * 1000 * days * 0.9 * 0.98 - power) * 100, abs=2)
    assert drawn.series["power_cost"].values[0, 0] == pytest.approx(power)
    left = central(mine(tmp_path, ("price = 40.00", 'price = 40.00\npaid_by = "deal"\ndemand = 1000.0')))
    assert left.cents[0, 0] == pytest.approx(hash_price * 1000 * days * 100, abs=2)
    assert left.series["power_cost"].values[0, 0] == pytest.approx(power + 17_500), "demand is paid for each MW"


def test_a_mine_stops_in_the_hours_that_cost_more(tmp_path: Path) -> None:
    prices = ", ".join(["1"] * 18 + ["5"] * 6)
    site = ("price = 40.00", f"price = 40.00\n\n[[day]]\ndays = 10\ncurtailment = 20.0\nprices = [{prices}]")
    drawn = central(mine(tmp_path, site))
    hour = float(level_hashprice()) * 1000 / 24  # of the whole mine
    assert drawn.series["mined_share"].values[0, 0] == 0.75 and drawn.series["curtailed_share"].values[0, 0] == 0.25
    earned = 18 * (hour - 17.5 * 40.00) + 6 * 17.5 * 20.0
    assert drawn.cents[0, 0] == pytest.approx(earned * 31 * 100, abs=2)
    assert drawn.series["power_cost"].values[0, 0] == pytest.approx(18 * 17.5 * 40 * 31)
    dear = central(mine(tmp_path, site), power=4.0)
    assert dear.series["mined_share"].values[0, 0] == 0


CONVERSION = (
    "price = 40.00",
    "price = 40.00\n\n[conversion]\nmonth = 2027-03-01\nshare = 0.5\ndowntime = 2\ncapex = 1_000_000\nreusable = 0.4\n"
    "hosting = 120_000",
)


def test_a_conversion_stops_its_part_costs_money_and_then_earns_rent(tmp_path: Path) -> None:
    usual, drawn = central(mine(tmp_path)), central(mine(tmp_path, CONVERSION))
    assert (drawn.cents[0, :2] == usual.cents[0, :2]).all()
    monthly = usual.cents[0, 2] / 100
    capex = 17.5 * 0.5 * 1_000_000 * 0.6 / 2
    assert drawn.cents[0, 2:4].tolist() == [0, 0] and monthly / 2 < capex
    lacking = usual.cents[0, 2] / 200 + usual.cents[0, 3] / 200 - 2 * capex
    rent = 17.5 * 0.5 * 120_000 * 12 / 365.25
    for at in range(4, 24):
        days = drawn.months.days(at)
        lacking += usual.cents[0, at] / 200 + rent * days
        assert drawn.cents[0, at] == pytest.approx(max(lacking, 0) * 100, abs=4)
        lacking = min(lacking, 0)
    assert drawn.cents[0, 4] == 0 < drawn.cents[0, 23]


def test_price_and_power_have_their_spread(tmp_path: Path) -> None:
    model = mine(tmp_path, ("deviation = 0", "deviation = 0.60"))
    price = model.process.draw(model.months, Seeded(1, 0, 4000), Shifts(model.months)).series["price"].values
    assert np.log(price[:, 11]).std() == pytest.approx(0.60, rel=0.04) and np.median(price[:, 11]) == pytest.approx(
        1e5, rel=0.03
    )
    half = central(mine(tmp_path), price=0.5).series
    assert half["hashprice"].values[0, 5] == pytest.approx(float(level_hashprice())), "miners spend half as much"
    assert central(mine(tmp_path), difficulty=2.0).series["hashprice"].values[0, 0] == pytest.approx(
        float(level_hashprice()) / 2
    )


def test_the_page_has_the_figures_of_the_first_day(tmp_path: Path) -> None:
    site = (("fees = 0.0", "fees = 0.05"), ("price = 40.00", "price = 60.00"))
    facts = dict(mine(tmp_path, *site).process.facts(mine(tmp_path).months))
    assert facts == {
        "machines": "1,000 PH/s, 17.50 MW",
        "hashprice": "63.8701 a PH/s and day",
        "power for it": "25.2000 a PH/s and day",
        "break-even power price": "152.0717 a MWh",
        "all miners spend": "1,524,000 an hour",
        "an attack costs": "1,524,000 an hour, at 50% of all hash rate",
    }
