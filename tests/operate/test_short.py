"""
A settlement that leaves somebody short says so.

given too little for the lenders and their covenant
    settle should tell below its table who is in arrears of what, and which tests fail for how many passes more
    settle --all should say the arrears in the deal's line
    and what interest joined the balance of a lender that capitalises
given the last period, after which nothing is tested
    it should say who is short, and nothing of passes to cure
given what pays everybody
    neither should say a word of it
given a failing test that switches ladders
    settle should say that the enforcement ladder is in force
    status should show what settling now would pay down the other ladder
"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.model.deal import run
from tests.fixtures.deals import TESTED
from tests.operate.conftest import USD, Stage

pytestmark = pytest.mark.sampled

ENFORCED = (
    TESTED + 'enforcement = ["fee:om", "interest:senior", "all:senior", "residual:equity"]\nenforce_on = ["lockup"]\n'
)
PIK = TESTED.replace('coupon = "0.08"', 'coupon = "0.08"\narrears = "capitalise"')
CARRIED = TESTED.replace('fixed = "10.00"', 'fixed = "10.00"\ncarry = true')


def penstock(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def below(page: str) -> list[str]:
    """What stands under the table."""
    return page.partition("\n\n")[2].splitlines()


def test_settle_says_who_is_short_of_what(stage: Stage):
    file = str(stage.launch(text=CARRIED))
    # Of 20 of interest and 250 of principal the reserve pays 50, of the fee nobody a thing.
    page = penstock("settle", file, "--pay", "0", "--advance")
    assert below(page) == [
        "short: senior 220.00 principal in arrears",
        "short: fee om 10.00 in arrears",
        "lockup fails: 2 passes to cure",
    ]
    # Then 20 of interest on 970 (19.40) and on arrears are due, with nothing in reserve.
    page = penstock("settle", file, "--pay", "25.000001", "--advance")
    assert below(page) == [
        "short: senior 14.39 interest and 470.00 principal in arrears",
        "lockup fails: 2 passes to cure",
    ]


def test_settle_says_whose_interest_joined_the_balance(stage: Stage):
    file = str(stage.launch(text=PIK.replace('target = "50.00"\nopening = "50.00"', 'target = "0.00"')))
    # Of 10 the fee takes all; 20 of interest on 1,000 stay unpaid.
    page = penstock("settle", file, "--pay", "10", "--advance")
    assert below(page)[:2] == [
        "short: senior 250.00 principal in arrears",
        "short: senior 20.00 interest, capitalised",
    ]


def test_after_the_last_period_nothing_is_cured(stage: Stage):
    file = str(stage.launch())
    for _ in range(3):
        page = penstock("settle", file, "--pay", "0", "--advance")
        assert below(page)[-1] == "lockup fails: 2 passes to cure"
    page = penstock("settle", file, "--pay", "0", "--advance")
    assert below(page)[0].startswith("short: senior ") and "cure" not in page
    assert "to cure" not in penstock("status", file)


def test_settle_is_silent_where_all_is_well(stage: Stage):
    assert below(penstock("settle", str(stage.launch()), "--pay", "320", "--advance")) == []


def test_the_ladder_that_takes_over_is_said(stage: Stage):
    page = penstock("settle", str(stage.launch(text=ENFORCED)), "--pay", "265", "--advance")
    assert below(page)[-2:] == ["lockup fails: 2 passes to cure", "the enforcement ladder is in force"]


def test_settle_all_marks_the_deals_that_are_short(stage: Stage):
    poor, rich = stage.launch("poor"), stage.launch("rich", 1)
    stage.pay(poor, 200 * USD)
    stage.pay(rich, 320 * USD)
    stage.day(100)
    first, second, _ = penstock("settle", "--all").splitlines()
    assert first.startswith("deployments/31337/poor.json: settled period 1: collections 200, ")
    assert first.endswith(" gas, 30 in arrears")
    assert second.endswith(" gas")


def test_status_shows_the_ladder_that_settling_now_would_switch_to(stage: Stage):
    file = stage.launch(text=ENFORCED)
    terms = stage.deal(file).terms
    stage.pay(file, 150 * USD)
    stage.day(100)
    made = run(terms, [150 * USD]).settlements[0]
    assert made.enforced
    shown = json.loads(penstock("status", str(file), "--json"))
    paid = {each["rung"]: Decimal(each["would_be_paid"]) for each in shown["dues"]}
    assert paid == {terms.rung_name(each.rung): Decimal(each.paid).scaleb(-6) for each in made.rungs}
    page = penstock("status", str(file))
    assert "(settling now would switch to the enforcement ladder, which is shown)" in " ".join(page.split())
