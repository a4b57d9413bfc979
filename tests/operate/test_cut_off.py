"""
penstock cut-off, and what settle and status say of a payment delay.

given no payment delay
    it should refuse one deal, and leave it out of many
given a payment delay
    before the accrual date, it should say when that is and send nothing
    from then on, it should cut off once, and say so when repeated
    status should tell what is the period's and what the next one's
    --pay for a period that is cut off should be refused, and pay nothing
    settle should share out what was cut off, and say it where nothing was
"""

from __future__ import annotations

import json

import pytest

from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.operate.conftest import USD, Stage

pytestmark = pytest.mark.sampled

DELAYED = TESTED.replace("months = 3", "months = 3\npayment_delay = 10")


def test_a_deal_without_a_payment_delay_is_refused_or_left_out(stage: Stage) -> None:
    file = stage.launch()
    refused(penstock("cut-off", str(file)), "small.json: the deal has no payment delay")
    done = penstock("cut-off", "--all")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_a_period_is_cut_off_once_and_settled_later(stage: Stage) -> None:
    file = stage.launch(text=DELAYED)
    before = stage.sent()
    done = penstock("cut-off", str(file))
    assert done.exit_code == 0
    assert "nothing is to be cut off; the accrual date of period 1 is 2026-04-01" in done.stdout
    assert stage.sent() == before
    stage.pay(file, 300 * USD)
    stage.day(92)
    done = penstock("cut-off", "--all")
    assert done.exit_code == 0, done.stderr
    assert "small.json: cut off period 1: collections 300, " in done.stdout
    assert "period 1 is cut off already, at 300" in penstock("cut-off", "--all").stdout
    stage.pay(file, 20 * USD)
    page = penstock("status", str(file)).stdout
    assert "period 1 is cut off at 300.00; later collections 20.00, of period 2" in page
    assert json.loads(penstock("status", str(file), "--json").stdout)["cut_off"] == "300"
    now = stage.chain.now()
    refused(penstock("settle", str(file), "--pay", "5", "--advance"), "period 1 is cut off", "nothing was paid")
    assert stage.chain.now() == now
    stage.day(102)
    refused(
        penstock("settle", str(file), "--pay", "5"), "period 1 is cut off: what is paid now is not its revenue any more"
    )
    done = penstock("settle", "--all")
    assert "settled period 1: collections 300, " in done.stdout
    assert "not cut off" not in done.stdout
    assert "period 2 is not cut off" in penstock("status", str(file)).stdout
    stage.day(400)
    done = penstock("settle", str(file))
    assert "collections 20.00" in done.stdout
    assert "period 2 was not cut off: what had come in when it was settled was its collections" in " ".join(
        done.stdout.split()
    )
    watched = penstock("watch", str(file), "--once").stdout
    assert "period 1 cut off: collections 300" in watched


def test_a_period_without_revenue_is_cut_off_only_if_that_is_asked_for(stage: Stage) -> None:
    file = stage.launch(text=DELAYED)
    stage.day(92)
    before = stage.sent()
    refused(
        penstock("cut-off", str(file)),
        "small.json: no revenue has been received for period 1: cut off now, it would have none",
        "accepted: --empty",
    )
    assert stage.sent() == before
    done = penstock("cut-off", str(file), "--empty")
    assert done.exit_code == 0, done.stderr
    assert "small.json: cut off period 1: collections 0, " in done.stdout


def test_nobody_is_asked_to_pay_more_into_a_period_that_is_cut_off(stage: Stage) -> None:
    """Grace and delay together: what comes in grace is the next period's."""
    file = stage.launch(text=DELAYED.replace("payment_delay = 10", "payment_delay = 10\ngrace = 5"))
    stage.pay(file, 1 * USD)
    stage.day(92)
    assert penstock("cut-off", str(file)).exit_code == 0
    stage.day(101)
    done = penstock("settle", str(file))
    refused(done, "period 1 is in grace until ", "it is cut off, and what comes now is the next one's", "settle again")
    assert "accepted: what is missing" not in done.stderr
