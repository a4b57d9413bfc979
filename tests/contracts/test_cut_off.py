"""
cutOff
├── given no payment delay, it should refuse
├── given a payment delay
│   ├── when the accrual date has not come, it should refuse with period, date and time
│   ├── when the accrual date comes, it should fix what has come in, and log it
│   ├── when it is cut off already, it should refuse with period and amount
│   ├── when the payment date has passed and nobody settled, it should fix what has come in by then
│   ├── when every period is settled, it should refuse
│   ├── when the balance is below the ledger, it should refuse with both numbers
│   └── when the asset calls back in a claim, it should refuse
settle, of a period that was cut off
├── when more came since, it should leave that to the next period, in the same call or a later one
├── when holders and payees claimed since, it should share out the same
├── when nothing had come, it should share out nothing
├── when cash vanished since, it should share out what is left
├── when it is the last one, what came since should be late revenue
├── when more had come than the cap takes, what is beyond should stay outside
└── when an earlier period was cut off, it should not be held to that
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.model.calendar import timestamp
from penstock.model.terms import DealTerms
from penstock.model.units import MAX_NARROW_AMOUNT
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import act, call_of
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage, everything_to, put_on
from tests.contracts.twin import Side, due, refused

Twin = Callable[[DealTerms], Side]
TERMS = deals.DELAYED
EQUITY = 1


def ended(side: Side, period: int) -> int:
    """Waits for a period's accrual date and says when it was."""
    time = timestamp(side.terms.accrual_dates[period - 1])
    side.wait(time)
    return time


def test_a_deal_without_a_payment_delay_is_not_cut_off(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    with refused(side, "Deal_NoDelay"):
        side.cut_off()


def test_a_second_before_the_accrual_date_is_too_early(twin: Twin) -> None:
    side = twin(TERMS)
    side.wait(1_782_863_999)  # 2026-06-30 23:59:59 UTC
    with refused(side, "Deal_StillAccruing", 1, 1_782_864_000, 1_782_863_999):
        side.cut_off()


def test_what_came_in_is_fixed_once_and_logged(delayed: Stage) -> None:
    delayed.gift(30_000 * USD)
    delayed.system.chain.set_time(timestamp(TERMS.accrual_dates[0]))
    (event,) = delayed.deal.send("cutOff", sender=delayed.cast.stranger).events(delayed.deal.abi)
    assert (event.name, dict(event.values)) == ("CutOff", {"period": 1, "collections": 30_000 * USD})
    delayed.gift(USD)
    with delayed.refused("Deal_CutOffAlready", {"period": 1, "collections": 30_000 * USD}):
        delayed.deal.send("cutOff", sender=delayed.cast.ann)


def test_inv_18_what_comes_later_is_the_next_periods(twin: Twin) -> None:
    side = twin(TERMS)
    side.pay(29_000 * USD)
    ended(side, 1)
    side.cut_off()
    side.pay(500 * USD)
    due(side, 1)
    assert side.settle() == [3_000 * USD, 25_000 * USD, 1_000 * USD]
    side.pay(27_000 * USD)
    due(side, 2)
    assert side.settle() == [2_250 * USD, 25_000 * USD, 250 * USD]
    assert side.numbers()["cut"] == (1, 29_000 * USD)


def test_an_earlier_cut_off_is_history(twin: Twin) -> None:
    side = twin(TERMS)
    side.pay(3)
    ended(side, 1)
    side.cut_off()
    due(side, 1)
    assert side.settle() == [3, 0, 0]
    side.pay(5)
    due(side, 2)
    assert side.settle() == [5, 0, 0]


def test_inv_18_in_one_call_the_second_period_takes_the_rest(delayed: Stage) -> None:
    delayed.gift(29_000 * USD)
    delayed.system.chain.set_time(timestamp(TERMS.accrual_dates[0]))
    delayed.deal.send("cutOff")
    delayed.gift(300 * USD)
    delayed.until(3)
    receipt = delayed.deal.send("settle", 3)
    assert delayed.paid(receipt) == [[3_000 * USD, 25_000 * USD, 1_000 * USD], [300 * USD, 0, 0], [0, 0, 0]]
    delayed.assert_sound()


def test_inv_18_claims_in_between_do_not_matter(twin: Twin) -> None:
    side = twin(TERMS)
    side.pay(30_000 * USD)
    due(side, 1)
    side.settle()
    side.pay(28_000 * USD)
    ended(side, 2)
    side.cut_off()
    side.claim(SENIOR, "ann")
    side.pay(7)
    side.claim(EQUITY, "ann")
    due(side, 2)
    assert sum(side.settle()) == 28_000 * USD


def test_from_the_payment_date_on_nobody_cuts_grace_short(twin: Twin) -> None:
    side = twin(TERMS)
    side.pay(4)
    time = timestamp(TERMS.payment_dates[0])
    side.wait(time)
    with refused(side, "Deal_PaymentDue", 1, time, time):
        side.cut_off()
    side.pay(5)
    assert side.settle() == [9, 0, 0]


def test_nothing_is_cut_off_where_nothing_came(twin: Twin) -> None:
    side = twin(TERMS)
    ended(side, 1)
    side.cut_off()
    side.pay(28_000 * USD)
    due(side, 1)
    assert side.settle() == [0, 0, 0]
    assert side.numbers()["cut"] == (1, 0)


def test_after_the_last_period_the_rest_is_late_revenue(twin: Twin) -> None:
    side = twin(TERMS)
    due(side, 3)
    for _ in range(3):
        side.settle()
    ended(side, 4)
    side.pay(11)
    side.cut_off()
    side.pay(13)
    due(side, 4)
    assert sum(side.settle()) == 11
    with refused(side, "Deal_AllPeriodsSettled", 4):
        side.cut_off()
    assert sum(side.settle()) == 13


def test_what_the_asset_took_is_not_shared_out(twin: Twin) -> None:
    side = twin(TERMS)
    side.pay(100)
    ended(side, 1)
    side.cut_off()
    due(side, 1)
    side.pay(-40)
    assert side.settle() == [60, 0, 0]


def test_a_balance_below_the_ledger_is_not_cut_off(twin: Twin) -> None:
    side = twin(TERMS)
    side.pay(100)
    due(side, 1)
    side.settle()
    side.pay(-1)
    ended(side, 2)
    with refused(side, "Deal_BalanceBelowLedger", 99, 100):
        side.cut_off()


@pytest.mark.parametrize("narrow", [True, False])
def test_what_is_beyond_the_cap_is_not_cut_off(twin: Twin, narrow: bool) -> None:
    side = twin(replace(TERMS, narrow=narrow))
    side.pay(2 * TERMS.max_amount if narrow else 2**97)
    ended(side, 1)
    side.cut_off()
    due(side, 1)
    assert side.numbers()["cut"] == (1, MAX_NARROW_AMOUNT if narrow else 2**96 - 1)
    side.settle()
    side.pay(1)
    due(side, 2)
    assert side.settle() == [0, 0, 0]


@pytest.fixture
def delayed(system: System) -> Stage:
    stage = put_on(system, TERMS)
    stage.asset.send("approve", stage.deal.address, EVERYTHING)
    return stage


@pytest.mark.parametrize("narrow", [True, False])
def test_inside_a_claim_it_is_refused(system: System, mock: Callable[..., Contract], narrow: bool) -> None:
    asset, looper = mock("ControlledUSD", 6), mock("CallerContract")
    stage = put_on(system, replace(TERMS, narrow=narrow), asset, everything_to(looper.address, TERMS))
    asset.send("mint", stage.deal.address, 28_000 * USD)
    stage.settle()
    system.chain.set_time(timestamp(TERMS.accrual_dates[1]))
    asset.send("plan", *act(looper, stage.deal, "cutOff"), False, True)
    looper.send("act", *call_of(stage.deal, "claim", SENIOR))
    assert asset.call("succeeded") is False
    assert system.chain.registry.decode(asset.call("answer")).name == "Deal_Reentered"
    assert stage.state().cut == (0, 0)
