"""
penstock offtake
    deploy should make the offtake once, record it and refuse terms that the meter cannot bill
    accept, pay, draw and finish should move what status and invoice say, once each; a plan sends nothing
    a manifest that was changed, or is of another chain, should be refused
    what cannot be done yet should be refused in one line, and nothing sent
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.model.calendar import timestamp
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock, refused
from tests.operate.conftest import USD, Stage

DAY, HOUR = 86_400, 3_600
FILE = """[offtake]
name = "Small PPA"
asset = "USDC"
decimals = 6
price = "62.00"
first = 2026-02-01
months = 1
bills = 2
deposit = "1_000"
grace_days = 30
late = "0.08"
"""
BUYER, PAYEE = HOLDER, OTHER


class Field:
    """A meter set by hand on the stage's chain, and an offtake file for it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, made = stage, compile_contracts()
        self.asset: Contract = stage.chain.deploy(made["MockUSD"], 6)
        self.meters: Contract = stage.chain.deploy(made["ScriptedMeters"])
        day = (OPERATOR, self.asset.address, 0, HOUR, 10**9, 1, DAY, DAY, DAY, bytes(32), bytes(32), bytes(32), 0, 0)
        first = START - START % HOUR + HOUR
        self.meters.send("setMeter", (*day, first, first, 0, 0, False, False), PAYEE)
        (stage.folder / "ppa.offtake.toml").write_text(FILE)
        self.file = "deployments/31337/links/ppa.json"

    def deploy(self, *words: str) -> Any:
        given = ("--network", self.stage.url, "--meters", self.meters.address, "--meter", "7", "--buyer", BUYER)
        return penstock("offtake", "deploy", "ppa.offtake.toml", *given, *words)

    def made(self) -> Field:
        done = self.deploy("--execute")
        assert done.exit_code == 0, done.stderr
        return self

    def run(self, *words: str) -> Any:
        done = penstock("offtake", *words[:1], self.file, *words[1:])
        assert done.exit_code == 0, done.stderr
        return done

    def accepted(self) -> Field:
        self.made().asset.send("mint", BUYER, 10**15)
        self.run("accept", "--account", BUYER, "--execute")
        return self

    def count(self, month: int, units: int, before: int = 0) -> None:
        start, end = (timestamp(date(2026, each, 1)) for each in (month, month + 1))
        self.meters.send("count", start, before, 0)
        self.meters.send("count", end, before + units, 0)

    def at(self, *when: int) -> None:
        self.stage.chain.set_time(timestamp(date(*when)))

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.run("status", "--json").stdout))

    def held(self, account: str) -> int:
        return int(self.asset.call("balanceOf", account))


@pytest.fixture
def field(stage: Stage) -> Field:
    return Field(stage)


def test_an_offtake_is_made_once_and_recorded(field: Field, stage: Stage) -> None:
    plan = field.deploy()
    assert plan.exit_code == 0, plan.stderr
    assert "make the offtake Small PPA: 2 bills of meter 7" in " ".join(plan.stdout.split())
    assert not Path(field.file).exists()
    field.made()
    manifest = json.loads(Path(field.file).read_text())
    assert (manifest["kind"], manifest["meter"], manifest["buyer"]) == ("offtake", 7, BUYER)
    assert manifest["contracts"]["offtake"]["address"] == manifest["offtake"]
    assert [each["step"] for each in manifest["transactions"]][-2:] == ["OfftakeFactory", "create"]
    before = stage.sent()
    again = field.deploy("--execute")
    assert again.exit_code == 0 and stage.sent() == before, again.stderr
    assert json.loads(Path(field.file).read_text())["offtake"] == manifest["offtake"]
    assert field.state() == {
        "name": "Small PPA",
        "offtake": manifest["offtake"],
        "chain_id": 31337,
        "meter": 7,
        "meters": field.meters.address,
        "buyer": BUYER,
        "accepted": False,
        "finished": False,
        "bills": 2,
        "paid": 0,
        "deposit": "0",
        "drawn": "0",
        "credit": "0",
        "due": [],
    }


def test_bills_are_paid_and_drawn_and_the_deposit_goes_back(field: Field, stage: Stage) -> None:
    field.accepted()
    assert field.state()["accepted"] and field.state()["deposit"] == "1000"
    assert field.held(BUYER) == 10**15 - 1_000 * USD
    refused(penstock("offtake", "invoice", field.file, "1"), "bill 1 is not final: the meter has not")
    field.count(2, 12_345_678)
    invoice = json.loads(field.run("invoice", "1", "--json").stdout)
    assert (invoice["amount"], invoice["due"], invoice["payee"]) == ("765.432036", "765.432036", PAYEE)
    assert "765.432036 USDC" in field.run("invoice", "1").stdout
    refused(penstock("offtake", "pay", field.file, "2"), "bills are paid in order: bill 1 is the next, not 2")
    refused(penstock("offtake", "pay", field.file, "3"), "Small PPA has no bill 3; accepted: 1 to 2")
    before = field.held(BUYER)
    assert "pay bill 1 of Small PPA: 765.432036 USDC" in " ".join(
        field.run("pay", "1", "--account", BUYER).stdout.replace("│", " ").split()
    )
    assert field.held(BUYER) == before
    field.run("pay", "1", "--account", BUYER, "--execute")
    assert (before - field.held(BUYER), field.held(PAYEE)) == (765_432_036, 765_432_036)
    again = penstock("offtake", "pay", field.file, "1", "--account", BUYER, "--execute")
    assert "nothing is left to do" in again.stdout + again.stderr
    assert field.held(PAYEE) == 765_432_036 and field.state()["paid"] == 1
    # The second bill is not paid: the deposit covers a part, with ten days of interest on all of it
    field.at(2026, 3, 2)
    field.count(3, 20_000_000, before=12_345_678)
    refused(penstock("offtake", "draw", field.file, "2"), "bill 2 may be drawn from 2026-05-01 00:00 UTC on")
    field.at(2026, 5, 11)
    interest = 1_240 * USD * 8 * 10 // 36_500
    assert field.state()["due"] == [
        {
            "bill": 2,
            "amount": "1240",
            "unpaid": "1240",
            "interest": f"{interest / USD:.6f}",
            "late_from": timestamp_of(2026, 5, 1),
        }
    ]
    drawn = field.run("draw", "2", "--account", SPONSOR, "--execute")
    assert f"{(240 * USD + interest) / USD:,.6f} USDC stay due" in drawn.stdout
    assert field.held(PAYEE) == 765_432_036 + 1_000 * USD
    assert (field.state()["deposit"], field.state()["drawn"]) == ("0", "1000")
    refused(penstock("offtake", "draw", field.file, "2"), "nothing can be drawn for bill 2: the deposit is empty")
    refused(penstock("offtake", "finish", field.file), "bill 2 of 2 is not paid: the deposit goes back after the last")
    field.run("pay", "2", "--account", BUYER, "--execute")
    assert field.held(PAYEE) == 765_432_036 + 1_240 * USD + interest
    field.run("finish", "--account", SPONSOR, "--execute")
    assert field.state()["finished"]
    refused(penstock("offtake", "finish", field.file), "Small PPA is finished, and nothing is credited to its buyer")


def test_a_deposit_that_is_not_needed_goes_back_to_the_buyer(field: Field) -> None:
    field.accepted()
    field.count(2, 0)
    field.count(3, 0)
    for bill in ("1", "2"):
        field.run("pay", bill, "--account", SPONSOR, "--execute")
    field.run("finish", "--account", SPONSOR, "--execute")
    assert field.state()["credit"] == "1000"
    before = field.held(BUYER)
    field.run("finish", "--account", SPONSOR, "--execute")
    assert field.held(BUYER) - before == 1_000 * USD and field.state()["credit"] == "0"


def test_what_the_meter_cannot_bill_is_refused(field: Field, stage: Stage) -> None:
    before = stage.sent()
    changes = {
        "grace_days = 30": ("grace_days = 2", "a bill would be late before it can be final; accepted: grace_days = 3"),
        "decimals = 6": ("decimals = 2", "has 6 decimals, and the offtake file 2"),
        "2026-02-01": ("2025-02-01", "the first bill begins at 2025-02-01 00:00 UTC; accepted: "),
        'price = "62.00"': ('price = "62.00"\nutc_offset = 90', "is within an interval of the meter"),
    }
    for old, (new, reason) in changes.items():
        Path("ppa.offtake.toml").write_text(FILE.replace(old, new))
        refused(field.deploy("--execute"), reason)
    Path("ppa.offtake.toml").write_text(FILE)
    words = ("offtake", "deploy", "ppa.offtake.toml", "--network", stage.url, "--buyer", BUYER)
    refused(penstock(*words, "--meters", SPONSOR, "--meter", "1"), f"no contract is at {SPONSOR}")
    refused(penstock(*words, "--meters", field.asset.address, "--meter", "1"), "does not answer meterOf")
    refused(penstock(*words, "--meters", field.meters.address), "the offtake file names no meter", code=2)
    assert stage.sent() == before and not Path(field.file).exists()


def test_a_manifest_that_does_not_fit_the_chain_is_refused(field: Field) -> None:
    field.made()
    good = json.loads(Path(field.file).read_text())
    for change, reason in (
        ({"offtake_text": FILE.replace("62.00", "63.00")}, "the code at"),
        ({"meter": 8}, "the code at"),
        ({"chain_id": 1}, "the offtake is on chain 1"),
        ({"kind": "deal"}, "accepted: the JSON file that penstock offtake deploy wrote"),
    ):
        Path(field.file).write_text(json.dumps({**good, **change}))
        refused(penstock("offtake", "status", field.file), reason)


def test_nobody_accepts_too_late(field: Field) -> None:
    field.made()
    field.at(2026, 2, 1)
    refused(
        penstock("offtake", "accept", field.file, "--account", BUYER, "--execute"),
        "the offtake could be accepted before 2026-02-01 00:00 UTC",
    )


def timestamp_of(*day: int) -> int:
    return timestamp(date(*day))
