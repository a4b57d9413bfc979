"""
penstock report
    it should print the plan and send nothing, or send it and be done; what is there already is not sent again
    every figure should be in the report, each in its unit, 0 as a report and the rest as none
    it should be exported for a Safe or another signer
    what cannot be reported should be refused in one line, and nothing sent
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.evm.artifacts import compile_contracts
from penstock.model.report import Report
from penstock.onchain.reports import question_of, read_answer
from tests.fixtures.actors import SPONSOR
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.fixtures.reports import tell
from tests.operate.conftest import USD, Stage

pytestmark = pytest.mark.sampled

FIELDS = "".join(
    f'[[field]]\nid = "{name}"\nunit = "{unit}"\n\n'
    for name, unit in (("availability", "ratio"), ("kwh", "count"), ("power_cost", "amount"))
)
REPORTED = TESTED.replace("periods = 4", "periods = 4\nwrite_down = true").replace("[ladder]", FIELDS + "[ladder]")
EVERY = ("--loss", "1.5", "--asset-value", "900", "--field", "availability=0.985", "--field", "power_cost=0.000001")


@pytest.fixture
def file(stage: Stage) -> Path:
    return stage.launch(text=REPORTED, reports=None)


def said(stage: Stage, file: Path, period: int) -> Report | None:
    deal = stage.deal(file)
    return read_answer(stage.chain.query(deal.reports, question_of(deal.deal.address, period)), 3)


def test_a_plan_sends_nothing(stage: Stage, file: Path) -> None:
    before = stage.sent()
    done = penstock("report", str(file), *EVERY)
    assert done.exit_code == 0, done.stderr
    cells = [each.split("│")[1].strip() for each in done.stdout.splitlines() if each.count("│") == 4]
    assert " ".join(cells) == "report of period 1: loss 1.50, asset value 900, availability 0.985, power cost 0.000001"
    assert "note: a report is final, and period 1 is not over before 2026-04-01" in " ".join(done.stdout.split())
    assert stage.sent() == before and said(stage, file, 1) is None


def test_every_figure_is_reported_once_and_read_by_the_deal(stage: Stage, file: Path) -> None:
    stage.day(100)
    done = penstock("report", str(file), *EVERY, "--execute")
    assert done.exit_code == 0, done.stderr
    made = Report(1_500_000, 900 * USD, (985 * 10**15, None, 1))
    assert said(stage, file, 1) == made
    before = stage.sent()
    again = penstock("report", str(file), *EVERY, "--execute")
    assert again.exit_code == 0 and stage.sent() == before, again.stderr
    stage.pay(file, 300 * USD)
    settled = penstock("settle", str(file))
    assert settled.exit_code == 0, settled.stderr
    told = penstock("watch", str(file), "--from-block", "0", "--once")
    assert "reported for period 1: loss 1.50, asset value 900, availability 0.985, power cost 0.000001" in told.stdout


def test_zero_is_a_report(stage: Stage, file: Path) -> None:
    done = penstock("report", str(file), "--period", "3", "--field", "kwh=0", "--execute")
    assert done.exit_code == 0, done.stderr
    assert said(stage, file, 3) == Report(None, None, (None, 0, None))


def test_it_is_exported(stage: Stage, file: Path) -> None:
    done = penstock("report", str(file), *EVERY, "--export", "unsigned.json")
    assert done.exit_code == 0, done.stderr
    (row,) = json.loads(Path("unsigned.json").read_text())["transactions"]
    deal = stage.deal(file)
    function = compile_contracts()["SingleReporter"].abi.function("report")
    wanted = function.encode([deal.deal.address, 1, 0b10111, [1_500_000, 900 * USD, 985 * 10**15, 0, 1]])
    assert (row["from"], row["to"], row["data"]) == (SPONSOR, deal.reports, "0x" + wanted.hex())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "nothing to report; accepted: --loss, --asset-value, --field NAME=VALUE"),
        (["--field", "kwh"], "'kwh' is not NAME=VALUE"),
        (["--field", "kwh=1", "--field", "kwh=2"], "'kwh' is given twice; accepted: once"),
        (["--field", "watts=1"], "no field is 'watts'; accepted: availability, kwh, power_cost"),
        (["--field", "kwh=1.5"], "'kwh=1.5': 1 decimal; accepted: a whole number of 0 or more"),
        (["--asset-value", "-1"], "'-1': negative; accepted: a number of 0 or more with at most 6 decimals"),
        (["--asset-value", "9e30"], "'9e30': written with an exponent; accepted: a number of 0 or more"),
    ],
)
def test_what_is_no_report_is_refused(stage: Stage, file: Path, words: list[str], reason: str) -> None:
    before = stage.sent()
    refused(penstock("report", str(file), *words, "--execute"), reason, code=2)
    assert stage.sent() == before


def test_a_report_that_no_settlement_would_read_is_refused(stage: Stage, file: Path) -> None:
    deal = stage.deal(file)
    for period, reason in ((0, "none of the deal's"), (5, "none of the deal's")):
        words = ("report", str(file), "--period", str(period), "--loss", "1")
        refused(penstock(*words), f"period {period} is {reason}; accepted: 1 to 4")
    source = stage.chain.at(deal.reports, compile_contracts()["SingleReporter"].abi)
    tell(source, deal.deal.address, 1, 7)
    refused(
        penstock("report", str(file), "--loss", "1"),
        "period 1 is reported already, and a report is final: loss 0.000007",
    )
    stage.day(100)
    stage.pay(file, 300 * USD)
    assert penstock("settle", str(file)).exit_code == 0
    reason = "period 1 is settled already, and its report is not read again; accepted: 2 to 4"
    refused(penstock("report", str(file), "--period", "1", "--loss", "1"), reason)


def test_a_deal_that_reads_none_and_a_source_of_another_kind_are_refused(stage: Stage) -> None:
    plain = stage.launch("plain", text=TESTED)
    refused(penstock("report", str(plain), "--asset-value", "1"), "reads no reports")
    other = stage.chain.deploy(compile_contracts()["SilentReports"])
    file = stage.launch("other", salt=3, text=REPORTED, reports=other.address)
    refused(
        penstock("report", str(file), "--asset-value", "1"),
        "is not a SingleReporter: it takes reports in its own way",
    )
