"""
GPUs let under contracts and by the hour.

a contract
    it should pay its rent until it runs out
    it should be renewed at the market's price, or end and leave its GPUs to the market
    it should fail at its rate, and pay what is recovered the month after
the market
    it should pay for the GPUs that are free and busy
power
    it should be taken off, passed on, or left to the deal
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.file import load_model
from tests.revenue.models import central, changed

SITE = """
[model]
name = "Hall"
kind = "hosting"
asset = "USDC"
start = 2026-01-01
months = 24
source = "a test"
units = "USDC"
calibration = "none"

[fleet]
gpus = 100
kw = 1.0
pue = 1.2
availability = 1.0

[market]
price = 1.50
decline = 0.0
utilisation = 0.5

[[contract]]
customer = "a"
gpus = 60
price = 2.00
months = 6

[power]
price = 50.00
paid_by = "deal"
"""
JANUARY, JULY = 744, 744  # hours


def hall(folder: Path, *changes: tuple[str, str]):
    return load_model(changed(folder, "hall", *changes, text=SITE))


def test_a_contract_pays_its_rent_and_then_the_market_has_its_gpus(tmp_path: Path) -> None:
    drawn = central(hall(tmp_path))
    spot = 0.5 * 1.50
    assert drawn.cents[0, 0] == (60 * 2.00 + 40 * spot) * JANUARY * 100
    assert drawn.cents[0, 5] == (60 * 2.00 + 40 * spot) * 720 * 100
    assert drawn.cents[0, 6] == 100 * spot * JULY * 100
    assert drawn.series["contracted"].values[0, :7].tolist() == [
        60 * 2.0 * JANUARY * 5, 60 * 2.0 * 672 * 4, 60 * 2.0 * 744 * 3, 60 * 2.0 * 720 * 2, 60 * 2.0 * 744, 0, 0,
    ]  # fmt: skip


def test_a_contract_is_renewed_at_the_lower_of_its_price_and_the_markets(tmp_path: Path) -> None:
    renewed = ("months = 6\n", "months = 6\nrenewal = 0.6\nrenewal_months = 3\n")
    cheap = central(hall(tmp_path, renewed))
    assert cheap.cents[0, 6] == (60 * 1.50 + 40 * 0.75) * JULY * 100
    assert cheap.series["contracted"].values[0, 6:10].tolist() == [
        60 * 1.5 * 744 * 2,
        60 * 1.5 * 744,
        0,
        60 * 1.5 * 744 * 2,
    ]
    costly = central(hall(tmp_path, renewed, ("price = 1.50", "price = 3.00")))
    assert costly.cents[0, 6] == (60 * 2.00 + 40 * 0.5 * 3.00) * JULY * 100


def test_so_many_contracts_are_renewed_as_is_their_chance(tmp_path: Path) -> None:
    model = hall(tmp_path, ("months = 6\n", "months = 6\nrenewal = 0.3\n"))
    drawn = model.process.draw(model.months, Seeded(1, 0, 5000), Shifts(model.months))
    assert (drawn.series["contracted"].values[:, 6] > 0).mean() == pytest.approx(0.3, abs=0.02)


def test_customers_fail_at_their_rate_and_pay_what_is_recovered(tmp_path: Path) -> None:
    model = hall(tmp_path, ("months = 6\n", "months = 24\ndefault = 0.20\nrecovery = 0.25\n"))
    drawn = model.process.draw(model.months, Seeded(1, 0, 5000), Shifts(model.months))
    unpaid, owed = drawn.series["delinquency"].values, drawn.series["contracted"].values
    assert (owed[:, 11] == 0).mean() == pytest.approx(0.20, abs=0.02)
    assert set(unpaid.ravel().tolist()) == {0.0, 1.0} and (unpaid.sum(axis=1) <= 1).all()
    failed = np.flatnonzero(unpaid[:, 3])
    assert len(failed) > 20
    hours = 720  # of April
    assert (drawn.cents[failed, 3] == round(40 * 0.75 * hours * 100)).all(), "the month of the failure is not paid"
    recovered = 60 * 2.00 * hours * 21 * 0.25
    assert (drawn.cents[failed, 4] == round((recovered + 100 * 0.75 * 744) * 100)).all()
    assert (drawn.cents[failed, 5] == round(100 * 0.75 * 720 * 100)).all()
    twice = central(model, Seeded(1, 0, 5000), default=2.0).series["contracted"].values
    assert (twice[:, 11] == 0).mean() == pytest.approx(1 - 0.8**2, abs=0.02)


def test_haircuts_lower_what_contracts_count_for(tmp_path: Path) -> None:
    whole = central(hall(tmp_path)).series["contracted"].values
    cut = central(hall(tmp_path, ("months = 6\n", "months = 6\nhaircut = 0.35\n"))).series["contracted"].values
    assert cut == pytest.approx(whole * 0.65)


@pytest.mark.parametrize(("who", "sign"), [("project", -1), ("deal", 0), ("tenant", 1)])
def test_power_is_taken_off_left_to_the_deal_or_passed_on(tmp_path: Path, who: str, sign: int) -> None:
    drawn = central(hall(tmp_path, ('paid_by = "deal"', f'paid_by = "{who}"')))
    cost = (60 + 40 * 0.5) * 1.0 * 1.2 * JANUARY / 1000 * 50.00
    assert drawn.series["power_cost"].values[0, 0] == pytest.approx(cost)
    assert drawn.cents[0, 0] == pytest.approx(((60 * 2 + 40 * 0.75) * JANUARY + sign * cost) * 100, abs=1)


def test_prices_fall_as_hardware_ages_and_use_varies(tmp_path: Path) -> None:
    model = hall(tmp_path, ("decline = 0.0", "decline = 0.36\ndeviation = 0.2"))
    price = model.process.draw(model.months, Seeded(1, 0, 4000), Shifts(model.months)).series["price"].values
    assert np.median(price[:, 12]) == pytest.approx(1.5 * 0.64, rel=0.02)
    assert np.log(price[:, 12]).std() == pytest.approx(0.2 * (13 / 12) ** 0.5, rel=0.05)
    busy = hall(tmp_path, ("utilisation = 0.5", "utilisation = 0.9\nutilisation_deviation = 0.5"))
    used = busy.process.draw(busy.months, Seeded(1, 0, 500), Shifts(busy.months)).series["gpu_hours"].values
    assert used[:, 0].max() == 100 * JANUARY and used[:, 0].min() > 60 * JANUARY, "never more GPUs than there are"
    dear = central(model, power=2.0).series["power_cost"].values / central(model).series["power_cost"].values
    assert dear == pytest.approx(np.full(dear.shape, 2.0))


def test_outages_take_hours_of_all(tmp_path: Path) -> None:
    model = hall(tmp_path, ("availability = 1.0", "availability = 0.99\noutages_a_year = 6\noutage_share = 0.1"))
    seen = model.process.draw(model.months, Seeded(1, 0, 2000), Shifts(model.months)).series["availability"].values
    assert sorted(set(seen.ravel().tolist())) == pytest.approx([0.891, 0.99])
    assert (seen < 0.9).mean() == pytest.approx(0.5, abs=0.01)
