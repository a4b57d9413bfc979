"""
`penstock stress`.

a stress
    it should be a page of 80 columns with every table, and JSON whose figures are those of the scenarios
    it should write a result, say where, and draw a picture
    it should print the same again, without computing a block twice
bad input
    it should be refused in one line, with nothing written
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars
import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.dealfile import load
from penstock.format import format_amount
from penstock.revenue.file import load_model
from penstock.stress.cases import breakevens, read_case, run_cases, tornado_of
from penstock.stress.study import Study
from tests.fixtures.cli import ROOT, penstock, refused
from tests.stress.deals import small_deal, small_model

CASE = "price -60% 2028-01..2029-12"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stress")
    small_deal(folder, ('"2_200_000"', '"1_900_000"'), ('"500_000"', '"250_000"'))
    small_model(folder)
    return folder


def words(place: Path, *more: str, out: str = "made") -> list[str]:
    model = place / "greensboro-solar.toml"
    given = ["stress", str(place / "small.toml"), "--revenue", str(model), "--scenarios", "80", "--seed", "4"]
    return [*given, "--out", str(place / out), *more]


@pytest.fixture(scope="module")
def page(place: Path) -> dict:
    done = penstock(*words(place, "--json", "--case", CASE))
    assert done.exit_code == 0, done.stderr
    assert done.stderr == f"result: {place / 'made'}\n"
    return json.loads(done.stdout)


def amount(units: int) -> str:
    return format_amount(int(units), 6)


def test_the_figures_are_those_of_the_scenarios(place: Path, page: dict) -> None:
    rows = polars.read_parquet(place / "made" / "scenarios" / "*.parquet").sort("scenario")
    assert page["scenarios"] == len(rows) == 80 and page["seed"] == 4 and page["deal"] == "Small plant"
    for each in page["tranches"]:
        paid = sorted(rows[f"{each['id']}_paid"].to_list())
        assert each["paid"] == {f"p{level}": amount(paid[80 * (100 - level) // 100]) for level in (99, 90, 50, 10, 1)}
        assert each["paid_mean"] == amount(sum(paid) // 80)
        for name in ("loss", "shortfall") if each["loss"] else ():
            values = sorted(rows[f"{each['id']}_{name}"].to_list())
            assert each[name] == {
                "probability": sum(one > 0 for one in values) / 80,
                "scenarios": sum(one > 0 for one in values),
                "mean": amount(sum(values) // 80),
                "worst_1_percent": amount(values[-1]),
                "p99": amount(values[-1]),
                "most": amount(values[-1]),
            }
        rates = sorted(rows[f"{each['id']}_xirr"].to_list())
        assert each["xirr"] == {f"p{level}": rates[80 * (100 - level) // 100] for level in (99, 90, 50, 10, 1)}
    assert page["tranches"][1]["loss"]["scenarios"] > 0
    collected = rows["collected"].to_list()
    assert page["collected_mean"] == amount(sum(collected) // 80)
    assert page["ever_enforced"] == sum(one > 0 for one in rows["enforced_periods"].to_list()) / 80
    assert page["enforced_years_mean"] == pytest.approx(np.mean(rows["enforced_years"].to_list()))
    assert page["years"] == [2026, 2027, 2028, 2029] and len(page["locked"]["lockup"]) == 4


def test_cases_breakevens_and_the_tornado_are_beside_them(place: Path, page: dict) -> None:
    model = load_model(place / "greensboro-solar.toml")
    study = Study(load(place / "small.toml"), model, 4, 80)
    base, case = run_cases(study, [read_case(CASE, model)])
    for shown, made in zip(page["cases"], (base, case), strict=True):
        assert shown["case"] == made.text and shown["collected"] == amount(made.rows["collected"])
        assert shown["loss"] == {name: amount(made.rows[f"{name}_loss"]) for name in ("senior", "mezz")}
        assert shown["paid"] == {name: amount(made.rows[f"{name}_paid"]) for name in ("senior", "mezz", "equity")}
        assert shown["least"]["lockup"] == made.rows["lockup_least"]
    assert page["breakevens"] == {name: breakevens(study, name) for name in ("price", "yield", "availability")}
    swings = {each.input: each for each in tornado_of(study, 0.1)}
    assert [each["input"] for each in page["tornado"]] == list(swings)
    for each in page["tornado"]:
        assert each["less"]["paid"]["equity"] == amount(swings[each["input"]].less.rows["equity_paid"])


def test_a_page_is_80_columns_wide_and_has_the_figures(place: Path, page: dict) -> None:
    done = CliRunner(env={"COLUMNS": "80"}).invoke(
        app, words(place, "--case", CASE, "--picture", str(place / "fan.png"))
    )
    assert done.exit_code == 0 and max(map(len, done.stdout.splitlines())) <= 80
    assert (place / "fan.png").read_bytes()[:4] == b"\x89PNG"
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]

    def rows(first: str) -> list[list[str]]:
        """The cells of every row that begins so, in the order of the tables."""
        found = [[cell.strip().replace(",", "") for cell in line.split("│")] for line in lines]
        return [cells for cells in found if cells[0] == first]

    def whole(text: str, places: int = 0) -> str:
        """As a table shows an amount: rounded towards zero."""
        cut = int(Fraction(text) * 10**places)
        return str(cut) if not places else f"{cut / 10**places:.2f}"

    mezz, equity = page["tranches"][1], page["tranches"][2]
    _, returns, breakeven = rows("mezz")
    for each in page["tranches"][:2]:
        loss, shortfall = each["loss"], each["shortfall"]
        assert rows(each["id"])[0][1:] == [
            f"{loss['probability'] * 100:.2f} %",
            whole(loss["mean"], 2),
            whole(loss["worst_1_percent"], 2),
            f"{shortfall['probability'] * 100:.2f} %",
            whole(shortfall["mean"], 2),
            whole(shortfall["worst_1_percent"], 2),
        ]
    levels = [f"{mezz['xirr'][name] * 100:.2f} %" for name in ("p99", "p90", "p50", "p10")]
    assert returns[1:] == [*levels, f"{mezz['average_life_mean']:.2f}", whole(mezz["paid_mean"], 2)]
    assert breakeven[1:] == [f"{page['breakevens'][name]['mezz']:.3f}" for name in ("price", "yield", "availability")]
    (paid,) = rows("equity")
    assert paid[-1] == whole(equity["paid_mean"], 2)
    collected = polars.read_parquet(place / "made" / "scenarios" / "*.parquet")["collected_2027"].sort().to_list()
    (year,) = rows("2027")
    assert year[1:] == [
        whole(amount(collected[8]), 2),
        whole(amount(collected[40]), 2),
        f"{page['locked']['lockup'][1] * 100:.2f} %",
        f"{page['enforced'][1] * 100:.2f} %",
    ]
    base = page["cases"][0]
    assert Fraction(base["paid"]["equity"]) > 0, "or a swing would be what it ends at"
    (case,) = rows("base")
    assert case[1:4] == [
        whole(each, 2) for each in (base["loss"]["senior"], base["loss"]["mezz"], base["paid"]["equity"])
    ]
    assert case[4] == f"{int(base['least']['lockup'] * 100) / 100:.2f}"
    for swing in page["tornado"]:
        (shown,) = rows(swing["input"])
        sides = [
            Fraction(swing[side]["paid"]["equity"]) - Fraction(base["paid"]["equity"]) for side in ("less", "more")
        ]
        assert shown[1:3] == [whole(str(side), 2) for side in sides]
    for title in (
        "Loss and shortfall",
        "Annual return",
        "By year",
        "Breakeven",
        "Cases",
        "Tornado",
        "DSCR of senior P50",
    ):
        assert any(title in line for line in lines), title
    assert f"settled by {page['settled_by']}" in lines


def test_a_second_run_computes_nothing(place: Path, page: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penstock.stress.compute.compute", None)
    done = penstock(*words(place, "--json", "--case", CASE, "--no-breakeven"))
    assert json.loads(done.stdout) == page | {"breakevens": {}}


def test_scaled_collections_are_another_study(place: Path, page: dict) -> None:
    refused(penstock(*words(place, "--scale", "0.75")), "holds the result of another run (scale 1); accepted: another")
    done = penstock(*words(place, "--scale", "0.75", "--json", "--tornado", "0", "--no-breakeven", out="less"))
    less = json.loads(done.stdout)
    assert less["scale"] == "0.75" and less["tornado"] == [] and less["breakevens"] == {}
    assert Fraction(less["collected_mean"]) == pytest.approx(
        Fraction(page["collected_mean"]) * Fraction(3, 4), rel=1e-6
    )


@pytest.mark.parametrize(
    ("more", "expected", "code"),
    [
        (("--scenarios", "0"), ("'--scenarios'", "0; accepted: a whole number from 1 to 100,000,000"), 2),
        (("--scenarios", "1000000000000"), ("1,000,000,000,000; accepted",), 2),
        (("--seed", "one"), ("'--seed'", "'one'; accepted: a whole number"), 2),
        (("--scale", "0"), ("'--scale'", "'0'; accepted: a decimal above 0"), 2),
        (("--scale", "-1"), ("'--scale'", "'-1'; accepted"), 2),
        (("--scale", "nan"), ("'nan'; accepted",), 2),
        (("--case", "price minus a third"), ("case 'price minus a third': not a case; accepted",), 1),
        (("--case", "default +10%"), ("'default' is no input",), 1),
        (("--picture", "x.jpg"), ("x.jpg does not end in .png",), 2),
        (("--revenue", "gpu-notez"), ("gpu-notez: no such file, and no model that ships",), 1),
        (("--workers", "0"), ("'--workers'",), 2),
    ],
)
def test_bad_input_is_refused_in_one_line(
    place: Path, more: tuple[str, ...], expected: tuple[str, ...], code: int
) -> None:
    refused(penstock(*words(place, *more, out="none")), *expected, code=code)
    assert not (place / "none").exists()


def test_a_model_for_another_asset_is_refused_before_anything_is_written(place: Path, tmp_path: Path) -> None:
    model = small_model(tmp_path, ('"USDC"', '"EURC"'))
    done = penstock("stress", str(place / "small.toml"), "--revenue", str(model), "--out", str(tmp_path / "none"))
    refused(done, "revenue in EURC, and the deal is paid in USDC; accepted: a model in USDC")
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_an_interrupted_command_continues_where_it_was(place: Path, tmp_path: Path) -> None:
    more = ("--scenarios", "6000", "--workers", "1", "--no-breakeven", "--tornado", "0", "--json")
    folder = tmp_path / "made"
    command = [sys.executable, "-m", "penstock", *words(place, *more)]
    command[command.index(str(place / "made"))] = str(folder)
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 120
    while not list(folder.glob("scenarios/block-*.parquet")) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (130, "penstock: interrupted; run the same command again to resume\n")
    kept = {each: each.stat().st_mtime_ns for each in folder.glob("scenarios/*")}
    assert 1 <= len(kept) < 6 and all(each.suffix == ".parquet" for each in kept)
    again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert {each: each.stat().st_mtime_ns for each in kept} == kept, "no block was written twice"
    assert json.loads(again.stdout)["scenarios"] == 6000 and len(list(folder.glob("scenarios/*"))) == 6
