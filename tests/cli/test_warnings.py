"""
Warnings about a valid deal file that may not mean what it says.

given closing at a month end, and dates that leave the month ends
    check, simulate and the plan of deploy should name the first such date, and what lists month ends
given a coupon above 100 % a year
    they should ask whether a hundredth of it is meant
given neither
    they should say nothing; nor does --json, ever
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.dealfile import loads
from penstock.dealfile.warnings import warnings
from penstock.evm import nodes
from penstock.evm.dev_accounts import development_keys
from tests.dealfile.broken import SOUND
from tests.fixtures.chains import START
from tests.fixtures.deals import DEAL

CLOSING, COUPON = "closing = 2026-01-01", 'coupon = "0.09"'
MONTH_END = (
    "warning: closing, 2026-03-31, is a month end, and the accrual date 2026-12-30 is none: the day of the month is "
    "kept; dates = [2026-06-30, ...] lists month ends"
)
PERCENT = "warning: the coupon of mezz, 8.5, is 850.00 %: is 0.085 meant?"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


def told(closing: str, calendar: str = "") -> list[str]:
    """The warnings on a deal of another calendar, whose reserve fits any."""
    text = SOUND.replace(CLOSING, f"closing = {closing}").replace("months = 6\nsupports", 'target = "5.00"\nsupports')
    text = text.replace('"following"', '"modified_following"')
    return warnings(loads(text.replace("months = 3\nperiods = 8", calendar) if calendar else text))


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


@pytest.mark.parametrize(
    ("closing", "calendar", "date"),
    [
        ("2026-03-31", "", "2026-12-30"),
        ("2026-06-30", "months = 6\nperiods = 2", "2026-12-30"),  # the first date is none already
        ("2026-06-30", "months = 3\nperiods = 8", "2026-12-30"),
        ("2027-02-28", "months = 12\nperiods = 2", "2028-02-28"),
    ],
)
def test_the_first_date_that_leaves_the_month_ends_is_named(closing: str, calendar: str, date: str):
    (line,) = told(closing, calendar)
    assert f"closing, {closing}, is a month end, and the accrual date {date} is none" in line


@pytest.mark.parametrize(
    ("closing", "calendar"),
    [
        ("2026-01-01", ""),
        ("2026-03-30", ""),
        ("2026-12-31", ""),
        ("2026-12-31", "months = 1\nperiods = 24"),
        ("2026-03-31", "months = 3\nfirst = 2026-07-01\nperiods = 8"),
        ("2026-03-31", "dates = [2026-06-30, 2026-09-30, 2026-12-31, 2027-03-31]"),
        # The last day of 2033 is a Saturday: the listed month end moves to the 30th.
        ("2033-06-30", 'dates = [2033-09-30, 2033-12-31]\naccrue = "adjusted"'),
    ],
)
def test_dates_that_stay_as_they_began_are_no_matter(closing: str, calendar: str):
    assert told(closing, calendar) == []


def test_any_step_of_a_coupon_above_100_percent_is_asked_about():
    steps = 'coupon = "0.09"\nsteps = [{ from = 2026-07-01, coupon = "9" }, { from = 2026-10-01, coupon = "1" }]'
    text = SOUND.replace(COUPON, steps)
    assert warnings(loads(text)) == ["warning: the coupon of mezz, 9, is 900.00 %: is 0.09 meant?"]


def test_check_and_simulate_print_them_and_json_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("sound.toml").write_text(SOUND)
    Path("odd.toml").write_text(SOUND.replace(CLOSING, "closing = 2026-03-31").replace(COUPON, 'coupon = "8.5"'))
    Path("flows.csv").write_text(
        "date,collections\n" + "".join(f"{day},50_000\n" for day in loads(SOUND).accrual_dates)
    )
    run = ("simulate", "odd.toml", "--flows", "flows.csv")
    for schedule in ([], ["--schedule"]):
        assert printed("check", "odd.toml", *schedule).splitlines()[-3:] == ["", MONTH_END, PERCENT]
    lines = printed(*run).splitlines()
    assert lines[:3] == [MONTH_END, PERCENT, ""]
    assert lines[-1].startswith("conserved: ")
    assert json.loads(printed(*run, "--json"))["deal"] == "Sound"
    assert "warning: " not in printed("check", "sound.toml") + printed("simulate", "sound.toml", *run[2:])


def test_the_plan_of_a_deployment_has_them_too(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    words = ("--network", url, "--payee", f"operator={list(development_keys())[1]}")
    for name, text in (("small", DEAL), ("odd", DEAL.replace(CLOSING, "closing = 2026-03-31"))):
        Path(f"{name}.toml").write_text(text)
    assert MONTH_END in printed("deploy", "odd.toml", *words).splitlines()
    assert "month end" not in printed("deploy", "small.toml", *words)
