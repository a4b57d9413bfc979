"""The command line: exit codes, what goes to stdout and stderr, and the shape of the JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.dealfile.broken import SOUND
from tests.fixtures.cli import MINIMAL, ROOT, penstock, refused, run_program


@pytest.fixture(autouse=True)
def _in_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture
def deal(tmp_path: Path) -> str:
    path = tmp_path / "deal.toml"
    path.write_text(SOUND)
    return str(path)


@pytest.fixture
def flows(tmp_path: Path) -> str:
    path = tmp_path / "flows.csv"
    rows = [f"{day},{amount}" for day, amount in DATES]
    path.write_text("\n".join(["date,collections", *rows]) + "\n")
    return str(path)


DATES = [
    ("2026-04-01", "150_000"),
    ("2026-07-01", "20_000.000001"),
    ("2026-10-01", "150_000"),
    ("2027-01-01", "200_000"),
    ("2027-04-01", "0"),
    ("2027-07-01", "0"),
    ("2027-10-01", "0"),
    ("2027-12-31", "900_000"),
    ("2028-03-01", "77"),
]


def test_check_prints_the_terms_as_a_banker_reads_them(deal: str):
    done = penstock("check", deal)
    assert (done.exit_code, done.stderr) == (0, "")
    for words in ("Sound", "SND-A", "800,000.00", "6.00 %", "30/360", "level", "DSCR of senior below 1.15"):
        assert words in done.stdout
    assert "first payment 2026-04-01, last payment 2028-01-03" in done.stdout
    assert "Payment calendar" not in done.stdout
    assert "84.2 %" in done.stdout  # of the capital


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ("closing = 2025-12-31\nmonths = 6", "every 6 months from 2025-12-31, on the last day of the month"),
        ("closing = 2026-01-01\nmonths = 1", "every 1 month from 2026-01-01, on day 1 of the month"),
        (
            "closing = 2026-01-01\nmonths = 3\nfirst = 2026-06-30\nmonth_end = false",
            "every 3 months from 2026-06-30, on day 30 of the month, or the last of a shorter one",
        ),
        ("closing = 2026-01-01\ndates = [2026-07-01, 2027-01-01]", ""),
    ],
)
def test_check_prints_how_dates_are_counted(tmp_path: Path, keys: str, rule: str):
    path = tmp_path / "deal.toml"
    text = SOUND.replace("closing = 2026-01-01\nmonths = 3", keys)
    path.write_text(text.replace("periods = 8\n", "") if "dates" in keys else text)
    done = penstock("check", str(path))
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if line.startswith("accrual dates")] == (
        [f"accrual dates {rule}"] if rule else []
    )


def test_total_debt_service_is_the_sum_of_the_calendar():
    done = penstock("check", MINIMAL, "--schedule")
    assert "107,500.00" in done.stdout
    calendar = done.stdout.split("Payment calendar")[1].splitlines()[3:]
    assert len(calendar) == 4
    service = [Decimal(line.split("│")[-1].strip().replace(",", "")) for line in calendar]
    assert sum(service) == 107_500


def test_a_name_is_printed_as_it_is(tmp_path: Path):
    path = tmp_path / "deal.toml"
    path.write_text(SOUND.replace('"Sound"', '"[bold]Größe[/] :sun:"'), encoding="utf-8")
    assert penstock("check", str(path)).stdout.startswith("[bold]Größe[/] :sun:\n")
    assert run_program("check", str(path), encoding="ascii").returncode == 0


def test_simulate_prints_a_row_a_period_and_one_line_of_conservation(deal: str, flows: str):
    done = penstock("simulate", deal, "--flows", flows)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "enforcement" not in done.stdout
    assert "lockup fails" in done.stdout
    last = done.stdout.splitlines()[-1]
    assert last.startswith("conserved: in 1,420,077.000001 = out ")
    assert last.endswith("difference 0")


def test_the_json_has_the_shape_of_the_specification(deal: str, flows: str):
    done = penstock("simulate", deal, "--flows", flows, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert list(told) == ["deal", "asset", "decimals", "conserved", "periods", "totals", "late"]
    assert (told["deal"], told["asset"], told["decimals"], told["conserved"]) == ("Sound", "USDC", 6, True)
    assert [period["period"] for period in told["periods"]] == list(range(1, 9))
    second = told["periods"][1]
    assert (second["accrual_date"], second["payment_date"]) == ("2026-07-01", "2026-07-01")
    assert (second["collections"], second["ladder"]) == ("20000.000001", "normal")
    assert second["rungs"][1].keys() == {"rung", "ladder", "due", "paid", "from_reserve", "from_trap"}
    assert [rung["rung"] for rung in second["rungs"]][-1] == "residual:equity"
    assert {"interest_due", "interest", "principal", "balance", "interest_arrears", "principal_arrears"} <= set(
        second["tranches"]["senior"]
    )
    assert second["fees"]["om"] == {"paid": "2000", "arrears": "0"}
    assert {"balance", "drawn", "topped_up"} <= set(second["reserves"]["dsra"])
    assert second["tests"]["lockup"] == {
        "value": "0.1684",
        "passed": False,
        "cured": False,
        "metric": "DSCR of senior",
        "report_missing": False,
    }
    assert (second["trapped"], second["residual"]) == ("0", "0")
    assert told["totals"].keys() >= {"collections", "paid", "held"}


def test_notes_on_a_flows_file_go_to_stderr(deal: str, flows: str):
    Path(flows).write_text("date,collections,energy\n2026-04-01,150_000,1.5\n")
    for more in ([], ["--json"]):
        done = penstock("simulate", deal, "--flows", flows, *more)
        first, second = done.stderr.splitlines()
        assert done.exit_code == 0 and "note" not in done.stdout
        assert first.startswith(f'note: {flows}: not read: "energy"; columns that are read: ')
        assert second.startswith(
            f"note: {flows}: the last row is of 2026-04-01; nothing is collected in periods 2 to 8 "
        )


def test_flows_are_read_from_standard_input(deal: str, flows: str):
    text = Path(flows).read_text()
    piped = penstock("simulate", deal, "--flows", "-", given=text)
    assert (piped.exit_code, piped.stderr) == (0, "")
    assert piped.stdout == penstock("simulate", deal, "--flows", flows).stdout
    wrong = penstock("simulate", deal, "--flows", "-", given=text.replace("150_000", "1,5", 1))
    refused(wrong, 'standard input:2: "2026-04-01,1,5": 3 values; accepted: 2 values')
    refused(penstock("simulate", deal, "--flows", "-", given=""), "standard input:1: (the row): empty")


def test_standard_input_that_is_closed_is_refused(deal: str):
    done = subprocess.run(
        [sys.executable, "-m", "penstock", "simulate", deal, "--flows", "-"],
        preexec_fn=lambda: os.close(0),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "standard input: closed\n")


def amounts(told: dict[str, object], *keys: str) -> Decimal:
    return sum((Decimal(str(told[key])) for key in keys), Decimal())


def test_the_json_adds_up(deal: str, flows: str):
    told = json.loads(penstock("simulate", deal, "--flows", flows, "--json").stdout)
    totals, settled = told["totals"], [*told["periods"], told["late"]]
    assert (told["late"]["period"], told["late"]["accrual_date"], told["late"]["tests"]) == (9, None, {})
    brought = Decimal(totals["collections"]) + Decimal(totals["opening"])
    assert brought == sum(Decimal(amount) for _, amount in DATES)
    paid = [*totals["paid"].values(), *totals["fees"].values(), totals["held"]]
    assert brought == sum(map(Decimal, paid))
    for name, total in totals["paid"].items():
        assert Decimal(total) == sum(Decimal(period["tranches"][name]["paid"]) for period in settled)
    for period in settled:
        for tranche in period["tranches"].values():
            assert Decimal(tranche["paid"]) == amounts(tranche, "interest", "principal", "residual")


FLAGS_AND_COUNTS = ("period", "decimals", "conserved", "passed", "cured", "report_missing")


def test_every_number_of_the_json_is_a_decimal_string(deal: str, flows: str):
    told = json.loads(penstock("simulate", deal, "--flows", flows, "--json").stdout)

    def walk(value: object, key: str) -> None:
        if isinstance(value, dict):
            for name, part in value.items():
                walk(part, name)
        elif isinstance(value, list):
            for part in value:
                walk(part, key)
        else:
            assert not isinstance(value, float)
            assert not isinstance(value, int) or key in FLAGS_AND_COUNTS
            assert "E" not in str(value) or key in ("deal", "asset")

    walk(told, "")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ([], 2, "Missing command"),
        (["chekc"], 2, "chekc"),
        (["check"], 2, "DEAL"),
        (["check", MINIMAL, "another"], 2, "another"),
        (["check", "--shedule", MINIMAL], 2, "--shedule"),
        (["simulate", MINIMAL], 2, "--flows"),
        (["check", "nowhere.toml"], 1, "nowhere.toml: No such file or directory"),
        (["check", "deals"], 1, "deals: Is a directory"),
        (["simulate", MINIMAL, "--flows", "nowhere.csv"], 1, "nowhere.csv: No such file or directory"),
        (["simulate", MINIMAL, "--flows", MINIMAL], 1, f"{MINIMAL}:1: "),
        (["check", "LICENSE"], 1, "LICENSE:1: "),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else None,
)
def test_a_mistake_is_one_line_on_stderr(words: list[str], code: int, told: str):
    done = penstock(*words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr


def test_a_refusal_begins_with_file_and_line(deal: str):
    Path(deal).write_text(SOUND.replace('"0.06"', "0.06"))
    done = penstock("check", deal)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{deal}:14: tranche.senior.coupon = 0.06: ")


def test_bytes_that_are_not_text_are_refused_in_one_line(tmp_path: Path):
    path = tmp_path / "deal.toml"
    path.write_bytes(b"\x00\xff\xfe")
    done = penstock("check", str(path))
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_leaves_early_gets_no_traceback():
    command = f"{sys.executable} -m penstock check {MINIMAL} --schedule | head -1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("Minimal\n", "")


def test_version_and_help():
    done = penstock("--version")
    assert done.exit_code == 0
    assert done.stdout.startswith("penstock ")
    done = penstock("--help")
    assert done.exit_code == 0
    assert "check" in done.stdout
    assert "simulate" in done.stdout
