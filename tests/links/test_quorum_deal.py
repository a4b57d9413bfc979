"""
A deal that reads a QuorumReporter
├── given a quorum reported before the settlement, its medians should be the period's report
├── given none, the deal should settle without a report; what is reported later should change nothing
├── given a deal with grace, it should wait for the report, and be settled without it when grace is over
├── given a DelayedReports in front, it should be the same, and other reporters should take effect after the delay
└── given a report of every field a deal can declare, an answer should cost far less than the settlement allows
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.model.grace import grace_ends_at
from penstock.model.terms import ReportField, Unit
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import USD, put_on
from tests.links.quorums import Reporters

Mock = Callable[..., Contract]
DAY = SECONDS_PER_DAY


@pytest.fixture
def reporters(system: System) -> Reporters:
    return Reporters(system, 5, 3)


def test_a_quorum_is_the_report_of_a_period(system: System, reporters: Reporters) -> None:
    stage = put_on(system, deals.WHOLE, reports=reporters.contract)
    reporters.agree(stage.deal.address, 1, 35_000 * USD, 7)
    reporters.agree(stage.deal.address, 3, 1, 1)
    assert stage.reported(stage.settle()) == (35_000 * USD, 7)
    assert stage.state().balance == [99_000 * USD, 15_000 * USD, 0]
    assert stage.reported(stage.settle()) == (0, 0)
    reporters.agree(stage.deal.address, 2, 5, 5)
    assert stage.reported(stage.settle()) == (1, 1)


def test_a_late_quorum_follows_the_deals_grace(system: System, reporters: Reporters) -> None:
    fields = (ReportField("available", Unit.RATIO),)
    terms = replace(deals.PLAIN, grace=5, fields=fields)
    stage = put_on(system, terms, reports=reporters.contract)
    stage.until(1)
    stage.gift(28_000 * USD)
    ends = grace_ends_at(terms, 1)
    with stage.refused("Deal_InGrace", {"period": 1, "endsAt": ends}):
        stage.deal.send("settle", 1)
    with system.chain.undone():
        reporters.agree(stage.deal.address, 1, None, None, 10**18)
        stage.deal.send("settle", 1)
        assert stage.state().period == 1
    system.chain.set_time(ends)
    stage.deal.send("settle", 1)
    assert stage.state().period == 1


def test_another_set_of_reporters_takes_effect_after_a_delay(system: System, mock: Mock) -> None:
    first, second = Reporters(system, 3, 3), Reporters(system, 6, 5)
    fixed = mock("DelayedReports", system.chain.accounts[0], first.contract.address, 7 * DAY)
    stage = put_on(system, deals.WHOLE, reports=fixed)
    deal = stage.deal.address
    first.agree(deal, 1, 1_000 * USD, 7)
    assert stage.reported(stage.settle()) == (1_000 * USD, 7)
    fixed.send("schedule", second.contract.address)
    first.agree(deal, 2, 2_000 * USD, 8)
    second.agree(deal, 2, 3_000 * USD, 9)
    second.agree(deal, 3, 4_000 * USD, 10)
    with system.chain.undone():
        assert stage.reported(stage.settle()) == (3_000 * USD, 9)  # months later: the successor's
    assert fixed.call("reportOf", deal, 2)[1][0] == 2_000 * USD
    system.chain.set_time(system.chain.now() + 7 * DAY)
    assert fixed.call("reportOf", deal, 2)[1][0] == 3_000 * USD
    assert stage.reported(stage.settle()) == (3_000 * USD, 9)
    assert stage.reported(stage.settle()) == (4_000 * USD, 10)


def test_the_answer_is_cheap_enough_for_a_settlement(system: System, mock: Mock, reporters: Reporters) -> None:
    """Slots and accounts that are cold for a deal are warm here: 22,000 gas, of eight slots and two accounts."""
    fixed = mock("DelayedReports", system.chain.accounts[0], reporters.contract.address, 7 * DAY)
    caller = mock("CallerContract")
    deal = "0x" + "ab" * 20
    reporters.agree(deal, 1, *[2**96 - 1] * 14)
    caller.send("actWithin", 100_000 - 60_000, fixed.address, fixed.abi.function("reportOf").encode((deal, 1)))
