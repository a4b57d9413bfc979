"""The picture of a deal's life: a PNG, the same bytes every time, for deals of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.model.deal import run
from penstock.report.figures import draw_life

DEALS = Path(__file__).parents[2] / "deals"


def test_the_same_life_gives_the_same_bytes(tmp_path: Path):
    terms = load(DEALS / "greensboro-solar.toml")
    flows = load_flows(DEALS / "greensboro-drought.csv", terms)
    settlements = run(terms, flows.collections).settlements
    first, second = (
        draw_life(terms, settlements, tmp_path / name / "life.png", "drought case").read_bytes() for name in "ab"
    )
    assert first.startswith(b"\x89PNG")
    assert first == second


@pytest.mark.parametrize("revenue", [0, 1, 30_000_000_000])
@pytest.mark.parametrize("deal", ["minimal", "pf-three-tranche"])
def test_any_deal_can_be_drawn(tmp_path: Path, deal: str, revenue: int):
    terms = load(DEALS / f"{deal}.toml")
    life = run(terms, [revenue] * terms.periods, late=revenue)
    assert draw_life(terms, life.settlements, tmp_path / "life.png").stat().st_size > 10_000
