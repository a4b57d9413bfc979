"""
What operators see of a period in its grace.

given too little cash
    settle, alone and for all, should refuse: until when, what is missing, that nothing is lost; and send nothing
    settle --pay of too little should refuse before anything is sent; of enough, it should settle
    status and watch should say the same
given enough
    status should say that it can be settled, and settle should
given grace is over
    settle should settle with what is there
"""

from __future__ import annotations

import json

import pytest

from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.operate.conftest import USD, Stage

pytestmark = pytest.mark.sampled

WITH_GRACE = TESTED.replace("months = 3", "months = 3\ngrace = 5")


def lines(words: str) -> str:
    return " ".join(words.split())


def test_a_period_that_misses_something_waits(stage: Stage) -> None:
    file = stage.launch(text=WITH_GRACE)
    stage.pay(file, 200 * USD)
    stage.day(90)
    before = stage.sent()
    said = ("period 1 is in grace until 2026-04-06 and misses ", "for interest:senior", "nothing is lost")
    refused(penstock("settle", str(file)), *said[:1], "nothing is lost; accepted: what is missing before 2026-04-06")
    many = penstock("settle", "--all", "--empty")
    assert many.exit_code == 1
    assert "1 refused" in many.stdout
    assert "small.json: period 1 is in grace until 2026-04-06 and misses" in many.stderr
    missing = many.stderr.split("misses ")[1].split(";")[0]
    refused(penstock("settle", str(file), "--pay", "1"), "period 1 is in grace until 2026-04-06", "nothing is lost")
    assert stage.sent() == before
    page = lines(penstock("status", str(file)).stdout)
    assert "2026-04-01 (in grace until 2026-04-06)" in page
    assert f"in grace until 2026-04-06, period 1 misses {missing}" in page
    found = json.loads(penstock("status", str(file), "--json").stdout)
    assert (found["in_grace_until"], found["overdue_periods"]) == ("2026-04-06", 1)
    watched = penstock("watch", str(file), "--once").stdout
    assert f"period 1 is in grace until 2026-04-06 and misses {missing}; nothing was settled" in watched


def test_what_is_enough_settles_within_grace(stage: Stage) -> None:
    file = stage.launch(text=WITH_GRACE)
    stage.pay(file, 200 * USD)
    stage.day(91)
    assert penstock("settle", str(file), "--pay", "400").exit_code == 0
    assert stage.period(file) == 1
    stage.pay(file, 600 * USD)
    stage.day(183)
    assert "period 2 pays everything due: it can be settled" in lines(penstock("status", str(file)).stdout)
    done = penstock("settle", "--all")
    assert "settled period 2: collections 600" in done.stdout


def test_after_its_grace_it_settles_with_what_is_there(stage: Stage) -> None:
    file = stage.launch(text=WITH_GRACE)
    stage.pay(file, 200 * USD)
    stage.day(95)
    assert penstock("settle", "--all").exit_code == 0
    assert stage.period(file) == 1


def test_of_several_overdue_periods_those_before_are_settled(stage: Stage) -> None:
    file = stage.launch(text=WITH_GRACE)
    stage.pay(file, 600 * USD)
    stage.day(182)
    done = penstock("settle", str(file), "--empty")
    assert done.exit_code == 0, done.stderr
    assert stage.period(file) == 1
