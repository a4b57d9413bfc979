"""
Files of revenue models.

a model that ships
    it should be read, say its source, units and calibration, and be drawn with whole, non-negative cents
    it should have the same bytes whatever the block
a mistake in a model, or in a file it names
    it should be one line with the place, the value and what is accepted
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penstock.errors import PenstockError
from penstock.extras import has
from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.energy import read_measured
from penstock.revenue.file import load_model, shipped
from tests.revenue.models import changed

MODELS = [name for name in shipped() if name != "sand-point"]
SOLAR, POOL = "greensboro-solar", "rooftop-leases"
YEAR = "../../deals/greensboro-typical-year.csv"
TYPICAL = f'typical = "{YEAR}"'


def test_models_that_ship_are_these() -> None:
    assert shipped() == [
        "gpu-notes", "greensboro-solar", "hosting-site", "mining", "ppa-50m", "rooftop-leases", "sand-point",
    ]  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_ships_can_be_drawn_and_blocks_do_not_matter(name: str) -> None:
    model = load_model(name)
    assert model.source and model.units and model.calibration and model.hashes[f"{name}.toml"]
    whole = model.process.draw(model.months, Seeded(5, 0, 12), Shifts(model.months))
    part = model.process.draw(model.months, Seeded(5, 7, 3), Shifts(model.months))
    assert whole.cents.dtype == np.int64 and whole.cents.shape == (12, model.months.count) and (whole.cents >= 0).all()
    assert whole.cents.any(axis=0).sum() >= 12 and (part.cents == whole.cents[7:10]).all()
    assert set(whole.series) == set(model.process.series)
    for each in whole.series:
        assert (part.series[each].values == whole.series[each].values[7:10]).all()
    for given in model.reports.values():
        assert not isinstance(given, str) or given in whole.series


MISTAKES = [
    (SOLAR, 'kind = "solar"', 'kind = "wind"', (":8: model.kind", "unknown", "solar, hosting, mining, pool")),
    (SOLAR, 'kind = "solar"', "kind = 3", ("model.kind = 3",)),
    (SOLAR, "months = 240", "months = 0", ("model.months = 0", "from 1 to 1,200")),
    (SOLAR, "start = 2026-01-01", "start = 2026-01-15", ("the first day of a month",)),
    (SOLAR, "degradation = 0.005", "degradation = 1.5", ("energy.degradation = 1.5", "from 0 to 1")),
    (SOLAR, "degradation = 0.005", 'degradation = "0.005"', ("not a number",)),
    (SOLAR, "degradation = 0.005", "degradation = nan", ("out of range",)),
    (SOLAR, "degradation = 0.005", "degradatoin = 0.005", ("did you mean", "degradation")),
    (SOLAR, "first = 92.00", "first = -1", ("price.first = -1", "out of range")),
    (SOLAR, 'energy_mwh = "energy_mwh"', 'energy_mwh = "energy"', ("reports.energy_mwh", "no series", "availability")),
    (SOLAR, "annual = 0.035", "#", ("weather.annual", "required")),
    (SOLAR, "0.08, 0.08]", "0.08]", ("weather.monthly", "11 deviations", "twelve")),
    (
        SOLAR,
        'typical = "../../deals/greensboro-typical-year.csv"',
        "",
        ("no source of energy", "typical, weather, measured"),
    ),
    (SOLAR, "degradation", 'measured = "x.csv"\ndegradation', ("typical and measured at once",)),
    (SOLAR, YEAR, "../../deals/missing.csv", ("missing.csv", "No such file")),
    (
        SOLAR,
        "../../deals/greensboro-typical-year.csv",
        "../../deals/minimal.csv",
        ('no column "month"', "month,energy_kwh"),
    ),
    (SOLAR, TYPICAL, 'weather = "x.csv"', ("plant", "required")),
    ("gpu-notes", "gpus = 1024", "gpus = 1000", ("fleet.gpus = 1000", "the contracts have 1,024")),
    ("mining", "prices = [\n  0.80, 0.78", "prices = [\n  0.78", ("day[1].prices", "23 prices", "24")),
    ("mining", "fees = 0.05", "fees = 0.05\nfee = 1", ("coin.fee", "unknown key")),
    (POOL, "market = 0.05", "market = 0.9", ("add up to 1 or more",)),
    (POOL, 'tape = "rooftop-leases.csv"', 'tape = "none.csv"', ("none.csv: No such file",)),
]


@pytest.mark.parametrize(("name", "before", "after", "words"), MISTAKES)
def test_a_mistake_in_a_model_is_one_line(tmp_path: Path, name: str, before: str, after: str, words: tuple) -> None:
    text = refusal(changed(tmp_path, name, (before, after)))
    for word in words:
        assert word in text, text


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[model\n")
    (tmp_path / "b.toml").write_text("")
    assert "not TOML" in refusal(tmp_path / "a.toml")
    assert "model.kind = (missing): required; accepted: solar" in refusal(tmp_path / "b.toml")
    assert "Is a directory" in refusal(tmp_path)
    assert "no model that ships; accepted: gpu-notes, " in refusal(Path("solra"))


def months(count: int, change: dict[int, str] | None = None) -> str:
    rows = [f"{2015 + at // 12}-{at % 12 + 1:02d}-28,{100 + at % 12}.5" for at in range(count)]
    for at, row in (change or {}).items():
        rows[at] = row
    return "date,energy_mwh\n" + "\n".join(row for row in rows if row) + "\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (months(24, {5: ""}), (":7:", "a gap: 2015-06 is missing", "every month")),
        (months(24, {5: "2015-06-28,nan"}), (":7:", "not a number")),
        (months(24, {5: "2015-06-28,"}), (":7:", "missing")),
        (months(24, {5: "2015-06-28,-3.0"}), (":7:", "negative")),
        (months(24, {5: "2015-05-30,3.0"}), (":7:", "the same month twice")),
        (months(24, {5: "2015-02-28,3.0"}), (":7:", "before 2015-05-28")),
        (months(24, {5: "28.06.2015,3.0"}), (":7:", "not a date")),
        (months(11), ("11 months in all", "twelve months or more")),
        (months(24), ("weather.annual", "24 months measured, too few")),
        ("date,energy\n2015-01-31,3\n", ("energy",)),
        ("", ("empty",)),
    ],
)
def test_a_mistake_in_a_measured_file_is_one_line(tmp_path: Path, text: str, words: tuple) -> None:
    (tmp_path / "meter.csv").write_text(text)
    source = (TYPICAL, 'measured = "meter.csv"')
    message = refusal(changed(tmp_path, SOLAR, source, ("annual = 0.035", "#")))
    for word in words:
        assert word in message, message


def test_measured_energy_gives_a_usual_year_and_how_years_differ(tmp_path: Path) -> None:
    years = (1.00, 1.05, 0.95, 1.02, 0.98, 1.00)
    rows = [
        f"{2015 + year}-{month:02d}-28,{100 * month * factor:.6f}"
        for year, factor in enumerate(years)
        for month in range(1, 13)
    ]
    (tmp_path / "meter.csv").write_text("date,energy_mwh\n" + "\n".join(rows) + "\n")
    found = read_measured(tmp_path / "meter.csv")
    assert found.months == 72 and found.typical == tuple(100_000 * month for month in range(1, 13))
    assert found.annual == pytest.approx(np.log(years).std(ddof=1), abs=1e-9)
    source = (TYPICAL, 'measured = "meter.csv"')
    model = load_model(changed(tmp_path, SOLAR, source, ("annual = 0.035", "#")))
    assert model.process.annual == found.annual and "meter.csv" in model.hashes


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,100,0,0\n1,90,0,0\n", (":3:", "pledged twice: also on line 2")),
        ("1,-5,0,0\n", (":2: due", "not a whole number")),
        ("1,5.5,0,0\n", (":2: due", "not a whole number")),
        ("1,0,0,0\n", ("nothing is due",)),
    ],
)
def test_a_mistake_in_a_tape_is_one_line(tmp_path: Path, rows: str, words: tuple) -> None:
    (tmp_path / "tape.csv").write_text("lease,due,region,offtaker\n" + rows)
    message = refusal(changed(tmp_path, POOL, ('tape = "rooftop-leases.csv"', 'tape = "tape.csv"')))
    for word in words:
        assert word in message, message


@pytest.mark.skipif(has("pvlib"), reason="pvlib is installed")
def test_a_weather_file_without_pvlib_names_the_packages() -> None:
    with pytest.raises(PenstockError, match="needs pvlib, which is not installed: pip install pvlib=="):
        load_model("sand-point")


@pytest.mark.skipif(not has("pvlib"), reason="NOT CHECKED HERE: pvlib is not installed; `make solar` installs it")
def test_weather_files_give_a_usual_year(tmp_path: Path) -> None:
    typical = load_model("sand-point").process.typical
    assert sum(typical) == pytest.approx(2_753_000, rel=0.001) and max(typical) > 3 * min(typical)
    bad = {"x.csv": "a,b\n1,2\n", "x.epw": "hello\n", "x.txt": "hello\n", "x.tm2": ""}
    for name, text in bad.items():
        (tmp_path / name).write_text(text)
        message = refusal(changed(tmp_path, "sand-point", ('"703165TY.csv"', f'"{name}"')))
        assert name in message and "a TMY3 file (.csv), a TMY2 file (.tm2) or an EPW file" in message
    unknown = ("Jinko_Solar_Co___Ltd_JKM400M_72L_V", "Jinko")
    assert "no part of pvlib's CECMod" in refusal(changed(tmp_path, "sand-point", unknown))


def refusal(file: Path) -> str:
    with pytest.raises(PenstockError) as refused:
        load_model(file)
    text = str(refused.value)
    assert ("\n" not in text and "accepted" in text) or "No such file" in text
    return text
