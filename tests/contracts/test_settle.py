"""
settle
├── given the payment date has not come
│   ├── when a second is missing, it should refuse with period, date and time
│   ├── when cash is there already, it should refuse all the same
│   └── when the second comes, it should settle
├── given the period is settled
│   ├── when settled again, it should refuse with the next period's date
│   └── when the next period is due, it should settle that one and no other
├── given no period is named
│   └── when the count is zero, it should refuse
├── given several periods are due
│   ├── when settled in one call, all collections should belong to the first
│   ├── when settled one by one, the outcome should be the same
│   ├── when more are asked for than are due, it should stop at the last that is due
│   └── when as many as a number can be are asked for, it should settle what is due
├── given anybody calls, the outcome should not depend on who
├── given the balance is below the ledger
│   ├── when settled, it should refuse with both numbers
│   ├── when a base unit is missing beside open credits, it should refuse with both numbers
│   └── when the cash comes back, it should settle
├── given a trap holds cash
│   ├── when the test still fails, the cash should wait and be no revenue
│   ├── when there are other pots before it, it should be the same
│   ├── when the test is cured, the cash should go down the ladder
│   └── when the last period comes, the cash should go down the ladder, whatever the test says
├── given every period is settled
│   ├── when nothing came since, it should refuse
│   └── when late revenue comes, lenders should be paid before equity
├── given odd revenue
│   ├── when there is none for years and then a flood, everybody should be made whole in order
│   ├── when it is one base unit, the first lender should get it
│   ├── when it is beyond all dues, the rest should be equity's
│   ├── when it is beyond what a deal can hold in its life, the rest should stay outside the ledger
│   ├── when it is beyond twice that, nothing should break
│   └── when it is a gift to a deal that is not closed yet, it should be the first period's
└── given odd terms
    ├── when nothing falls due in a period, a failing test should stand still
    ├── when debt bears no coupon, it should owe its face at the end and nothing before
    └── when the face rounds, the last period should pay what the others left
payAndSettle
├── when the caller pays and the period is due, it should settle with that cash
├── when the period is not due, it should refuse and take nothing
├── when the allowance is too small, it should refuse
└── when the caller's cash is too small, it should refuse
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.model.terms import DealTerms
from penstock.model.units import MAX_AMOUNT
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage, put_on
from tests.contracts.twin import Side, due, refused

Twin = Callable[[DealTerms], Side]


def test_a_second_too_early_is_refused_with_both_times(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.settle()
    side.wait(time_of_next := 1_798_761_599)  # 2026-12-31 23:59:59 UTC
    with refused(side, "Deal_PeriodNotOver", 2, time_of_next + 1, time_of_next):
        side.settle()


def test_too_early_is_refused_whatever_cash_is_there(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    side.wait(1_767_225_600)  # closing
    side.pay(1_000_000 * USD)
    with refused(side, "Deal_PeriodNotOver", 1, 1_782_864_000, 1_767_225_600):  # 2026-07-01
        side.settle()


def test_the_first_second_of_the_payment_date_is_not_too_early(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    assert due(side, 1) == 1_782_864_000
    assert side.settle() == [0, 0, 0]
    assert side.numbers()["period"] == 1


def test_a_period_is_settled_once(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    time = due(side, 1)
    side.settle()
    with refused(side, "Deal_PeriodNotOver", 2, 1_798_761_600, time):
        side.settle()


def test_periods_are_settled_in_order(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 3)
    for period in (1, 2, 3):
        side.settle()
        assert side.numbers()["period"] == period


def test_zero_periods_are_refused(plain: Stage) -> None:
    plain.until(1)
    with plain.refused("Deal_ZeroPeriods"):
        plain.deal.send("settle", 0)
    plain.asset.send("approve", plain.deal.address, EVERYTHING)
    with plain.refused("Deal_ZeroPeriods"):
        plain.deal.send("payAndSettle", 0, 0)


def test_all_collections_belong_to_the_first_of_several_periods(plain: Stage) -> None:
    plain.until(3)
    plain.gift(1_000_000 * USD)
    paid = plain.paid(plain.deal.send("settle", 3))
    assert paid == [
        [3_000 * USD, 25_000 * USD, 972_000 * USD],
        [0, 0, 0],
        [0, 0, 0],
    ]
    state = plain.state()
    assert state.interest_arrears[SENIOR] == 2_250 * USD + 67_500_000 + 2_250 * USD
    assert state.principal_arrears[SENIOR] == 50_000 * USD


def test_several_periods_at_once_and_one_by_one_end_alike(whole: Stage) -> None:
    whole.until(3)
    whole.gift(31_000 * USD)
    with whole.system.chain.undone():
        whole.deal.send("settle", 3)
        at_once = whole.state()
    for _ in range(3):
        whole.deal.send("settle", 1)
    assert whole.state() == at_once


def test_only_periods_that_are_due_are_settled(plain: Stage) -> None:
    plain.until(2)
    plain.deal.send("settle", 4)
    assert plain.state().period == 2


def test_a_count_beyond_the_last_period_settles_the_last(plain: Stage) -> None:
    plain.until(4)
    plain.deal.send("settle", 1_000)
    assert plain.state().period == 4


def test_any_count_settles_what_is_due(plain: Stage) -> None:
    plain.until(1)
    plain.deal.send("settle", EVERYTHING)
    plain.until(2)
    plain.deal.send("settle", EVERYTHING)
    assert plain.state().period == 2


def test_the_outcome_does_not_depend_on_the_caller(whole: Stage) -> None:
    whole.until(1)
    whole.gift(30_000 * USD)
    outcomes = []
    for caller in (whole.cast.ann, whole.cast.sponsor, whole.cast.operator, whole.cast.stranger):
        with whole.system.chain.undone():
            whole.deal.send("settle", 1, sender=caller)
            outcomes.append(whole.numbers())
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_a_balance_below_the_ledger_is_refused_with_both_numbers(twin: Twin) -> None:
    side = twin(deals.WHOLE)
    due(side, 1)
    side.pay(-1)
    with refused(side, "Deal_BalanceBelowLedger", 4_000 * USD - 1, 4_000 * USD):
        side.settle()
    side.pay(1)
    side.settle()
    assert side.numbers()["period"] == 1


def test_open_credits_and_fees_count_into_the_ledger(whole: Stage) -> None:
    whole.settle(200_000 * USD)
    assert whole.state().accounted == 204_000 * USD
    whole.until(2)
    whole.lose(1)
    whole.asset.send("mint", whole.cast.payer, 1)
    with whole.refused("Deal_BalanceBelowLedger", {"balance": 204_000 * USD - 1, "ledger": 204_000 * USD}):
        whole.deal.send("settle", 1)
    whole.asset.send("approve", whole.deal.address, EVERYTHING, sender=whole.cast.payer)
    whole.deal.send("payAndSettle", 1, 1, sender=whole.cast.payer)
    assert whole.state().period == 2
    whole.assert_sound()


def test_trapped_cash_waits_while_its_test_fails(twin: Twin) -> None:
    side = twin(deals.TRAPPING)
    due(side, 2)
    side.pay(30_000 * USD)  # less than 1.2 times 28,000
    assert side.settle() == [3_000 * USD, 25_000 * USD, 2_000 * USD, 0]
    assert (side.numbers()["trapped"], side.numbers()["accounted"]) == ([2_000 * USD], 30_000 * USD)
    side.pay(10)
    assert side.settle() == [10, 0, 0, 0]
    assert (side.numbers()["trapped"], side.numbers()["accounted"]) == ([2_000 * USD], 30_000 * USD + 10)


def test_a_trap_behind_other_pots_keeps_its_cash(twin: Twin) -> None:
    side = twin(deals.WHOLE)
    due(side, 1)
    side.pay(37_000 * USD)  # fills the reserve
    side.settle()
    due(side, 3)
    side.pay(31_000 * USD)
    paid = side.settle()
    assert paid == [500 * USD, 310 * USD, 2_250 * USD, 25_000 * USD, 0, 1_000 * USD, 0, 1_940 * USD, 0]
    side.settle()
    assert side.numbers()["trapped"] == [1_940 * USD]
    due(side, 4)
    side.settle()
    assert side.numbers()["trapped"] == [0]
    assert side.numbers()["accounted"] == side.numbers()["cash"] == 72_000 * USD


def test_trapped_cash_is_released_by_the_cure(twin: Twin) -> None:
    side = twin(deals.TRAPPING)
    due(side, 2)
    side.pay(30_000 * USD)
    side.settle()
    side.pay(32_700 * USD)  # 1.2 times 27,250, to the unit
    assert side.settle() == [2_250 * USD, 25_000 * USD, 0, 7_450 * USD]
    assert side.numbers()["trapped"] == [0]


def test_one_base_unit_short_of_the_cure_is_not_cured(twin: Twin) -> None:
    side = twin(deals.TRAPPING)
    due(side, 2)
    side.pay(30_000 * USD)
    side.settle()
    side.pay(32_700 * USD - 1)
    assert side.settle() == [2_250 * USD, 25_000 * USD, 5_450 * USD - 1, 0]
    assert side.numbers()["trapped"] == [7_450 * USD - 1]


def test_trapped_cash_is_released_in_the_last_period(twin: Twin) -> None:
    side = twin(deals.TRAPPING)
    due(side, 4)
    side.pay(30_000 * USD)
    for _ in range(3):
        side.settle()
    assert side.numbers()["trapped"] == [2_000 * USD]
    assert side.settle() == [2_000 * USD, 0, 0, 0]
    assert (side.numbers()["trapped"], side.numbers()["passes_needed"]) == ([0], [1])


def test_after_the_last_period_nothing_is_settled_for_nothing(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 4)
    for _ in range(4):
        side.settle()
    with refused(side, "Deal_NothingToSettle"):
        side.settle()


def test_late_revenue_pays_unpaid_lenders_before_equity(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 4)
    for _ in range(4):
        side.settle()
    owed = side.numbers()
    arrears, balance = owed["interest_arrears"][SENIOR], owed["balance"][SENIOR]
    assert balance == 100_000 * USD
    side.pay(arrears + balance - 1)
    assert side.settle() == [arrears, balance - 1, 0]
    side.pay(10)
    assert side.settle() == [0, 1, 9]
    side.pay(7)
    assert side.settle() == [0, 0, 7]
    assert side.numbers()["balance"][SENIOR] == 0


def test_a_flood_after_years_of_nothing_makes_everybody_whole_in_order(twin: Twin) -> None:
    side = twin(deals.WHOLE)
    due(side, 3)
    for _ in range(3):
        side.settle()
    drought = side.numbers()
    assert drought["reserves"] == [0]
    assert drought["credited"] == [4_000 * USD, 0, 0]
    due(side, 4)
    side.pay(1_000_000 * USD)
    side.settle()
    after = side.numbers()
    assert (after["balance"][:2], after["interest_arrears"], after["fee_arrears"]) == ([0, 0], [0, 0, 0], [0, 0])
    assert after["reserves"] == [0]
    assert after["trapped"] == [0]
    assert after["fee_claimable"] == [2_000 * USD, 10_000 * USD]
    assert sum(after["credited"]) + sum(after["fee_claimable"]) == 1_004_000 * USD == after["cash"]


def test_one_base_unit_goes_to_the_first_lender(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(1)
    assert side.settle() == [1, 0, 0]
    assert side.claim(SENIOR, "ann") == 1


def test_what_is_beyond_all_dues_is_equitys(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(2**50)
    assert side.settle() == [3_000 * USD, 25_000 * USD, 2**50 - 28_000 * USD]
    assert side.claim(1, "ann") == 2**50 - 28_000 * USD


@pytest.mark.parametrize("narrow", [True, False])
def test_what_a_deal_cannot_hold_in_its_life_stays_outside_its_ledger(system: System, narrow: bool) -> None:
    plain = put_on(system, replace(deals.PLAIN, narrow=narrow))
    most = plain.terms.max_amount
    plain.until(2)
    plain.gift(most + 5)
    (first,) = plain.paid(plain.deal.send("settle", 1))
    assert sum(first) == most
    (second,) = plain.paid(plain.deal.send("settle", 1))
    assert sum(second) == 0
    assert plain.cash() - plain.state().accounted == 5


def test_a_flood_beyond_all_amounts_breaks_nothing(plain: Stage) -> None:
    plain.until(1)
    plain.gift(2 * MAX_AMOUNT)
    (paid,) = plain.paid(plain.deal.send("settle", 1))
    assert sum(paid) == plain.terms.max_amount
    for tranche in (SENIOR, plain.equity):
        plain.claim(tranche, plain.cast.ann)
    plain.assert_sound()
    plain.settle(1)
    plain.assert_sound()


def test_a_gift_is_revenue_of_the_period_it_finds(plain: Stage) -> None:
    plain.settle(1)
    plain.asset.send("mint", plain.cast.stranger, 28_000 * USD)
    plain.asset.send("transfer", plain.deal.address, 28_000 * USD, sender=plain.cast.stranger)
    assert plain.state().accounted == 1
    (paid,) = plain.paid(plain.settle())
    assert sum(paid) == 28_000 * USD


def test_cash_that_came_before_the_launch_is_the_first_periods(system: System) -> None:
    from penstock.onchain.terms_encode import encode_terms

    asset = system.chain.deploy(system.artifacts["MockUSD"], 6)
    packed = encode_terms(deals.PLAIN, asset.address, {})
    foretold = system.factory.call("dealAddress", system.chain.accounts[0], packed, bytes(32))
    asset.send("mint", foretold, 5)
    stage = put_on(system, deals.PLAIN, asset)
    assert stage.deal.address == foretold
    assert stage.paid(stage.settle()) == [[5, 0, 0]]


def test_debt_without_a_coupon_is_owed_at_the_end_and_not_before(twin: Twin) -> None:
    side = twin(deals.ZERO_COUPON)
    for period in (1, 2, 3):
        due(side, period)
        side.pay(10 * USD)
        assert side.settle() == [0, 0, 0, 10 * USD]
        assert side.numbers()["passes_needed"] == [0]
    due(side, 4)
    side.pay(80_000 * USD + 3)
    assert side.settle() == [0, 80_000 * USD, 0, 3]
    assert side.numbers()["balance"][0] == 0


def test_a_period_without_debt_service_cures_nothing(twin: Twin) -> None:
    side = twin(deals.HOLIDAY)
    due(side, 1)
    side.settle()
    assert side.numbers()["passes_needed"] == [1]
    due(side, 2)
    side.pay(10_000 * USD)  # 3,000 of arrears; no coupon this time
    assert side.settle() == [3_000 * USD, 0, 7_000 * USD, 0]
    assert side.numbers()["passes_needed"] == [1]
    due(side, 3)
    side.pay(3_600 * USD)
    assert side.settle() == [3_000 * USD, 0, 0, 7_600 * USD]
    assert side.numbers()["passes_needed"] == [0]


def test_a_face_that_rounds_is_paid_off_in_the_last_period(twin: Twin) -> None:
    side = twin(deals.ROUNDS)
    paid = []
    for period in (1, 2, 3, 4):
        due(side, period)
        side.pay(10)
        paid.append(side.settle())
    assert paid == [[0, 1, 9], [0, 1, 9], [0, 1, 9], [0, 4, 6]]
    assert side.claim(SENIOR, "ann") == 7


def test_pay_and_settle_does_both_at_once(plain: Stage) -> None:
    payer = plain.cast.payer
    plain.asset.send("mint", payer, 100 * USD)
    plain.asset.send("approve", plain.deal.address, 100 * USD, sender=payer)
    plain.until(1)
    paid = plain.paid(plain.deal.send("payAndSettle", 100 * USD, 1, sender=payer))
    assert paid == [[100 * USD, 0, 0]]
    assert (plain.cash(payer), plain.cash()) == (0, 100 * USD)


def test_pay_and_settle_too_early_takes_nothing(plain: Stage) -> None:
    payer = plain.cast.payer
    plain.asset.send("mint", payer, 100 * USD)
    plain.asset.send("approve", plain.deal.address, 100 * USD, sender=payer)
    now = plain.system.chain.now()
    too_early = {"period": 1, "paymentAt": plain.payment_at(1), "time": now}
    with plain.refused("Deal_PeriodNotOver", too_early):
        plain.deal.send("payAndSettle", 100 * USD, 1, sender=payer)


def test_pay_and_settle_without_allowance_is_refused(plain: Stage) -> None:
    payer = plain.cast.payer
    plain.asset.send("mint", payer, 100)
    plain.asset.send("approve", plain.deal.address, 99, sender=payer)
    plain.until(1)
    short = {"spender": plain.deal.address, "allowance": 99, "needed": 100}
    with plain.refused("ERC20InsufficientAllowance", short):
        plain.deal.send("payAndSettle", 100, 1, sender=payer)


def test_pay_and_settle_without_cash_is_refused(plain: Stage) -> None:
    payer = plain.cast.payer
    plain.asset.send("mint", payer, 99)
    plain.asset.send("approve", plain.deal.address, 100, sender=payer)
    plain.until(1)
    with plain.refused("ERC20InsufficientBalance", {"sender": payer, "balance": 99, "needed": 100}):
        plain.deal.send("payAndSettle", 100, 1, sender=payer)


@pytest.mark.parametrize(("collections", "width"), [(1, 7), (2**56 - 1, 7), (2**56, 12)])
def test_the_log_spends_five_bytes_less_on_amounts_that_fit(system: System, collections: int, width: int) -> None:
    plain = put_on(system, replace(deals.PLAIN, narrow=False))
    (log,) = [event for event in plain.settle(collections).events(plain.deal.abi) if event.name == "Settled"]
    assert log["figures"][5] == width
    assert len(log["figures"]) == 6 + width * (1 + len(plain.terms.normal))
