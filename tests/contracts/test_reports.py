"""
the report source
├── given it does not answer a report: silent, reverting, burning gas, nonsense, no contract
│   ├── it should settle as without a report
│   └── it should burn no more gas than its share
├── given it answers one
│   ├── when there is a loss, balances should fall from the last tranche up
│   ├── when the next of several periods has none, the loss should not be borne twice
│   ├── when the figures are beyond all amounts, they should count as the most an amount can be
│   └── when the deal does not read reports, it should not be asked
├── given it is hostile
│   ├── when it answers at the greatest length its gas buys, a settlement should go through, one by one for little more
│   └── when it calls the deal, the asset or a share while it is asked, none of it should happen
└── given a caller with little gas
    ├── when it is too little for a full answer, it should refuse
    └── whatever it is, the report should never be left out
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainError
from penstock.model.units import MAX_AMOUNT
from penstock.onchain.launch import System
from penstock.onchain.state import ChainState
from tests.contracts import deals
from tests.contracts.hostile import Response, call_before, call_of, report, respond
from tests.contracts.stage import EVERYTHING, USD, put_on
from tests.fixtures.reports import tell

Mock = Callable[..., Contract]


def settled(system: System, reports: Contract | None) -> ChainState:
    stage = put_on(system, deals.WHOLE, reports=reports)
    stage.settle(20_000 * USD)
    stage.assert_sound()
    return stage.state()


@pytest.mark.parametrize("name", ["RevertingReports", "GasBurningReports", "CallerContract"])
def test_a_source_without_a_report_changes_nothing(system: System, mock: Mock, name: str) -> None:
    with system.chain.undone():
        without = settled(system, None)
    assert settled(system, mock(name)) == without


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x01",
        report(3, 1_000 * USD, 1)[:-1],
        report(3, 1_000 * USD, 1) + b"\x00",
        report(3, 1_000 * USD, 1)[:64],
        report(3, 1_000 * USD, 1) + bytes(32),
        b"\xff" * 4_096,
        report(0, 1_000 * USD, 1),
    ],
    ids=["nothing", "a byte", "479 bytes", "481 bytes", "two words", "sixteen words", "a page", "not reported"],
)
def test_a_source_that_answers_nonsense_changes_nothing(system: System, mock: Mock, answer: bytes) -> None:
    with system.chain.undone():
        without = settled(system, None)
    source = mock("NonsenseReports")
    source.send("setAnswer", answer, 0)
    assert settled(system, source) == without


def test_a_source_that_is_no_contract_changes_nothing(system: System, mock: Mock) -> None:
    with system.chain.undone():
        without = settled(system, None)
    nobody = system.chain.at(system.chain.accounts[7], system.artifacts["NonsenseReports"].abi)
    assert settled(system, nobody) == without


def test_a_loss_reduces_balances_from_the_last_tranche_up(system: System, mock: Mock) -> None:
    source = mock("NonsenseReports")
    stage = put_on(system, deals.WHOLE, reports=source)
    source.send("setAnswer", report(3, 35_000 * USD, 0), 0)
    receipt = stage.settle()
    assert stage.state().balance == [99_000 * USD, 15_000 * USD, 0]
    assert stage.reported(receipt) == (35_000 * USD, 0)


def test_a_loss_is_borne_once_when_several_periods_are_settled(system: System, mock: Mock) -> None:
    source = mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, deals.WHOLE, reports=source)
    tell(source, stage.deal.address, 1, 10_000 * USD, 5)
    stage.until(2)
    receipt = stage.deal.send("settle", 2)
    assert stage.state().balance[2] == 20_000 * USD
    assert [event["period"] for event in receipt.events(stage.deal.abi) if event.name == "Reported"] == [1]


def test_figures_beyond_all_amounts_count_as_the_most(system: System, mock: Mock) -> None:
    source = mock("NonsenseReports")
    stage = put_on(system, deals.WHOLE, reports=source)
    source.send("setAnswer", report(EVERYTHING, EVERYTHING, EVERYTHING), 0)
    assert stage.reported(stage.settle(1_000 * USD)) == (MAX_AMOUNT, MAX_AMOUNT)
    assert stage.state().balance == [0, 0, 0]
    stage.assert_sound()


def test_a_deal_that_reads_no_reports_does_not_ask(system: System, mock: Mock) -> None:
    source = mock("NonsenseReports")
    source.send("setAnswer", report(3, 35_000 * USD, 1), 0)
    stage = put_on(system, deals.PLAIN, reports=source)
    assert stage.reported(stage.settle()) == (0, 0)


def test_nobody_silences_the_source_by_starving_it(system: System, mock: Mock) -> None:
    source, caller = mock("NonsenseReports"), mock("CallerContract")
    stage = put_on(system, deals.WHOLE, reports=source)
    source.send("setAnswer", report(3, 35_000 * USD, 0), 85_000)
    stage.until(1)
    data = stage.deal.abi.function("settle").encode((1,))
    outcomes = set()
    for gas in range(20_000, 600_000, 4_000):
        with system.chain.undone():
            before = stage.numbers()
            try:
                caller.send("actWithin", gas, stage.deal.address, data)
            except ChainError as refusal:
                outcomes.add(getattr(refusal, "name", "out of gas"))
                after, least = before, getattr(refusal, "values", {}).get("gasLeft", 0)
            else:
                outcomes.add("settled")
                after, least = stage.numbers(), 0
            assert after["state"]["balance"][2] == (30_000 * USD if after is before else 0), gas
            assert stage.numbers() == after
            assert least < 100_000 * 64 // 63 + 10_000
    assert outcomes - {"", "out of gas"} == {"Deal_OutOfReportGas", "settled"}


def test_a_source_burns_no_more_than_its_share(system: System, mock: Mock) -> None:
    with system.chain.undone():
        usual = put_on(system, deals.WHOLE, reports=mock("SilentReports")).settle().gas_used
    burnt = put_on(system, deals.WHOLE, reports=mock("GasBurningReports")).settle().gas_used
    assert 90_000 < burnt - usual < 110_000


# A little less than 100,000 gas buy after the responder's own storage: 3 for each word and a 512th of their square
LONGEST = 32 * 5_700


def test_a_source_that_answers_at_great_length_costs_a_settlement_little(system: System, mock: Mock) -> None:
    with system.chain.undone():
        silent = put_on(system, deals.WHOLE, reports=mock("SilentReports"))
        usual = silent.settle(20_000 * USD).gas_used
        without = silent.state()
    source = mock("ScriptedResponder")
    stage = put_on(system, deals.WHOLE, reports=source)
    respond(source, Response.ANSWERS, report(3, 35_000 * USD, 0), LONGEST)
    dearer = stage.settle(20_000 * USD).gas_used - usual
    assert stage.state() == without
    # What it burns itself, and nothing for its answer, which is not copied
    assert 70_000 < dearer < 110_000
    stage.until(4)
    assert stage.deal.send("settle", 3).gas_used < usual + 3 * 110_000
    assert stage.state().period == 4
    stage.assert_sound()


def test_a_source_that_calls_back_changes_nothing(system: System, mock: Mock) -> None:
    source, reporter = mock("ScriptedResponder"), mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, deals.WHOLE, reports=source)
    stage.settle(40_000 * USD)
    # It holds shares with cash due to it and cash of its own
    stage.share().send("transfer", source.address, 50_000 * USD, sender=stage.cast.ann)
    stage.asset.send("mint", source.address, 1_000 * USD)
    stage.watched.append(source.address)
    respond(source, Response.ANSWERS, report(3, 35_000 * USD, 0))
    stage.until(2)
    with system.chain.undone():
        (undisturbed,) = stage.paid(stage.deal.send("settle", 1))
        after = stage.numbers()
    deal, share, ann = stage.deal, stage.share(), stage.cast.ann
    calls = [
        call_of(deal, "settle", 1),
        call_of(deal, "claim", 0),
        call_of(share, "transfer", ann, 1),
        call_of(stage.asset, "transfer", deal.address, 1),
        call_of(reporter, "report", deal.address, 2, 1, [1]),
    ]
    assert after["state"]["balance"][2] == 0  # the loss it told of was taken
    for scripted in calls:
        with system.chain.undone():
            call_before(source, [scripted], gas=30_000, ignores_failure=True)
            assert stage.paid(deal.send("settle", 1)) == [undisturbed]
            assert stage.numbers() == after
        with system.chain.undone():
            call_before(source, [scripted], gas=30_000)  # which passes the refusal on, and so has not answered
            assert stage.reported(deal.send("settle", 1)) == (0, 0)
            assert stage.state().balance[2] == 30_000 * USD
