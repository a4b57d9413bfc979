"""Who is paid: each rung the least of its due and its part of what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model import deal
from penstock.model.dues import Dues
from penstock.model.ladder import Ladder, RungPayment, split
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms, Fee, FeeBase, Reserve, Rung, Test
from penstock.model.units import WAD
from tests.model.examples import ALL, FEE, INTEREST, PRINCIPAL, RESERVE, RESIDUAL, SWEEP, TRAP, deal_of, lender

HALF = WAD // 2
ALWAYS = (Rung(RESIDUAL, (2,)),)


def terms_with(*reserves: Reserve) -> DealTerms:
    return deal_of(
        lender("first"),
        lender("second", face=500),
        normal=ALWAYS,
        fees=(Fee("om", "p", FeeBase.FIXED),),
        reserves=reserves,
        tests=(Test("t", 0, WAD),),
    )


def ladder(
    cash: int,
    *,
    interest: tuple[int, int] = (100, 50),
    principal: tuple[int, int] = (200, 0),
    fee: int = 10,
    targets: tuple[int, ...] = (),
    reserves: tuple[Reserve, ...] = (),
    failing: bool = False,
    period: int = 1,
) -> Ladder:
    terms = terms_with(*reserves)
    state = replace(opening_state(terms), period=period, passes_needed=[int(failing)])
    owed = Dues([*interest, 0], [*principal, 0], [0] * 3, [0] * 3, [0] * 3, [fee], [fee], list(targets))
    return Ladder(terms, state, owed, cash, [test for test in range(len(terms.tests)) if state.failing(test)])


def paid(payments: list[RungPayment]) -> list[int]:
    return [payment.paid for payment in payments]


def test_each_rung_takes_its_due_until_the_cash_is_gone() -> None:
    rungs = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(INTEREST, (1,)), *ALWAYS)
    assert paid(ladder(150).pay(rungs)) == [10, 100, 40, 0, 0]
    assert paid(ladder(400).pay(rungs)) == [10, 100, 200, 50, 40]


def test_a_fraction_is_of_what_is_left_rounded_down() -> None:
    rungs = (Rung(FEE, (0,), HALF), Rung(SWEEP, (1,), HALF), *ALWAYS)
    assert paid(ladder(15).pay(rungs)) == [7, 4, 4]
    assert paid(ladder(2000).pay(rungs)) == [10, 500, 1490]


@pytest.mark.parametrize(
    ("amount", "dues", "shares"),
    [
        (10, (100, 50), (7, 3)),  # 3.33 to the second, the remainder to the first
        (1, (1, 1), (1, 0)),
        (2, (1, 2), (1, 1)),  # 1.33 to the second
        (150, (100, 50), (100, 50)),
        (5, (0, 50), (0, 5)),
        (0, (0, 0), (0, 0)),
        (9, (20,), (9,)),
    ],
)
def test_pari_passu_gives_the_remainder_to_the_first(
    amount: int, dues: tuple[int, ...], shares: tuple[int, ...]
) -> None:
    assert split(amount, dues) == shares


def test_a_pari_passu_rung_pays_both() -> None:
    walk = ladder(10)
    walk.pay((Rung(INTEREST, (0, 1)), *ALWAYS))
    assert walk.flows.interest == [7, 3, 0]
    assert walk.owed.interest == [93, 47, 0]


def test_whatever_the_rung_principal_meets_what_fell_due_first() -> None:
    walk = ladder(150, principal=(200, 0))
    walk.pay((Rung(SWEEP, (0,)), Rung(PRINCIPAL, (0,)), *ALWAYS))
    assert walk.owed.principal[0] == 50
    assert walk.state.balance[0] == 850
    more = ladder(350, principal=(200, 0))
    assert paid(more.pay((Rung(ALL, (0,)), Rung(PRINCIPAL, (0,)), *ALWAYS))) == [350, 0, 0]
    assert more.owed.principal[0] == 0


def test_all_takes_no_more_than_the_balance() -> None:
    assert paid(ladder(5000).pay((Rung(ALL, (0,)), Rung(ALL, (1,)), *ALWAYS))) == [1000, 500, 3500]


def test_a_reserve_is_topped_up_to_its_target() -> None:
    reserve = Reserve("r", opening=30)
    walk = ladder(50, reserves=(reserve,), targets=(70,))
    assert paid(walk.pay((Rung(RESERVE, (0,)), *ALWAYS))) == [40, 10]
    assert walk.state.reserves == [70]


def test_a_shortfall_is_drawn_from_the_reserves_that_support_the_rung_first_reserve_first() -> None:
    reserves = (
        Reserve("first", 20, supports=((INTEREST, 0),)),
        Reserve("other", 99, supports=((INTEREST, 1),)),
        Reserve("third", 90, supports=((INTEREST, 0), (PRINCIPAL, 0))),
    )
    walk = ladder(30, reserves=reserves, targets=(0, 0, 0))
    interest, principal, _ = walk.pay((Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), *ALWAYS))
    assert (interest.due, interest.paid, interest.from_reserve) == (100, 100, 70)
    assert (principal.due, principal.paid, principal.from_reserve) == (200, 40, 40)
    assert walk.flows.drawn == [20, 0, 90]
    assert walk.state.reserves == [0, 99, 0]


def test_a_pari_passu_shortfall_is_drawn_for_each_by_itself() -> None:
    reserves = (Reserve("r", 60, supports=((INTEREST, 1),)),)
    walk = ladder(75, reserves=reserves, targets=(0,))
    (payment, _) = walk.pay((Rung(INTEREST, (0, 1)), *ALWAYS))
    assert walk.flows.interest == [50, 50, 0]
    assert (payment.paid, payment.from_reserve) == (100, 25)


def test_a_draw_follows_the_kind_of_the_rung() -> None:
    """A reserve for a sweep gives nothing to principal; a fee can be supported, too."""
    reserves = (Reserve("r", 60, supports=((SWEEP, 0), (FEE, 0))),)
    walk = ladder(0, reserves=reserves, targets=(0,))
    assert paid(walk.pay((Rung(FEE, (0,)), Rung(PRINCIPAL, (0,)), Rung(SWEEP, (0,)), *ALWAYS))) == [10, 0, 50, 0]


def test_a_conditional_rung_acts_only_while_its_test_fails() -> None:
    rungs = (Rung(SWEEP, (0,), HALF, test=0), *ALWAYS)
    assert paid(ladder(100).pay(rungs)) == [0, 100]
    assert paid(ladder(100, failing=True).pay(rungs)) == [50, 50]


def test_a_trap_holds_what_is_left_while_its_test_fails() -> None:
    walk = ladder(100, failing=True)
    assert paid(walk.pay((Rung(FEE, (0,)), Rung(TRAP, test=0), *ALWAYS))) == [10, 90, 0]
    assert walk.state.trapped == [90]
    assert paid(ladder(100).pay((Rung(FEE, (0,)), Rung(TRAP, test=0), *ALWAYS))) == [10, 0, 90]


def test_no_trap_acts_in_the_last_period() -> None:
    walk = ladder(100, failing=True, period=4)
    assert paid(walk.pay((Rung(TRAP, test=0), *ALWAYS))) == [0, 100]


# Claims that stand on a ladder twice: the second rung pays what the first left.


def test_a_fee_of_two_rungs_is_paid_once() -> None:
    """12 come in, 10 are due: half of 12 from the first rung, 4 from the second, and 2 are left."""
    fee = Fee("om", "operator", FeeBase.FIXED, amount=10)
    rungs = (Rung(FEE, (0,), fraction=WAD // 2), Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)))
    terms = deal_of(lender(coupon=0), normal=(*rungs, Rung(RESIDUAL, (1,))), fees=(fee,))
    told = deal.run(terms, [12])

    (settlement,) = told.settlements
    assert [rung.paid for rung in settlement.rungs] == [6, 4, 0, 0, 2]


def test_interest_may_be_deferred_while_a_test_fails() -> None:
    deferring = Rung(INTEREST, (1,), test=0, passing=True)
    rungs = (Rung(INTEREST, (0,)), deferring, Rung(TRAP, (), WAD, 0), Rung(PRINCIPAL, (1,)), *ALWAYS)
    assert paid(ladder(400, failing=False).pay(rungs)) == [100, 50, 0, 0, 250]
    payments = ladder(400, failing=True).pay(rungs)
    assert paid(payments) == [100, 0, 300, 0, 0]
    assert payments[1].due == 0


def test_what_sweeps_leave_goes_to_the_deferred_interest_first() -> None:
    deferring, later = Rung(INTEREST, (1,), test=0, passing=True), Rung(INTEREST, (1,), test=0)
    rungs = (Rung(INTEREST, (0,)), deferring, Rung(SWEEP, (0,), HALF, 0), later, *ALWAYS)
    assert paid(ladder(180, failing=True).pay(rungs)) == [100, 0, 40, 40, 0]
    assert paid(ladder(260, failing=True).pay(rungs)) == [100, 0, 80, 50, 30]
    assert paid(ladder(260, failing=False).pay(rungs)) == [100, 50, 0, 0, 110]


def test_nothing_is_deferred_from_the_last_period_on() -> None:
    deferring = Rung(INTEREST, (1,), test=0, passing=True)
    rungs = (Rung(INTEREST, (0,)), deferring, Rung(TRAP, (), WAD, 0), *ALWAYS)
    last = terms_with().periods
    assert paid(ladder(400, failing=True, period=last).pay(rungs)) == [100, 50, 0, 250]
    assert paid(ladder(400, failing=True, period=last - 1).pay(rungs)) == [100, 0, 300, 0]


def test_a_reserve_does_not_pay_what_is_deferred() -> None:
    held = Reserve("r", 30, target=30, supports=((INTEREST, 1),))
    deferring = Rung(INTEREST, (1,), test=0, passing=True)
    walked = ladder(100, targets=(30,), reserves=(held,), failing=True)
    assert paid(walked.pay((Rung(INTEREST, (0,)), deferring, Rung(TRAP, (), WAD, 0), *ALWAYS))) == [100, 0, 0, 0]
    assert walked.state.reserves == [30]
