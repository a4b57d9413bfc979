"""
`penstock revenue`.

a model
    it should print its sources, its facts and its years, within 80 columns
    it should print the same as JSON, and amounts that add up to its scenarios
    it should write one scenario as a flows file that `penstock simulate` takes
    it should draw a picture
bad input
    it should be refused in one line, with nothing written
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.file import load_model
from tests.fixtures.cli import ROOT, penstock, refused


def test_a_model_is_a_page_of_80_columns() -> None:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["revenue", "greensboro-solar", "--scenarios", "50"])
    assert done.exit_code == 0 and max(map(len, done.stdout.splitlines())) <= 80
    for words in (
        "source: TMY3 weather",
        "calibration: ",
        "P50 8,",
        "P90",
        "Collections by year, 50 scenarios of seed 1",
    ):
        assert words in done.stdout


def test_the_page_has_the_years_of_the_json() -> None:
    words = ("revenue", "mining", "--scenarios", "60")
    shown, page = penstock(*words).stdout, json.loads(penstock(*words, "--json").stdout)["collections"]
    for at, year in enumerate(("2027", "2028", "2029")):
        row = next(line for line in shown.splitlines() if line.strip().startswith(f"{year} │"))
        cells = [cell.strip().replace(",", "") for cell in row.split("│")]
        assert cells[1:] == [page[name][at] for name in ("p99", "p90", "p50", "p10", "mean")]


def test_years_are_those_of_the_scenarios() -> None:
    done = penstock("revenue", "greensboro-solar", "--scenarios", "100", "--seed", "9", "--json")
    page, model = json.loads(done.stdout), load_model("greensboro-solar")
    cents = model.process.draw(model.months, Seeded(9, 0, 100), Shifts(model.months)).cents
    year = np.sort(cents[:, 24:36].sum(axis=1))
    assert page["years"][2] == "2028" and len(page["years"]) == 20
    shown = page["collections"]
    for name, place in {"p99": 1, "p90": 10, "p50": 50, "p10": 90, "p1": 99}.items():
        assert shown[name][2] == f"{year[place] / 100:.2f}"
    assert shown["mean"][2] == f"{int(year.sum()) // 100 // 100}.{int(year.sum()) // 100 % 100:02d}"
    assert page["energy_mwh"]["first year"]["p99"] < page["energy_mwh"]["mean of 10 years"]["p99"]


def test_one_scenario_is_a_flows_file(tmp_path: Path) -> None:
    file = tmp_path / "flows.csv"
    done = penstock("revenue", "gpu-notes", "--scenarios", "1", "--flows", str(file), "--scenario", "7")
    assert done.exit_code == 0
    rows = file.read_text().splitlines()
    assert rows[0] == "date,collections,asset_value,delinquency,sofr" and len(rows) == 37
    model = load_model("gpu-notes")
    drawn = model.process.draw(model.months, Seeded(1, 7, 1), Shifts(model.months))
    first = rows[1].split(",")
    assert first[:2] == ["2026-01-31", f"{drawn.cents[0, 0] / 100:.2f}"] and first[4] == "0.0425"
    assert float(first[2]) == pytest.approx(drawn.series["contracted"].values[0, 0], abs=1e-6)
    ran = penstock("simulate", str(ROOT / "deals/gpu-notes.toml"), "--flows", str(file))
    assert ran.exit_code == 0 and "difference 0" in ran.stdout


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "made" / "fan.png"
    assert penstock("revenue", "mining", "--scenarios", "20", "--picture", str(file)).exit_code == 0
    assert file.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("words", "expected", "code"),
    [
        (("mining", "--scenarios", "0"), ("'--scenarios'", "0; accepted: a whole number from 1 to 100,000,000"), 2),
        (("mining", "--scenarios", "1000000000000"), ("1,000,000,000,000; accepted",), 2),
        (("mining", "--scenarios", "1e12"), ("'1e12'; accepted: a whole number",), 2),
        (("mining", "--scenarios", "200000"), ("at most 100,000 here",), 2),
        (("mining", "--seed", "x"), ("'--seed'", "a whole number"), 2),
        (("mining", "--seed", "-1"), ("'--seed'", "-1; accepted: a whole number from 0"), 2),
        (("mining", "--picture", "x.jpg"), ("x.jpg does not end in .png",), 2),
        (("minig",), ("minig: no such file, and no model that ships; accepted: gpu-notes",), 1),
        (("deals/minimal.toml",), ("deals/minimal.toml:1: model.kind = (missing)",), 1),
    ],
)
def test_bad_input_is_refused_in_one_line(words: tuple[str, ...], expected: tuple[str, ...], code: int) -> None:
    refused(penstock("revenue", *words), *expected, code=code)
