"""
The clean-up call in the exact model.

given lenders' faces less principal paid
    a call is allowed at the part of the faces, not a base unit above; write-downs do not count, nor does what was paid
given an announcement
    it is for the next period, once, up to a day before its payment date, by the order of its refusals
given a called period
    everything owed is paid, whatever rungs say; the payee pays what is missing, and no more
    what was written down is paid, the period's own loss is not written down
    fees are paid beyond their caps, except where nothing is kept, or a report decides
    tests are made on collections alone, and all counters are cleared
    the deal is at its end: later revenue is equity's
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from operator import add

import pytest

from penstock.model.books import Books
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.call import bill, is_allowed, most_outstanding, outstanding, require_announcement
from penstock.model.deal import Settlement, run, settle, settle_called, settle_late
from penstock.model.errors import (
    AllPeriodsSettled,
    BeyondCap,
    CalledAlready,
    CallNotAllowed,
    CallTooLate,
    ModelError,
    NotAnnounced,
    NotCallable,
    PeriodNotOver,
)
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.state import DealState, opening_state
from penstock.model.terms import (
    ArrearsRule,
    CleanUpCall,
    DealTerms,
    Fee,
    FeeBase,
    PrincipalKind,
    ReportField,
    Reserve,
    Rung,
    Test,
    Unit,
)
from penstock.model.units import WAD
from tests.model.examples import (
    ALL,
    FEE,
    INTEREST,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    SWEEP,
    TRAP,
    deal_of,
    lender,
    one_lender,
)


def called(terms: DealTerms, below: int = WAD) -> DealTerms:
    return replace(terms, call=CleanUpCall("sponsor", below))


def paid(made: Settlement) -> list[int]:
    """What each tranche got."""
    sums = list(map(add, made.flows.interest, made.flows.principal))
    return [*sums[:-1], sums[-1] + made.flows.residual]


def scheduled(*amounts: int, face: int = 1000) -> DealTerms:
    """One lender at 10 % whose principal falls due so; four years; may be called at any time."""
    tranche = lender(face=face, principal=PrincipalKind.SCHEDULE, schedule=(*amounts, *[0] * (4 - len(amounts))))
    return called(one_lender(tranche=tranche))


def state_of(terms: DealTerms, **changes: object) -> DealState:
    state = opening_state(terms)
    for name, value in changes.items():
        setattr(state, name, value)
    return state


@pytest.mark.parametrize(
    ("below", "repaid", "allowed"),
    [
        (WAD, 0, True),
        (WAD // 2, 499, False),
        (WAD // 2, 500, True),
        (WAD // 10, 899, False),
        (WAD // 10, 900, True),
        (WAD // 1000, 999, True),
        (WAD // 1000 - 1, 999, False),
        (1, 1000, True),
        (1, 1500, True),
    ],
    ids=str,
)
def test_it_is_allowed_at_the_part_of_the_faces(below: int, repaid: int, allowed: bool) -> None:
    """Exactly where outstanding x 1e18 <= faces x below."""
    terms = called(one_lender(), below)
    state = state_of(terms, repaid=repaid)
    assert is_allowed(terms, state) is allowed is (outstanding(terms, state) * WAD <= terms.lent * below)


def test_what_was_written_down_still_counts() -> None:
    terms = called(replace(one_lender(), write_down=True, fields=()), WAD // 2)
    state = state_of(terms, balance=[300, 0], written_down=[700])
    assert (outstanding(terms, state), most_outstanding(terms)) == (1000, 500)
    assert not is_allowed(terms, state)


def test_what_was_paid_in_kind_neither_allows_nor_forbids() -> None:
    """Of 1000 lent and 200 added, 600 paid: 400 of the faces are outstanding, though 600 are owed."""
    terms = called(one_lender(), WAD * 4 // 10)
    assert is_allowed(terms, state_of(terms, balance=[600, 0], repaid=600))


def test_an_announcement_is_for_the_next_period() -> None:
    terms = scheduled(400, 300, 200, 100)
    latest = timestamp(terms.payment_dates[2]) - SECONDS_PER_DAY
    state = state_of(terms, period=2)
    assert require_announcement(terms, state, 0, 0) == require_announcement(terms, state, 2, latest) == 3


def test_a_second_later_is_too_late() -> None:
    terms = scheduled(400, 300, 200, 100)
    latest = timestamp(terms.payment_dates[0]) - SECONDS_PER_DAY
    with pytest.raises(CallTooLate) as caught:
        require_announcement(terms, opening_state(terms), 0, latest + 1)
    assert (caught.value.period, caught.value.latest, caught.value.now) == (1, latest, latest + 1)


@pytest.mark.parametrize(
    ("terms", "changes", "announced", "error"),
    [
        (one_lender(), {}, 0, NotCallable),
        (called(one_lender(), 1), {"period": 4}, 5, AllPeriodsSettled),
        (called(one_lender(), 1), {}, 1, CalledAlready),
        (called(one_lender(), 1), {}, 0, CallNotAllowed),
        (called(one_lender()), {}, 0, CallTooLate),
    ],
    ids=["not callable", "no period left", "once", "not allowed", "too late"],
)
def test_an_announcement_is_refused_in_this_order(
    terms: DealTerms, changes: dict[str, object], announced: int, error: type[ModelError]
) -> None:
    """Each case would be refused by every rule after its own as well; at the end of time all are too late."""
    with pytest.raises(error):
        require_announcement(terms, state_of(terms, **changes), announced, 2**40)


def test_the_payee_pays_exactly_what_is_missing() -> None:
    terms = scheduled(400, 300, 200, 100)
    state = opening_state(terms)
    settle(terms, state, 500)
    assert (state.repaid, bill(terms, state, 150, NOTHING_REPORTED).missing) == (400, 510)
    made = settle_called(terms, state, 150)
    assert (made.called, made.call_paid, made.collections, made.period) == (True, 510, 150, 2)
    assert paid(made) == [660, 0]
    assert (state.balance[:-1], state.period, state.called, state.repaid) == ([0], 4, 2, 1000)


def test_what_is_not_missing_is_not_taken() -> None:
    terms = scheduled(400, 300, 200, 100)
    made = settle_called(terms, opening_state(terms), 1_250)
    assert (made.call_paid, paid(made)) == (0, [1100, 150])


def test_reserves_and_traps_pay_before_the_payee_does() -> None:
    reserve = Reserve("dsra", 300, (0, 1, 1, 1))
    terms = called(one_lender(Rung(RESERVE, (0,)), reserves=(reserve,)))
    state = opening_state(terms)
    made = settle_called(terms, state, 100)
    assert (made.call_paid, paid(made)) == (700, [1100, 0])
    assert state.held == 0


def test_fractions_and_tests_of_rungs_hold_nothing_back() -> None:
    """A trap, a sweep of a tenth behind a test that fails, a principal rung of a half: all is paid, in ladder order."""
    test = Test("lockup", 0, 100 * WAD, 3)
    rungs = (
        Rung(FEE, (0,), WAD // 2),
        Rung(INTEREST, (0,)),
        Rung(PRINCIPAL, (0,), WAD // 2),
        Rung(TRAP, (), WAD, 0),
        Rung(SWEEP, (1,), WAD // 10, 0),
        Rung(INTEREST, (1,), WAD // 3, 0),
        Rung(RESIDUAL, (2,)),
    )
    fee = Fee("om", "operator", FeeBase.FIXED, 40)
    terms = called(deal_of(lender(), lender("mezz", 500), normal=rungs, tests=(test,), fees=(fee,)))
    made = settle_called(terms, opening_state(terms), 7)
    assert [rung.paid for rung in made.rungs] == [40, 100, 1000, 0, 500, 50, 0]
    assert made.call_paid == 1690 - 7


def test_the_normal_ladder_pays_though_enforcement_is_in_force() -> None:
    enforcement = (Rung(ALL, (0,)), Rung(INTEREST, (0,)), Rung(RESIDUAL, (1,)))
    terms = called(one_lender(enforcement=enforcement, enforce_on=(0,), tests=(Test("default", 0, WAD, 4),)))
    state = opening_state(terms)
    assert settle(terms, state, 0).enforced
    made = settle_called(terms, state, 0)
    assert not made.enforced
    assert [rung.paid for rung in made.rungs] == [210, 1000, 0]


def test_write_downs_are_paid_and_the_periods_own_loss_is_not_written_down() -> None:
    rungs = (Rung(INTEREST, (0,)), Rung(INTEREST, (1,)), Rung(ALL, (0,)), Rung(ALL, (1,)), Rung(RESIDUAL, (2,)))
    lenders = (lender(principal=PrincipalKind.CASH), lender("mezz", 500, principal=PrincipalKind.CASH))
    terms = called(deal_of(*lenders, normal=rungs, write_down=True))
    state = opening_state(terms)
    settle(terms, state, 150, Report(loss=700))
    assert (state.balance, state.written_down, state.repaid) == ([840, 0, 0], [100, 500], 60)
    made = settle_called(terms, state, 0, Report(loss=900))
    assert (made.call_paid, made.restored, made.written_down) == (940 + 500 + 84, [100, 500, 0], [0, 0, 0])
    assert made.flows.principal == [940, 500, 0]
    assert state.written_down == [0, 0]


def test_deferred_interest_and_its_interest_are_paid() -> None:
    terms = called(one_lender(tranche=lender(arrears=ArrearsRule.COUPON)))
    state = opening_state(terms)
    settle(terms, state, 40)
    made = settle_called(terms, state, 0)
    assert made.call_paid == 1000 + 100 + 60 + 6


@pytest.mark.parametrize(
    ("base", "carry", "arrears", "paid"),
    [
        (FeeBase.FIXED, True, 500, 580),
        (FeeBase.FIXED, False, 0, 30),
        (FeeBase.REPORT, True, 500, 530),
        (FeeBase.REPORT, False, 0, 30),
    ],
    ids=["all", "its cap where nothing is kept", "arrears and its cap where a report decides", "its cap"],
)
def test_fees_are_paid_beyond_their_caps(base: FeeBase, carry: bool, arrears: int, paid: int) -> None:
    """80 accrue, 30 may fall due."""
    reported = base is FeeBase.REPORT
    fee = Fee("om", "operator", base, 0 if reported else 80, cap=30, carry=carry, field=0)
    fields = (ReportField("cost", Unit.AMOUNT),) if reported else ()
    rungs = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = called(deal_of(lender(), normal=rungs, fees=(fee,), fields=fields))
    state = state_of(terms, fee_arrears=[arrears])
    made = settle_called(terms, state, 0, Report(fields=(80,) if reported else ()))
    assert (made.flows.fees, made.call_paid) == ([paid], 1100 + paid)
    assert state.fee_arrears == [0]


def test_the_tests_are_made_without_the_payees_cash_and_every_counter_is_cleared() -> None:
    tests = (Test("lockup", 0, WAD, 3), Test("old", 0, WAD, 3))
    terms = called(one_lender(tests=tests))
    state = opening_state(terms)
    settle(terms, state, 0)
    assert state.passes_needed == [3, 3]
    made = settle_called(terms, state, 0)
    assert [(each.passed, each.passes_needed) for each in made.tests] == [(False, 0)] * 2
    assert state.passes_needed == [0, 0]


def test_later_revenue_is_equitys() -> None:
    terms = scheduled(400, 300, 200, 100)
    state = opening_state(terms)
    settle_called(terms, state, 0)
    late = settle_late(terms, state, 77)
    assert (paid(late), late.period, late.called) == ([0, 77], 5, False)
    with pytest.raises(AllPeriodsSettled):
        settle_called(terms, state, 0)
    with pytest.raises(AllPeriodsSettled):
        settle(terms, state, 0)


def test_it_is_settled_from_the_payment_date_on() -> None:
    terms = scheduled(1000)
    due = timestamp(date(2027, 1, 1))
    with pytest.raises(PeriodNotOver):
        settle_called(terms, opening_state(terms), 0, now=due - 1)
    assert settle_called(terms, opening_state(terms), 0, now=due).called


def test_a_deal_without_a_call_is_not_settled_by_one() -> None:
    with pytest.raises(NotCallable):
        settle_called(one_lender(), opening_state(one_lender()), 0)


def test_a_run_ends_with_its_call_and_the_rest_is_late() -> None:
    terms = scheduled(400, 300, 200, 100)
    life = run(terms, [500, 150, 60, 5], late=2, called=2)
    assert [each.period for each in life.settlements] == [1, 2, 5]
    assert (life.call_paid, paid(life.settlements[-1])) == (510, [0, 67])
    assert life.conserved
    assert life.brought == 500 + 150 + 67 + 510


def test_a_run_is_not_called_where_that_is_not_allowed() -> None:
    terms = replace(scheduled(400, 300, 200, 100), call=CleanUpCall("sponsor", WAD // 2))
    with pytest.raises(CallNotAllowed, match="500 base units or less; they are 600"):
        run(terms, [500, 0, 0, 0], called=2)
    with pytest.raises(NotCallable):
        run(one_lender(), [0] * 4, called=1)


def test_books_are_called_only_when_it_was_announced() -> None:
    books = Books(scheduled(1000))
    with pytest.raises(NotAnnounced):
        books.settle_called()
    assert books.announce_call(0) == books.announced == 1
    books.receive(100)
    assert (books.settle_called().call_paid, books.unsettled) == (1000, 0)


@pytest.mark.parametrize("beyond", [0, 1])
def test_books_take_no_more_than_the_deal_may_in_its_life(beyond: int) -> None:
    """A life near its cap: 1,100 are owed, as much may still come in, or one less."""
    terms = scheduled(1000)
    books = Books(terms)
    books.announce_call(0)
    books.state.credited[1] = terms.max_amount - 1_100 + beyond
    books.receive(books.state.credited[1])
    if beyond:
        with pytest.raises(BeyondCap):
            books.settle_called()
        assert (books.state.called, books.unsettled) == (0, 0)
    else:
        assert books.settle_called().call_paid == 1100
