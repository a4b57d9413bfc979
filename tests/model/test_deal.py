"""Settling, period by period, with numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model import deal
from penstock.model.calendar import timestamp
from penstock.model.deal import Run, run, settle, settle_late
from penstock.model.dues import dues, write_down
from penstock.model.errors import (
    AllPeriodsSettled,
    BalanceBelowLedger,
    NotConserved,
    NothingToSettle,
    NotMatured,
    PeriodNotOver,
)
from penstock.model.report import Report
from penstock.model.state import opening_state
from penstock.model.terms import ArrearsRule, Fee, FeeBase, PrincipalKind, Reserve, Rung, Test
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD
from tests.model.examples import (
    ALL,
    FEE,
    INTEREST,
    PER_CENT,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    TRAP,
    deal_of,
    lender,
    one_lender,
    three_tranches,
)

LOCK_UP = Test("lockup", 0, 120 * PER_CENT)


def column(life: Run, name: str, index: int | None = None) -> list[int]:
    """One number of every settlement, of the settlement itself or of its flows."""
    values = [getattr(s, name) if hasattr(s, name) else getattr(s.flows, name) for s in life.settlements]
    return values if index is None else [value[index] for value in values]


def test_a_bullet_is_repaid_at_the_end_and_equity_takes_the_rest() -> None:
    life = run(one_lender(), [150, 150, 150, 1150])
    assert column(life, "interest", 0) == [100] * 4
    assert column(life, "principal", 0) == [0, 0, 0, 1000]
    assert column(life, "residual") == [50, 50, 50, 50]
    assert life.state.credited == [1400, 200]
    assert life.conserved


def test_unpaid_interest_is_carried_with_interest() -> None:
    """40 short; then 100 + 40 + 4 due, 100 paid, 44 short; then 100 + 44 + 4."""
    life = run(one_lender(), [60, 100, 1000, 0])
    assert column(life, "interest_due", 0) == [100, 144, 148, 100]
    assert column(life, "interest_arrears", 0) == [40, 44, 0, 100]
    assert column(life, "residual") == [0, 0, 852, 0]


def test_pik_joins_the_balance_after_the_payments() -> None:
    """40 short joins 1000; the next interest is 104."""
    life = run(one_lender(tranche=lender(arrears=ArrearsRule.CAPITALISE)), [60, 104, 0, 0])
    assert column(life, "balance", 0) == [1040, 1040, 1144, 1258]
    assert column(life, "interest_arrears", 0) == [0] * 4
    assert column(life, "principal_arrears", 0) == [0, 0, 0, 1144], "what the last interest adds fell due with nothing"


def test_unpaid_principal_is_carried_without_interest_of_its_own() -> None:
    owed = lender(principal=PrincipalKind.SCHEDULE, schedule=(300, 300, 300, 100))
    life = run(one_lender(tranche=owed), [200, 590, 0, 0])
    assert column(life, "principal_due", 0) == [300, 500, 300, 400]
    assert column(life, "principal", 0) == [100, 500, 0, 0]
    assert column(life, "principal_arrears", 0) == [200, 0, 300, 400]


def test_a_cash_tranche_has_no_arrears_before_the_last_period() -> None:
    life = run(one_lender(tranche=lender(principal=PrincipalKind.CASH)), [400, 70, 0, 63])
    assert column(life, "principal", 0) == [300, 0, 0, 0]
    assert column(life, "principal_arrears", 0) == [0, 0, 0, 700]
    assert column(life, "interest_arrears", 0) == [0, 0, 70, 84]


def test_a_prepayment_shortens_the_tail() -> None:
    owed = lender(coupon=0, principal=PrincipalKind.SCHEDULE, schedule=(250, 250, 250, 250))
    life = run(one_lender(Rung(ALL, (0,)), tranche=owed), [600, 250, 150, 0])
    assert column(life, "principal", 0) == [600, 250, 150, 0]
    assert column(life, "principal_due", 0) == [250, 250, 150, 0]


def test_a_fee_that_carries_and_one_that_does_not() -> None:
    fees = (
        Fee("first", "p", FeeBase.FIXED, amount=30, carry=True, cap=40),
        Fee("second", "p", FeeBase.FIXED, amount=30),
    )
    terms = deal_of(
        lender(coupon=0),
        normal=(
            Rung(FEE, (0,)),
            Rung(FEE, (1,)),
            Rung(INTEREST, (0,)),
            Rung(PRINCIPAL, (0,)),
            Rung(RESIDUAL, (1,)),
        ),
        fees=fees,
    )
    life = run(terms, [0, 45, 100, 0])
    assert column(life, "fees", 0) == [0, 40, 40, 0]
    assert column(life, "fees", 1) == [0, 5, 30, 0]
    assert column(life, "fee_arrears", 0) == [30, 20, 10, 40]
    assert column(life, "fee_arrears", 1) == [0] * 4
    assert life.state.fee_credited == [80, 35]


def test_interest_in_kind_joins_the_balance_before_principal_is_due_whatever_is_paid() -> None:
    """8 % in cash and 6 % in kind: the coupon is of the balance before; the last period owes what it grew to."""
    owed = replace(lender(face=100_000, coupon=8 * PER_CENT), pik=6 * PER_CENT, pik_last=3)
    life = run(one_lender(tranche=owed), [0, 20_000, 8_988, 200_000])
    assert column(life, "pik", 0) == [6_000, 6_360, 6_741, 0]
    assert column(life, "balance", 0) == [106_000, 112_360, 119_101, 0]
    assert [each.interest_due[0] for each in life.settlements] == [8_000, 17_120, 8_988, 9_528]
    assert column(life, "interest", 0) == [0, 17_120, 8_988, 9_528]
    assert column(life, "principal_due", 0) == [0, 0, 0, 119_101]
    assert life.conserved


def test_a_fee_on_a_balance_is_on_what_it_was_before_and_a_reserve_looks_at_what_it_becomes() -> None:
    owed = replace(lender(face=1_000, coupon=0), pik=10 * PER_CENT, pik_last=4)
    fee = Fee("agent", "p", FeeBase.BALANCE, rate=10 * PER_CENT)
    reserve = Reserve("r", 0, ahead=(3, 2, 1, 0), supports=((PRINCIPAL, 0),))
    terms = one_lender(Rung(FEE, (0,)), tranche=owed, fees=(fee,), reserves=(reserve,))
    (first, *_) = run(terms, [100, 0, 0, 0]).settlements
    assert first.flows.fees == [100]
    due = dues(terms, opening_state(terms), 1, 0, Report())
    assert due.targets == [1_464]  # 1,100, then 1,210, 1,331 and 1,464 with what the last period adds


def test_no_balance_grows_beyond_the_cap() -> None:
    owed = replace(lender(face=MAX_NARROW_AMOUNT - 5), pik=10 * PER_CENT, pik_last=4)
    terms = replace(one_lender(tranche=owed), narrow=True)
    (first, *_) = run(terms, [0] * 4).settlements
    assert (first.pik[0], first.balance[0]) == (5, MAX_NARROW_AMOUNT)


def test_a_trap_helps_lenders_before_a_reserve_does() -> None:
    """Interest of 100 a year, covered less than 1.5 times: 20 are held back, and given before the reserve."""
    reserve = Reserve("dsra", 10, target=10, supports=((INTEREST, 0),))
    covenant = Test("lockup", 0, WAD * 3 // 2, supports=((INTEREST, 0), (PRINCIPAL, 0)))
    terms = one_lender(Rung(TRAP, test=0), reserves=(reserve,), tests=(covenant,))
    life = run(terms, [120, 85, 88, 200])
    assert column(life, "trapped") == [20, 5, 0, 0]
    assert [each.flows.trap_drawn[0] for each in life.settlements] == [0, 15, 5, 0]
    assert column(life, "drawn", 0) == [0, 0, 7, 0]
    assert column(life, "interest", 0) == [100] * 4
    interest = life.settlements[2].rungs[0]
    assert (interest.paid, interest.from_cash, interest.from_trap, interest.from_reserve) == (100, 88, 5, 7)
    assert life.conserved


def test_the_trap_of_a_test_that_passes_is_released_first() -> None:
    covenant = Test("lockup", 0, WAD * 3 // 2, supports=((INTEREST, 0),))
    terms = one_lender(Rung(TRAP, test=0), tests=(covenant,))
    life = run(terms, [120, 160, 90, 2000])
    assert column(life, "trapped") == [20, 0, 0, 0]
    assert column(life, "residual") == [0, 80, 0, 889]
    assert column(life, "interest", 0)[:3] == [100, 100, 90]


def test_traps_are_drawn_in_the_order_of_the_tests() -> None:
    """Two traps; the second holds what came in while the first test passed."""
    covenants = tuple(Test(name, 0, below, supports=((INTEREST, 0),)) for name, below in (("a", WAD), ("b", 2 * WAD)))
    terms = one_lender(Rung(TRAP, test=0), Rung(TRAP, test=1), tests=covenants)
    life = run(terms, [150, 60, 0, 0])
    assert [each.flows.trap_drawn for each in life.settlements[:2]] == [[0, 0], [0, 40]]
    assert column(life, "trapped")[:2] == [50, 10]


def test_a_reserve_is_drawn_topped_up_and_released() -> None:
    """100 in the reserve against a year's interest: drawn 40, refilled 40, released at the end."""
    reserve = Reserve("dsra", 100, ahead=(1, 1, 1, 0), supports=((INTEREST, 0),))
    life = run(one_lender(Rung(RESERVE, (0,)), reserves=(reserve,)), [60, 150, 100, 1000])
    assert column(life, "interest", 0) == [100] * 4
    assert column(life, "drawn", 0) == [40, 0, 0, 0]
    assert column(life, "topped_up", 0) == [0, 40, 0, 0]
    assert column(life, "reserves", 0) == [60, 100, 100, 0]
    assert column(life, "available") == [60, 150, 100, 1100]
    assert column(life, "residual") == [0, 10, 0, 0]


def test_what_a_reserve_holds_above_its_target_goes_down_the_ladder() -> None:
    owed = lender(principal=PrincipalKind.SCHEDULE, schedule=(500, 500, 0, 0))
    reserve = Reserve("dsra", 100, ahead=(1, 1, 1, 0), supports=((INTEREST, 0),))
    life = run(one_lender(tranche=owed, reserves=(reserve,)), [550, 0])
    assert column(life, "released", 0) == [50, 50], "targets 50, then nothing: the balance is to be repaid"
    assert column(life, "principal", 0) == [500, 0]
    assert column(life, "interest", 0) == [100, 50]


def test_a_trap_holds_until_the_test_is_cured() -> None:
    """Two passes cure: 19 trapped, then 100 and the passing period's cash, released with the third."""
    covenant = Test("lockup", 0, 120 * PER_CENT, cure=2)
    life = run(one_lender(Rung(TRAP, test=0), tests=(covenant,)), [119, 200, 120, 0])
    assert column(life, "trapped") == [19, 119, 0, 0]
    assert column(life, "residual") == [0, 0, 139, 0]
    assert column(life, "available") == [119, 200, 239, 0]


def test_the_last_period_releases_what_is_trapped_to_the_lenders_first() -> None:
    life = run(one_lender(Rung(TRAP, test=0), tests=(LOCK_UP,)), [119, 119, 119, 0])
    assert column(life, "trapped") == [19, 38, 57, 0]
    assert column(life, "interest", 0) == [100, 100, 100, 57]
    assert life.state.held == 0


def test_a_failing_test_switches_the_ladder_for_its_own_period() -> None:
    terms = deal_of(
        lender(),
        normal=(Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,))),
        enforcement=(Rung(INTEREST, (0,)), Rung(ALL, (0,)), Rung(RESIDUAL, (1,))),
        enforce_on=(0,),
        tests=(LOCK_UP,),
    )
    life = run(terms, [119, 200, 110, 0])
    assert [settlement.enforced for settlement in life.settlements] == [True, False, True, True]
    assert column(life, "principal", 0) == [19, 0, 12, 0]
    assert column(life, "residual") == [0, 102, 0, 0]


@pytest.mark.parametrize(("narrow", "most"), [(False, MAX_AMOUNT), (True, MAX_NARROW_AMOUNT)])
def test_no_claim_outgrows_what_the_chain_holds(narrow: bool, most: int) -> None:
    """1000 % a year on half of it that is never paid, and a fee of half of it that carries."""
    half = most // 2 + 1
    fee = Fee("f", "p", FeeBase.FIXED, amount=half, carry=True)
    carried = lender(face=half, coupon=1000 * PER_CENT)
    capitalised = lender(face=half, coupon=1000 * PER_CENT, arrears=ArrearsRule.CAPITALISE)
    life = run(replace(one_lender(Rung(FEE, (0,)), tranche=carried, fees=(fee,)), narrow=narrow), [0] * 4)
    assert column(life, "interest_arrears", 0) == [most] * 4
    assert column(life, "fee_arrears", 0) == [half, most, most, most]
    pik = replace(one_lender(tranche=capitalised), narrow=narrow)
    assert column(run(pik, [0] * 4), "balance", 0) == [most] * 4


def test_a_loss_is_borne_from_the_last_tranche_up() -> None:
    terms = three_tranches()
    terms = deal_of(*terms.tranches[:2], normal=terms.normal, write_down=True)
    state = opening_state(terms)
    state.principal_arrears = [0, 450, 0]
    assert write_down(terms, state, 250) == [0, 150, 100]
    assert state.balance == [1000, 350, 0]
    assert state.principal_arrears == [0, 350, 0]
    assert write_down(terms, state, 10**6) == [1000, 350, 0]


def test_a_loss_lowers_the_interest_of_its_own_period() -> None:
    terms = one_lender(write_down=True)
    settlement = settle(terms, opening_state(terms), 100, Report(loss=300))
    assert settlement.written_down == [200, 100]
    assert settlement.interest_due == [80, 0]
    assert settlement.flows.residual == 20


def test_a_run_reads_the_report_of_each_period() -> None:
    life = run(one_lender(write_down=True), [100] * 4, [Report(), Report(loss=300), Report(), Report(loss=50)])
    assert [settlement.written_down for settlement in life.settlements] == [[0, 0], [200, 100], [0, 0], [50, 0]]


def test_without_write_downs_a_loss_changes_nothing() -> None:
    terms = one_lender()
    settlement = settle(terms, opening_state(terms), 100, Report(loss=300))
    assert settlement.written_down == [0, 0]
    assert settlement.interest_due == [100, 0]


def test_late_revenue_reaches_lenders_before_equity() -> None:
    """The last period leaves 100 of interest and 700 of principal; nothing accrues on them."""
    life = run(one_lender(), [100, 100, 100, 300], late=1000)
    assert column(life, "interest", 0)[-1] == 0
    assert column(life, "principal", 0) == [0, 0, 0, 200, 800]
    assert life.settlements[-1].flows.residual == 200
    assert life.settlements[-1].period == 5
    assert life.settlements[-1].accrual_date is None
    assert life.conserved


def test_late_revenue_pays_interest_arrears_first_and_goes_down_the_ladder_last_in_force() -> None:
    terms = deal_of(
        lender(),
        normal=(Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,))),
        enforcement=(Rung(PRINCIPAL, (0,)), Rung(INTEREST, (0,)), Rung(RESIDUAL, (1,))),
        enforce_on=(0,),
        tests=(LOCK_UP,),
    )
    life = run(terms, [200, 200, 200, 0], late=1050)
    late = life.settlements[-1]
    assert late.enforced
    assert (late.flows.principal[0], late.flows.interest[0], late.interest_due[0]) == (1000, 50, 100)


def test_a_capped_fee_takes_its_cap_once_after_maturity_however_late_revenue_is_cut() -> None:
    fee = Fee("f", "p", FeeBase.FIXED, amount=50, cap=10, carry=True)
    ladder = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=ladder, fees=(fee,))
    whole, cut = opening_state(terms), opening_state(terms)
    for state in (whole, cut):
        for _ in range(4):
            settle(terms, state, 0)
        assert state.fee_arrears == [10]
    settle_late(terms, whole, 100)
    for _ in range(10):
        settle_late(terms, cut, 10)
    assert whole.fee_credited == cut.fee_credited == [10]
    assert whole.credited == cut.credited


def test_late_revenue_of_nothing_is_refused() -> None:
    terms = one_lender()
    state = run(terms, [0, 0, 0, 0]).state
    with pytest.raises(NothingToSettle):
        settle_late(terms, state, 0)


def test_two_lenders_pari_passu_share_a_reserve_by_what_each_lacks() -> None:
    terms = deal_of(
        lender("first"),
        lender("second", face=3000),
        normal=(Rung(INTEREST, (0, 1)), Rung(PRINCIPAL, (0, 1)), Rung(RESIDUAL, (2,))),
        reserves=(Reserve("r", 120, target=120, supports=((INTEREST, 0), (INTEREST, 1))),),
    )
    settled = settle(terms, opening_state(terms), 80)
    assert settled.flows.interest == [50, 150, 0]
    assert settled.rungs[0].from_reserve == 120


def test_periods_are_settled_once_and_late_revenue_comes_after() -> None:
    terms = one_lender()
    state = opening_state(terms)
    with pytest.raises(NotMatured):
        settle_late(terms, state, 1)
    for _ in range(4):
        settle(terms, state, 0)
    with pytest.raises(AllPeriodsSettled):
        settle(terms, state, 0)


def test_a_deal_that_holds_less_than_its_ledger_is_refused() -> None:
    terms = one_lender(reserves=(Reserve("r", 50, target=50),))
    with pytest.raises(BalanceBelowLedger, match="49 base units but its ledger accounts for 50"):
        settle(terms, opening_state(terms), -1)


def test_inv_13_a_period_settles_from_its_payment_date_on() -> None:
    terms = one_lender()
    state = opening_state(terms)
    for period, day in enumerate(terms.payment_dates, start=1):
        opens = timestamp(day)
        with pytest.raises(PeriodNotOver) as refused:
            settle(terms, state, 100, Report(), opens - 1)
        assert refused.value.args == PeriodNotOver(period, opens, opens - 1).args
        assert state.period == period - 1
        settle(terms, state, 100, Report(), opens)
    assert state.period == terms.periods


# A ladder that leaves cash over stops the model: nobody would be credited with it.


def test_cash_that_no_rung_takes_is_refused() -> None:
    terms = deal_of(lender(), normal=(Rung(INTEREST, (0,)),))
    settle(terms, opening_state(terms), 100)
    with pytest.raises(NotConserved, match="1"):
        settle(terms, opening_state(terms), 101)


# A run says whether every unit is accounted for, what is still held included.


def test_what_a_reserve_holds_counts() -> None:
    reserve = Reserve("dsra", 0, target=50, supports=((INTEREST, 0),))
    told = deal.run(one_lender(Rung(RESERVE, (0,)), reserves=(reserve,)), [140])

    assert told.state.held == 40
    assert told.conserved


def test_a_unit_more_or_less_does_not_go_unnoticed() -> None:
    for change in (-1, 1):
        told = deal.run(one_lender(), [140])
        told.state.credited[0] += change
        assert not told.conserved


# What becomes of interest that is not paid, by each rule, in numbers done by hand.


@pytest.mark.parametrize(
    ("rule", "arrears", "balance"),
    [
        (ArrearsRule.NONE, 100 + 100, 1000),
        (ArrearsRule.COUPON, 100 + 100 + 10, 1000),
        (ArrearsRule.SPREAD, 100 + 100 + 12, 1000),
        (ArrearsRule.CAPITALISE, 0, 1000 + 100 + 110),
    ],
)
def test_two_years_without_cash(rule: ArrearsRule, arrears: int, balance: int) -> None:
    spread = 2 * PER_CENT if rule is ArrearsRule.SPREAD else 0
    state = deal.run(one_lender(tranche=lender(arrears=rule, spread=spread)), [0, 0]).state
    assert (state.interest_arrears[0], state.balance[0]) == (arrears, balance)
