"""
Warnings about a valid deal file that may not mean what it says.

given a coupon above 100 % a year
    check, simulate and the plan of deploy should ask whether a hundredth of it is meant
given none
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

COUPON = 'coupon = "0.09"'
PERCENT = "warning: the coupon of mezz, 8.5, is 850.00 %: is 0.085 meant?"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


def printed(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    return done.stdout


def test_any_step_of_a_coupon_above_100_percent_is_asked_about():
    steps = 'coupon = "0.09"\nsteps = [{ from = 2026-07-01, coupon = "9" }, { from = 2026-10-01, coupon = "1" }]'
    text = SOUND.replace(COUPON, steps)
    assert warnings(loads(text)) == ["warning: the coupon of mezz, 9, is 900.00 %: is 0.09 meant?"]
    (odd,) = warnings(loads(SOUND.replace(COUPON, 'coupon = "6.000000000000000001"')))
    assert odd.endswith("6.000000000000000001, is 600.0000000000000001 %: is 0.06 meant?")


def test_a_rate_paid_in_kind_above_100_percent_is_asked_about():
    assert warnings(loads(SOUND.replace(COUPON, COUPON + '\npik = "1"'))) == []
    assert warnings(loads(SOUND.replace(COUPON, COUPON + '\npik = "6.5"'))) == [
        "warning: the pik of mezz, 6.5, is 650.00 %: is 0.065 meant?"
    ]


def test_a_trap_that_helps_a_junior_alone_is_asked_about():
    def helping(*rungs: str) -> list[str]:
        return warnings(loads(SOUND.replace('id = "lockup"\n', f'id = "lockup"\nsupports = {json.dumps(rungs)}\n')))

    asked = (
        "warning: the trap of lockup helps mezz and not the interest of senior, which is senior: "
        "is interest:senior meant too?"
    )
    assert helping("interest:mezz") == [asked] == helping("principal:senior", "interest:mezz")
    assert helping("interest:mezz", "interest:senior") == [] == helping("principal:senior", "fee:om")


def test_check_and_simulate_print_them_and_json_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("sound.toml").write_text(SOUND)
    Path("odd.toml").write_text(SOUND.replace(COUPON, 'coupon = "8.5"'))
    Path("flows.csv").write_text(
        "date,collections\n" + "".join(f"{day},50_000\n" for day in loads(SOUND).accrual_dates)
    )
    run = ("simulate", "odd.toml", "--flows", "flows.csv")
    for schedule in ([], ["--schedule"]):
        assert printed("check", "odd.toml", *schedule).splitlines()[-2:] == ["", PERCENT]
    lines = printed(*run).splitlines()
    assert lines[:2] == [PERCENT, ""]
    assert lines[-1].startswith("conserved: ")
    assert json.loads(printed(*run, "--json"))["deal"] == "Sound"
    assert "warning: " not in printed("check", "sound.toml") + printed("simulate", "sound.toml", *run[2:])


def test_the_plan_of_a_deployment_has_them_too(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    words = ("--network", url, "--payee", f"operator={list(development_keys())[1]}")
    for name, text in (("small", DEAL), ("odd", DEAL.replace('coupon = "0.08"', 'coupon = "8"'))):
        Path(f"{name}.toml").write_text(text)
    line = "warning: the coupon of senior, 8, is 800.00 %: is 0.08 meant?"
    assert line in printed("deploy", "odd.toml", *words).splitlines()
    assert "warning: " not in printed("deploy", "small.toml", *words)


ENFORCED = (
    SOUND.rstrip()
    + """
enforcement = ["fee:om", "interest:senior", "all:senior", "interest:mezz", "all:mezz", "residual:equity"]
enforce_on = ["lockup"]
"""
)


def test_a_reserve_that_enforcement_leaves_full_is_asked_about() -> None:
    said = (
        "warning: the reserve dsra helps principal:senior, which enforcement repays by all:senior: is that meant too?"
    )
    assert warnings(loads(ENFORCED)) == [said]
    both = ENFORCED.replace('"principal:senior"]', '"principal:senior", "all:senior"]', 1)
    assert warnings(loads(both)) == []
    assert warnings(loads(ENFORCED.replace('"all:senior"', '"principal:senior"'))) == []


def test_a_threshold_of_ten_and_more_is_asked_about() -> None:
    assert warnings(loads(SOUND.replace('below = "1.15"', 'below = "115"'))) == [
        "warning: the threshold of lockup is 115: is 1.15 meant?"
    ]
    assert warnings(loads(SOUND.replace('below = "1.15"', 'below = "9.99"'))) == []


def test_grace_after_a_payment_delay_is_asked_about() -> None:
    both = SOUND.replace("periods = 8", "periods = 8\npayment_delay = 20\ngrace = 5")
    (said,) = warnings(loads(both))
    assert "with payment_delay anyone may cut a period off" in said and "by the accrual date?" in said
    assert warnings(loads(both.replace("grace = 5", ""))) == []
