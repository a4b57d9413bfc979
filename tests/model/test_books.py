"""
The books of a deal's whole life.

given cash, shares and periods
    what comes in should wait, then be credited, and leave only by claims: cash is always what is accounted and waits
    a copy should go its own way
given less cash than the ledger accounts for, nothing to claim, or a cap that is reached
    the books should refuse or keep aside as the contracts do
"""

from __future__ import annotations

import pytest

from penstock.model.books import Books
from penstock.model.deal import run
from penstock.model.errors import (
    BalanceBelowLedger,
    InsufficientShares,
    NothingToClaim,
    NothingToClaimOfFee,
    NothingToSettle,
    PeriodNotOver,
    ReportsMissing,
)
from penstock.model.report import Report
from penstock.model.shares import Allotment, ShareLedger
from penstock.model.terms import DealTerms, Fee, FeeBase, Reserve, Rung
from penstock.model.units import MAX_AMOUNT
from tests.model.examples import FEE, INTEREST, RESIDUAL, deal_of, lender, one_lender

SENIOR, EQUITY = 0, 1


def with_fee() -> DealTerms:
    """A fee of 10 a period, then 100 of interest, then all to equity; 50 in reserve."""
    return deal_of(
        lender(),
        normal=(Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(RESIDUAL, (1,))),
        periods=2,
        fees=(Fee("om", "operator", FeeBase.FIXED, amount=10),),
        reserves=(Reserve("r", 50, target=50, supports=((INTEREST, 0),)),),
    )


def opened(terms: DealTerms) -> Books:
    books = Books(terms)
    books.allot(Allotment(index, "ann", tranche.supply) for index, tranche in enumerate(terms.tranches))
    return books


def adds_up(books: Books) -> bool:
    return books.cash == books.accounted + books.waiting


def test_a_life_keeps_every_unit() -> None:
    books = opened(with_fee())
    assert (books.cash, books.accounted, books.waiting) == (50, 50, 0)
    books.receive(130)
    assert (books.cash, books.accounted, books.waiting) == (180, 50, 130)
    assert [rung.paid for rung in books.settle().rungs] == [10, 100, 20]
    assert (books.waiting, books.accounted, books.fee_claimable) == (0, 180, [10])

    books.transfer(SENIOR, "ann", "bob", 400)  # what is earned stays with Ann
    assert (books.shares(SENIOR, "ann"), books.shares(SENIOR, "bob"), books.shares(SENIOR, "cho")) == (600, 400, 0)
    books.receive(60)
    books.settle(Report())  # 10 of fee, 50 of interest; the reserve pays the other 50, and is empty
    assert books.matured and books.state.held == 0
    assert (books.claimable(SENIOR, "ann"), books.claimable(SENIOR, "bob")) == (100 + 60, 40)
    assert (books.claim(SENIOR, "bob"), books.claim(SENIOR, "ann"), books.claim(EQUITY, "ann")) == (40, 160, 20)
    assert books.claim_fee(0) == 20
    assert (books.cash, books.accounted, books.claimed, books.fee_claimed) == (0, 0, [200, 20], [20])


def test_after_the_last_period_it_is_late_revenue() -> None:
    books = opened(one_lender(periods=1))
    books.settle()
    assert books.matured
    with pytest.raises(NothingToSettle):
        books.settle()
    books.receive(30)
    late = books.settle()
    assert (late.period, late.collections) == (2, 30) and adds_up(books)


def test_a_copy_goes_its_own_way() -> None:
    books = opened(with_fee())
    books.receive(130)
    copy = books.copy()
    assert copy == books
    copy.settle()
    copy.transfer(SENIOR, "ann", "bob", 1)
    copy.claim(SENIOR, "ann")
    copy.claim_fee(0)
    untouched = opened(with_fee())
    untouched.receive(130)
    assert books == untouched


def test_what_cannot_be_done_is_refused() -> None:
    books = opened(with_fee())
    with pytest.raises(NothingToClaim):
        books.claim(SENIOR, "ann")
    with pytest.raises(NothingToClaimOfFee, match="the fee om has nothing to claim"):
        books.claim_fee(0)
    with pytest.raises(InsufficientShares):
        books.transfer(SENIOR, "bob", "ann", 1)
    with pytest.raises(PeriodNotOver):
        books.settle(now=0)
    books.receive(130)
    books.settle()
    before = books.copy()
    books.receive(-1)
    with pytest.raises(BalanceBelowLedger) as refused:
        books.settle()
    assert (refused.value.balance, refused.value.ledger) == (179, 180)
    books.receive(1)
    assert books == before


def test_what_is_beyond_the_cap_is_left_aside() -> None:
    books = opened(one_lender())
    books.receive(MAX_AMOUNT + 5)
    assert (books.waiting, books.room, books.counted) == (MAX_AMOUNT, MAX_AMOUNT, MAX_AMOUNT)
    assert books.settle().collections == MAX_AMOUNT
    assert (books.waiting, books.room) == (0, 0)
    books.claim(SENIOR, "ann")
    assert (books.waiting, books.room) == (0, 0), "a holder's claim makes no room"


def test_collections_may_be_told() -> None:
    """As logs tell them to an audit, whatever the asset says."""
    books = opened(one_lender())
    assert books.settle(collections=7).collections == 7
    assert (books.cash, books.waiting) == (0, -7)


def test_a_run_wants_a_report_a_period_or_none() -> None:
    terms = one_lender()
    run(terms, [0, 0, 0, 0], [Report()] * 4)
    with pytest.raises(
        ReportsMissing, match="3 reports for 4 periods; accepted: one for each period, or none"
    ) as refused:
        run(terms, [0, 0, 0, 0], [Report()] * 3)
    assert (refused.value.reports, refused.value.periods) == (3, 4)


# A ledger nobody has credited.


def test_shares_are_worth_nothing_before_the_first_credit() -> None:
    ledger = ShareLedger(100)
    ledger.allot("ann", 100)
    assert (ledger.credited, ledger.claimed, ledger.claimable_down("ann")) == (0, 0, 0)
    with pytest.raises(NothingToClaim):
        ledger.claim("ann")
