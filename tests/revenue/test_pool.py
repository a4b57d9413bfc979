"""
Pools of thousands of small assets.

concentration
    it should have the published figures of the tape of 10,000 leases
a pool
    it should pay its dues until assets default, and recover its part later
    it should default at its rate, whatever the correlations
    it should spread wider with correlated shocks
    it should lose what the tape says
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penstock.model.units import WAD
from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.file import load_model
from penstock.revenue.pool import Asset, Pool, concentration, largest
from tests.revenue.models import central, changed

SHOCKS = "market = 0.05\nregion = 0.08\nofftaker = 0.10\n"
ALONE = (SHOCKS, "")


def small(folder: Path, *changes: tuple[str, str], assets: int = 200) -> Pool:
    tape = "lease,due,region,offtaker\n" + "".join(f"{at},{100 + at % 3},{at % 4},{at % 10}\n" for at in range(assets))
    (folder / "tape.csv").write_text(tape)
    model = load_model(
        changed(folder, "rooftop-leases", ('tape = "rooftop-leases.csv"', 'tape = "tape.csv"'), *changes)
    )
    assert isinstance(model.process, Pool)
    return model


def test_concentration_has_the_published_figures() -> None:
    pool = load_model("rooftop-leases").process
    dues = [each.due * 10**6 for each in pool.assets]
    regions, offtakers = [each.region for each in pool.assets], [each.offtaker for each in pool.assets]
    assert sum(dues) == 1_014_544_000_000 and len(dues) == 10_000
    assert concentration(range(10_000), dues) == 110_487_045_717_434
    assert concentration(regions, dues) == 145_496_382_061_210_629
    assert concentration(offtakers, dues) == 30_149_427_646_419_325
    assert largest(regions, dues) * 10_000 // WAD == 2193 and largest(offtakers, dues) * 10_000 // WAD == 428


def test_concentration_of_one_and_of_equals() -> None:
    assert concentration(["a"], [7]) == WAD and concentration("abcd", [5] * 4) == WAD // 4


def test_a_pool_pays_its_dues_until_assets_default_and_recovers_a_part_later(tmp_path: Path) -> None:
    model = small(tmp_path, ("default = 0.024", "default = 0.30"), ("price_deviation = 0.20", "price_deviation = 0"))
    drawn = model.process.draw(model.months, Seeded(1, 0, 40), Shifts(model.months))
    dues = sum(each.due for each in model.process.assets)
    gone = np.diff(drawn.series["defaulted"].values * dues, axis=1, prepend=0).round().astype(int)
    rate, expected = round(100 * 0.94), np.zeros((40, 130))
    for at in range(120):
        expected[:, at] += (dues - gone[:, : at + 1].sum(axis=1)) * rate
        expected[:, at + 9] += np.floor(gone[:, at] * (120.0 - at) * 0.15 * 100)
    assert (drawn.cents == expected[:, :120]).all() and gone.sum() > 1000
    claims = gone * (120.0 - np.arange(120))
    assert drawn.series["loss"].values == pytest.approx(claims * 0.85)
    left = drawn.series["performing"].values[:, 59] / (dues - gone[:, :60].sum(axis=1))
    monthly = 1.08 ** (-1 / 12)
    assert left == pytest.approx(np.full(40, sum(monthly**each for each in range(1, 61))))


@pytest.mark.parametrize("shocks", [(), (ALONE,)])
def test_assets_default_at_their_rate_whatever_the_correlations(tmp_path: Path, shocks: tuple) -> None:
    model = small(tmp_path, ("default = 0.024", "default = 0.10"), *shocks)
    drawn = model.process.draw(model.months, Seeded(1, 0, 1500), Shifts(model.months)).series["defaulted"].values
    for years in (1, 5, 10):
        assert drawn[:, 12 * years - 1].mean() == pytest.approx(1 - 0.9**years, abs=0.012)


def test_shocks_in_common_make_defaults_come_together(tmp_path: Path) -> None:
    def spread(*changes: tuple[str, str]) -> float:
        model = small(tmp_path, ("default = 0.024", "default = 0.05"), *changes)
        drawn = model.process.draw(model.months, Seeded(1, 0, 800), Shifts(model.months))
        return float(drawn.series["defaulted"].values[:, 59].std())

    alone, regional = spread(ALONE), spread((SHOCKS, "region = 0.20\n"))
    paid_by_few, market = spread((SHOCKS, "offtaker = 0.20\n")), spread((SHOCKS, "market = 0.20\n"))
    independent = (0.2262 * (1 - 0.2262) / 200) ** 0.5
    assert alone == pytest.approx(independent, rel=0.1)
    assert alone < paid_by_few < regional < market, "ten offtakers, four regions, one market"


def test_a_central_scenario_defaults_at_the_rate(tmp_path: Path) -> None:
    model = small(tmp_path, ("default = 0.024", "default = 0.10"))
    defaulted = central(model).series["defaulted"].values[0]
    assert defaulted[11] == pytest.approx(0.10, abs=0.01) and defaulted[119] == pytest.approx(1 - 0.9**10, abs=0.01)
    assert central(model, default=2.0).series["defaulted"].values[0, 11] == pytest.approx(0.19, abs=0.012)
    half = central(model, recovery=0.5).series["recovered"].values
    assert half == pytest.approx(central(model).series["recovered"].values / 2, abs=0.02)


def test_prices_move_recoveries_with_the_market(tmp_path: Path) -> None:
    model = small(
        tmp_path,
        ("price_deviation = 0.20", "price_deviation = 0.50"),
        ("price_correlation = 0.5", "price_correlation = 0.9"),
    )
    drawn = model.process.draw(model.months, Seeded(1, 0, 600), Shifts(model.months))
    kept = drawn.series["recovered"].values.sum(axis=1) / drawn.series["loss"].values.sum(axis=1)
    assert np.corrcoef(kept, drawn.series["defaulted"].values[:, -1])[0, 1] < -0.2, "bad times recover less"


def test_a_block_of_a_pool_is_the_same_alone(tmp_path: Path) -> None:
    model = small(tmp_path)
    whole = model.process.draw(model.months, Seeded(1, 0, 60), Shifts(model.months)).cents
    assert (model.process.draw(model.months, Seeded(1, 13, 20), Shifts(model.months)).cents == whole[13:33]).all()
    assert Asset(1, 2, 3) == Asset(1, 2, 3)
