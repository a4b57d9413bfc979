"""
Settling a period whose report the terms read.

given no report of it
    settle, with --pay, with --all and with --advance too, should refuse, send nothing and move no clock
    with --without-report it should settle
given a report, of no loss and no value too
    it should settle, and the fee should be that of the model
given several periods of which a later one has none
    it should refuse all of them, and settle those before it if asked for these
given a source that fails, or answers anything but three words
    it should count as no report, as in the deal
given terms that read none
    nobody should ask the source
"""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainError
from penstock.format import exact_money
from penstock.model.deal import run
from penstock.model.report import Report
from penstock.operate.reports import NotReported, require_reported
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.fixtures.reports import tell
from tests.operate.conftest import USD, Stage

pytestmark = pytest.mark.sampled

# 10 % a year of the asset value, a quarter a period
READING = TESTED.replace('fixed = "10.00"', 'annual = "0.10"\nof = "asset_value"')
VALUE = 900 * USD


@pytest.fixture
def file(stage: Stage) -> Path:
    return stage.launch(text=READING, reports=None)


def source_of(stage: Stage, file: Path) -> Contract:
    return stage.chain.at(stage.deal(file).reports, compile_contracts()["SingleReporter"].abi)


def report(stage: Stage, file: Path, period: int, value: int = VALUE) -> None:
    tell(source_of(stage, file), stage.deal(file).deal.address, period, 0, value)


def missing(stage: Stage, file: Path, period: int) -> str:
    return f"period {period} has no report yet, and the deal reads one from {stage.deal(file).reports}"


@pytest.mark.parametrize("words", [[], ["--pay", "300"], ["--advance"], ["--pay", "300", "--advance"]])
def test_without_a_report_nothing_is_sent(stage: Stage, file: Path, words: list[str]) -> None:
    stage.pay(file, 300 * USD)
    if "--advance" not in words:
        stage.day(100)
    before = (stage.chain.block(), stage.chain.now())
    refused(penstock("settle", str(file), *words), missing(stage, file, 1), "accepted: the report first, or --without")
    assert ((stage.chain.block(), stage.chain.now()), stage.period(file)) == (before, 0)
    done = penstock("settle", str(file), *words, "--without-report")
    assert (done.exit_code, stage.period(file)) == (0, 1), done.stderr


def test_many_deals_are_settled_but_for_the_one_that_lacks_it(stage: Stage, file: Path) -> None:
    other = stage.launch("other")
    for each in (file, other):
        stage.pay(each, 300 * USD)
    stage.day(100)
    done = penstock("settle", "--all", "--network", stage.url)
    assert done.exit_code == 1 and f"{file.relative_to(Path.cwd())}: {missing(stage, file, 1)}" in done.stderr
    assert "1 settled, 0 with nothing due, 1 refused" in done.stdout
    assert (stage.period(file), stage.period(other)) == (0, 1)
    assert penstock("settle", "--all", "--network", stage.url, "--without-report").exit_code == 0
    assert stage.period(file) == 1


@pytest.mark.parametrize("value", [VALUE, 0])
@pytest.mark.parametrize("words", [[], ["--pay", "300"]])
def test_a_report_is_what_it_waits_for(stage: Stage, file: Path, words: list[str], value: int) -> None:
    report(stage, file, 1, value)
    if not words:
        stage.pay(file, 300 * USD)
    stage.day(100)
    done = penstock("settle", str(file), *words)
    assert (done.exit_code, stage.period(file)) == (0, 1), done.stderr
    terms = stage.deal(file).terms
    (fee,) = run(terms, [300 * USD], [Report(0, value or None)]).settlements[0].flows.fees
    assert bool(fee) == bool(value) and exact_money(fee, terms.decimals) in done.stdout


def test_of_several_periods_each_is_looked_at(stage: Stage, file: Path) -> None:
    for period in (1, 2):
        report(stage, file, period)
    stage.pay(file, 300 * USD)
    stage.day(300)
    refused(penstock("settle", str(file), "--periods", "3"), missing(stage, file, 3))
    assert stage.period(file) == 0
    assert penstock("settle", str(file), "--periods", "2").exit_code == 0
    assert stage.period(file) == 2


@pytest.mark.parametrize(
    "answer",
    [ChainError("out of gas"), "0x", "0x" + "01".zfill(64), "0x" + "01".zfill(64) * 16, "0x" + "00" * 480],
    ids=["fails", "nothing", "one word", "sixteen words", "says no"],
)
def test_a_source_that_does_not_answer_as_one_has_no_report(
    stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    (member,) = stage.members(file)
    monkeypatch.setattr("penstock.operate.reports.answers_to", lambda chain, questions: [answer])
    with pytest.raises(NotReported):
        require_reported(stage.chain, member, 1)
    monkeypatch.setattr("penstock.operate.reports.answers_to", lambda chain, questions: ["0x" + "01".zfill(64) * 15])
    require_reported(stage.chain, member, 1)


def test_terms_that_read_none_ask_nobody(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    (member,) = stage.members(stage.launch(reports=None))
    assert not member.head.reads_reports
    monkeypatch.setattr("penstock.operate.reports.answers_to", lambda chain, questions: pytest.fail("asked"))
    require_reported(stage.chain, member, 4)
