"""
The demonstration.

given a deal and its flows
    it should end with the table, the conserved line, gas and a picture
    it should compare chain and model after every period
    it should play late revenue and reports too, and a clean-up call
    its table should be that of simulate, and say what is unpaid at the end
when chain and model differ
    it should stop with exit 1 and name the first difference
given what it cannot play
    it should say so in one line
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.demo import play, twins
from penstock.model.books import Books
from tests.fixtures.cli import penstock
from tests.fixtures.every_figure import DEAL, FLOWS
from tests.fixtures.tables import tables

ROOT = Path(__file__).parents[2]
MINIMAL = ROOT / "deals" / "minimal.toml"
CONSERVED = re.compile(r"^conserved: in [0-9.,]+ = out [0-9.,]+ \+ held [0-9.,]+, difference 0$", re.MULTILINE)

NO_ROW = " no row belongs to periods 1 to 3 (to 2026-07-01 … 2027-07-01); nothing is collected there"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    file = tmp_path / "flows.csv"
    file.write_text(
        "date,collections\n2026-06-30,30000.000001\n2026-12-31,0\n2027-06-30,120000\n2027-12-31,31.7\n2028-02-01,90000\n"
    )
    return file


def run(*words: object):
    return CliRunner().invoke(app, ["demo", *map(str, words)])


def test_it_ends_with_table_conserved_line_gas_and_picture(tmp_path: Path, flows: Path):
    done = run("--deal", MINIMAL, "--flows", flows, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert CONSERVED.search(done.stdout)
    assert "chain = model after each of 4 periods" in done.stdout
    for row in ("2026-07-01", "late", "total", "launch", "settle", "pay and settle", "claim", "share transfer"):
        assert re.search(rf"^ {row} ", done.stdout, re.MULTILINE), row
    (picture,) = (tmp_path / "out").iterdir()
    assert str(picture) in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_flows_come_from_standard_input_too(tmp_path: Path):
    given = "date;collections;weather\n2027-12-31;150000;fair\n"
    done = CliRunner().invoke(
        app, ["demo", "--deal", str(MINIMAL), "--flows", "-", "--out", str(tmp_path)], input=given
    )
    assert done.exit_code == 0, done.stderr
    assert "conserved: in 150,000 = " in done.stdout and (tmp_path / "minimal.png").exists()
    notes = [line for line in done.stderr.splitlines() if line.startswith("note: ")]
    assert [note.split(":")[1:3] for note in notes] == [[" standard input", " not read"], [" standard input", NO_ROW]]


def test_it_stops_at_the_first_difference(tmp_path: Path, flows: Path, monkeypatch: pytest.MonkeyPatch):
    class Wrong(Books):
        def settle(self, *given, **named):
            settled = super().settle(*given, **named)
            if self.state.period == 2:
                self.state.interest_arrears[0] += 1
            return settled

    monkeypatch.setattr(twins, "Books", Wrong)
    done = run("--deal", MINIMAL, "--flows", flows, "--out", tmp_path)
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith("period 2: interest arrears of tranche senior: chain ")
    assert "conserved" not in done.stdout


def test_a_mistake_in_the_flows_is_named(tmp_path: Path, flows: Path):
    flows.write_text("date,collections\n2026-06-30,-1\n")
    done = run("--deal", MINIMAL, "--flows", flows, "--out", tmp_path)
    assert done.exit_code == 1
    assert "flows.csv:2: collections" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("by", ["period", "year"])
def test_its_table_is_that_of_simulate_with_reports_too(tmp_path: Path, by: str):
    """Losses, asset values, an asset value of zero, fees on it; chain and model are compared after every period."""
    deal, flows = tmp_path / "deal.toml", tmp_path / "flows.csv"
    deal.write_text(DEAL)
    flows.write_text(FLOWS)
    tables_at = [tmp_path / name for name in ("demo.csv", "simulate.csv")]
    done = run("--deal", deal, "--flows", flows, "--out", tmp_path / "out", "--by", by, "--csv", tables_at[0])
    assert done.exit_code == 0, done.stderr
    assert "chain = model after each of 8 periods" in done.stdout
    simulated = penstock("simulate", str(deal), "--flows", str(flows), "--by", by, "--csv", str(tables_at[1])).stdout
    page, *rest = simulated.partition("\nconserved: ")
    assert rest[0] and done.stdout.startswith(page)
    assert "unpaid at the end: junior " in page
    assert tables_at[0].read_bytes() == tables_at[1].read_bytes()
    (gas,) = [each for each in tables(done.stdout) if each.title == ["Gas"]]
    assert gas.row("report")[0] == "8"


def test_a_deal_that_reads_reports_needs_none(tmp_path: Path):
    deal, flows = tmp_path / "deal.toml", tmp_path / "flows.csv"
    deal.write_text(DEAL)
    flows.write_text("date,collections\n2026-02-01,3000\n2027-09-01,20000\n")
    done = run("--deal", deal, "--flows", flows, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    assert " report " not in done.stdout


@pytest.fixture
def callable_deal(tmp_path: Path) -> Path:
    file = tmp_path / "called.toml"
    file.write_text(MINIMAL.read_text() + '\n[call]\nby = "sponsor"\nbelow = "0.5"\n')
    return file


CALLED_IN = "date,collections,call\n2026-06-30,30000.000001,\n2026-12-31,28000,{second}\n2027-06-30,12000,{third}\n"
AFTER = "2027-12-31,31.7,\n2028-02-01,90000,\n"


def test_a_clean_up_call_is_played_as_simulate_says(tmp_path: Path, callable_deal: Path):
    """50,000 and 1,500 of interest are owed in the third period and 12,000 there: the payee pays 39,500."""
    flows = tmp_path / "flows.csv"
    flows.write_text(CALLED_IN.format(second="", third=1) + AFTER)
    done = run("--deal", callable_deal, "--flows", flows, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    page = penstock("simulate", str(callable_deal), "--flows", str(flows)).stdout.partition("\nconserved: ")[0]
    assert done.stdout.startswith(page)
    assert "39,500" in page
    assert CONSERVED.search(done.stdout)
    assert "chain = model after each of 3 periods" in done.stdout
    (gas,) = [each for each in tables(done.stdout) if each.title == ["Gas"]]
    assert gas.row("call announcement")[0] == "1"


def test_a_call_that_is_not_allowed_is_named_with_its_line(tmp_path: Path, callable_deal: Path):
    flows = tmp_path / "flows.csv"
    flows.write_text(CALLED_IN.format(second=1, third="") + AFTER)
    done = run("--deal", callable_deal, "--flows", flows, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].endswith(
        'flows.csv:3: call = "1": before period 2 lenders\' faces less principal paid are 75,000; accepted: a later '
        "period, once they are 50,000 or less"
    )


def test_a_deal_without_flows_is_refused():
    done = run("--deal", ROOT / "deals" / "pf-three-tranche.toml")
    assert done.exit_code == 1
    assert "no such file; name the revenue of pf-three-tranche.toml with --flows" in done.stderr


def test_drought_excludes_another_deal():
    assert run("--drought", "--deal", MINIMAL).exit_code == 2


def test_shares_are_given_out_whole():
    from penstock.dealfile import load

    terms = load(ROOT / "deals" / "greensboro-solar.toml")
    given = play.allotments(terms, play.HOLDERS)
    for index, tranche in enumerate(terms.tranches):
        assert sum(each.shares for each in given if each.tranche == index) == tranche.supply


def test_greensboro_lives_through_its_drought(tmp_path: Path):
    done = run("--drought", "--out", tmp_path)
    assert done.exit_code == 0, done.stderr
    (line,) = CONSERVED.findall(done.stdout)
    assert line.startswith("conserved: in 18,912,532.29 = out 18,912,532.2")
    assert "chain = model after each of 80 periods" in done.stdout
    for year, state in (
        (2029, "lockup fails 1×, reserve drawn"),
        (2032, "lockup fails 4×, reserve drawn"),
        (2034, "normal"),
    ):
        assert re.search(rf"^ {year} .*{state} *$", done.stdout, re.MULTILINE), year
    # No terminal: a line a year, and one for each action before and after.
    assert (
        sum(line.startswith(f"{period}/80 periods") for line in done.stderr.splitlines() for period in range(81)) == 24
    )
