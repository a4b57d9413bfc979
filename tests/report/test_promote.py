"""
What check and simulate print of a promote.

check
├── it should name each tier in the words of a term sheet, and what a hurdle comes to in a year
├── given a sponsor's capital, it should say whose the capital is
└── it should warn of a tier that gives less than the catch-up above it
simulate
├── a second table should hold what the capital and the promote got and the hurdles after, by period and by year
├── --csv should have them behind each row, exactly
└── --json should have them, and each class's part of the residual
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from penstock.dealfile import loads
from penstock.dealfile.warnings import warnings
from penstock.model.units import WAD
from penstock.report.promote import effective_rate
from tests.contracts.deals import PROMOTED_FILE
from tests.fixtures.cli import penstock
from tests.fixtures.tables import Printed, tables

FLOWS = (
    "date,collections\n2027-01-01,0\n2028-01-01,30000\n2029-01-01,60000\n2030-01-01,60000\n2031-01-01,90000\n"
    "2031-02-01,10\n"
)
EIGHT = WAD * 8 // 100


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    (tmp_path / "deal.toml").write_text(PROMOTED_FILE)
    (tmp_path / "flows.csv").write_text(FLOWS)
    return str(tmp_path / "deal.toml"), "--flows", str(tmp_path / "flows.csv")


def checked(tmp_path: Path, text: str = PROMOTED_FILE) -> tuple[str, Printed]:
    (tmp_path / "deal.toml").write_text(text)
    done = penstock("check", str(tmp_path / "deal.toml"))
    assert done.exit_code == 0, done.stderr
    return done.stdout, next(each for each in tables(done.stdout) if each.title[0].startswith("Promote"))


def test_tiers_in_the_words_of_a_term_sheet(tmp_path: Path) -> None:
    text, page = checked(tmp_path)
    assert page.title[0] == "Promote of gp"
    assert page.rows == [
        ["1", "preferred return of 8.00 % a year", "8.0000 %", "100.00 %", "0.00 %"],
        ["2", "catch-up to 20.00 % of profit", "", "0.00 %", "100.00 %"],
        ["3", "split up to 15.00 % a year", "15.0000 %", "80.00 %", "20.00 %"],
        ["4", "split of the rest", "", "70.00 %", "30.00 %"],
    ]
    assert "capital 100,000 USDC: all of it of lp\nhurdles grow each period, by 30/360 (ISDA)" in text


def test_whose_the_capital_is(tmp_path: Path) -> None:
    text, _ = checked(tmp_path, PROMOTED_FILE.replace('day_count = "30/360"', 'co_invest = "0.125"'))
    assert "capital 100,000 USDC: 87.50 % lp, 12.50 % gp" in text


def test_a_return_of_capital_has_no_rate(tmp_path: Path) -> None:
    _, page = checked(tmp_path, PROMOTED_FILE.replace('until = "0.08"', 'until = "0"'))
    assert page.rows[0] == ["1", "return of capital", "0.0000 %", "100.00 %", "0.00 %"]
    text = PROMOTED_FILE.replace('{ until = "0.08" }', '{ until = "0", investor = "0.90" }')
    assert checked(tmp_path, text)[1].rows[0][1] == "split until capital is returned"


@pytest.mark.parametrize(
    ("months", "day_count", "effective"),
    [
        (12, "30/360", "8.0000 %"),
        (6, "30/360", "8.1600 %"),
        (3, "30/360", "8.2432 %"),
        (1, "30/360", "8.3000 %"),
        (12, "ACT/365F", "8.0000 %"),
        (3, "ACT/ACT (ICMA)", "8.2432 %"),
    ],
)
def test_what_a_hurdle_comes_to_in_a_year(months: int, day_count: str, effective: str) -> None:
    """Source: (1 + 8 % / n)^n − 1; the hurdle of 365 days is so of a deal without a leap year."""
    years = 1 if day_count == "ACT/365F" else 5
    text = PROMOTED_FILE.replace('"30/360"', f'"{day_count}"').replace("months = 12", f"months = {months}")
    terms = loads(text.replace("periods = 5", f"periods = {years * 12 // months}"))
    assert terms.promote
    assert effective_rate(terms, terms.promote, EIGHT) == effective


@pytest.mark.parametrize(("investor", "warned"), [("0.70", False), ("0.80", False), ("0.81", True)])
def test_a_tier_that_gives_less_than_the_catch_up_is_warned_of(investor: str, warned: bool) -> None:
    found = warnings(loads(PROMOTED_FILE.replace('{ investor = "0.70" }', f'{{ investor = "{investor}" }}')))
    expected = (
        "warning: a tier gives the promote 19.00 %, and the catch-up above it brings it back to 20.00 % of profit in "
        "the next period: is 0.8 meant for the investor?"
    )
    assert found == ([expected] if warned else [])


def test_the_run_by_period(files: tuple[str, ...]) -> None:
    page = {each.title[0].split(",")[0]: each for each in tables(penstock("simulate", *files).stdout)}
    assert page["By period"].row("2031-01-01") == ["90,000.00", "65,332.43", "24,667.56", "normal"]
    assert list(page["Promote"].columns) == ["accrual date", "to capital", "promote", "hurdle 8.00 %", "hurdle 15.00 %"]
    assert page["Promote"].row("2027-01-01") == ["0.00", "0.00", "108,000.00", "115,000.00"]
    assert page["Promote"].row("2030-01-01") == ["50,000.00", "10,000.00", "0.00", "16,225.62"]
    assert page["Promote"].row("late") == ["7.00", "3.00", "0.00", "0.00"]
    assert page["Promote"].row("total") == ["205,339.43", "34,670.56", "", ""]


def test_the_run_by_year(files: tuple[str, ...]) -> None:
    page = tables(penstock("simulate", *files, "--by", "year").stdout)[1]
    assert page.row("2029") == ["50,000.00", "10,000.00", "0.00", "16,225.62"]


def test_csv_has_every_digit(files: tuple[str, ...], tmp_path: Path) -> None:
    done = penstock("simulate", *files, "--csv", str(tmp_path / "run.csv"))
    assert done.exit_code == 0, done.stderr
    header, *rows = csv.reader((tmp_path / "run.csv").open())
    assert header[-4:] == ["to capital", "promote", "hurdle 8.00 %", "hurdle 15.00 %"]
    assert rows[3][-4:] == ["50000", "10000", "0", "16225.625"]
    assert rows[4][-4:] == ["65332.433595", "24667.566405", "0", "0"]


def test_json_has_each_class_and_each_tier(files: tuple[str, ...]) -> None:
    made = json.loads(penstock("simulate", *files, "--json").stdout)
    period = made["periods"][3]
    assert period["promote"] == {
        "capital": "50000",
        "promote": "10000",
        "tiers": ["36256.896", "6564.224", "17178.88", "0"],
        "hurdles": {"0.08": "0", "0.15": "16225.625"},
        "capital_received": "140000",
        "promote_received": "10000",
    }
    assert [period["tranches"][each]["residual"] for each in ("lp", "gp")] == ["50000", "10000"]
    assert period["residual"] == "60000"
    assert made["totals"]["paid"] == {"lp": "205339.433595", "gp": "34670.566405"}
