"""DSCR tests: strictly below fails, cured by passes in a row, not tested without debt service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model import deal
from penstock.model.coverage import Coverage, judge
from penstock.model.dues import dues
from penstock.model.metrics import cfads, debt_service
from penstock.model.report import NOTHING_REPORTED
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms, Fee, FeeBase, PrincipalKind, Rung, Test
from penstock.model.units import WAD
from tests.model.examples import FEE, INTEREST, PER_CENT, PRINCIPAL, RESIDUAL, deal_of, lender, one_lender

COVENANT = Test("dscr", tranche=0, threshold=120 * PER_CENT, cure=2)


def covered(terms: DealTerms, collections: int, needed: int = 0, period: int = 1, **changes: list[int]) -> Coverage:
    state = replace(opening_state(terms), passes_needed=[needed], **changes)  # type: ignore[arg-type]
    return judge(
        terms, state, dues(terms, state, period, collections, NOTHING_REPORTED), collections, NOTHING_REPORTED, 0
    )


def test_failing_is_strictly_below() -> None:
    """Debt service is 100: 120 passes at 1.2, 119 does not."""
    terms = one_lender(tests=(COVENANT,))
    assert covered(terms, 120) == Coverage(120 * PER_CENT, True, 0)
    assert covered(terms, 119) == Coverage(119 * PER_CENT, False, 2)


def test_no_ratio_is_rounded_up_to_a_pass() -> None:
    """100 / 300 is just above the wad's third, and below the next."""
    third = replace(COVENANT, threshold=WAD // 3 + 1)
    coverage = covered(one_lender(tranche=lender(face=3000), tests=(third,)), 100)
    assert coverage == Coverage(WAD // 3, False, 2)


def test_a_failing_test_is_cured_by_passes_in_a_row() -> None:
    terms = one_lender(tests=(COVENANT,))
    counters, needed = [], 0
    for collections in (119, 200, 119, 200, 200, 200):
        coverage = covered(terms, collections, needed)
        needed = coverage.passes_needed
        counters.append((needed, coverage.cured))
    assert counters == [(2, False), (1, False), (2, False), (1, False), (0, True), (0, True)]


def test_without_debt_service_the_counter_stands_still() -> None:
    terms = one_lender(tranche=lender(coupon=0), tests=(COVENANT,))
    assert covered(terms, 0, needed=0) == Coverage(None, None, 0)
    assert covered(terms, 10**6, needed=2) == Coverage(None, None, 2)


def test_repayment_cures_for_good() -> None:
    terms = one_lender(tests=(COVENANT,))
    assert covered(terms, 0, needed=2, balance=[0, 100]) == Coverage(None, None, 0)
    still_owed = covered(terms, 0, needed=2, balance=[0, 100], interest_arrears=[5, 0])
    assert still_owed == Coverage(None, None, 2), "interest is still owed"


@pytest.mark.parametrize(
    ("balance", "arrears", "needed"),
    [([0, 0], [0, 0], 0), ([0, 9], [0, 0], 2), ([9, 0], [0, 0], 2), ([0, 0], [0, 9], 2), ([0, 0], [9, 0], 2)],
)
def test_repayment_cures_once_the_tranche_and_all_senior_to_it_are_repaid(
    balance: list[int], arrears: list[int], needed: int
) -> None:
    lenders = [lender(name, coupon=0) for name in ("first", "second")]
    terms = deal_of(*lenders, normal=(Rung(RESIDUAL, (2,)),), tests=(replace(COVENANT, tranche=1),))
    found = covered(terms, 0, needed=2, balance=[*balance, 100], interest_arrears=[*arrears, 0])
    assert found == Coverage(None, None, needed)


def test_debt_service_is_of_the_tranche_and_all_senior_without_arrears() -> None:
    first = lender("first", principal=PrincipalKind.SCHEDULE, schedule=(200, 0, 0, 800))
    second = lender("second", face=500)
    terms = deal_of(
        first,
        second,
        normal=(
            Rung(INTEREST, (0,)),
            Rung(PRINCIPAL, (0,)),
            Rung(INTEREST, (1,)),
            Rung(PRINCIPAL, (1,)),
            Rung(RESIDUAL, (2,)),
        ),
    )
    state = replace(opening_state(terms), interest_arrears=[40, 0, 0], principal_arrears=[60, 0, 0])
    due = dues(terms, state, 1, 0, NOTHING_REPORTED)
    assert (due.interest[0], due.principal[0]) == (144, 260)
    assert [debt_service(due, tranche) for tranche in (0, 1)] == [300, 350]


def test_cfads_is_after_operating_fees_alone_and_not_below_zero() -> None:
    operating = Fee("om", "p", FeeBase.FIXED, amount=30, opex=True)
    other = Fee("agent", "p", FeeBase.FIXED, amount=50)
    terms = one_lender(Rung(FEE, (0,)), Rung(FEE, (1,)), fees=(operating, other), tests=(COVENANT,))
    due = dues(terms, opening_state(terms), 1, 149, NOTHING_REPORTED)
    assert cfads(terms, due, 149) == 119
    assert cfads(terms, due, 29) == 0
    assert covered(terms, 149).passed is False
    assert covered(terms, 150).passed is True


def test_the_last_periods_debt_service_is_the_balance() -> None:
    terms = one_lender(tests=(COVENANT,))
    assert covered(terms, 1319, period=4).passed is False
    assert covered(terms, 1320, period=4).passed is True


def test_cash_that_fees_outgrow_covers_nothing() -> None:
    """The least threshold there is: a single unit would pass."""
    opex = Fee("om", "operator", FeeBase.FIXED, amount=200, opex=True)
    terms = one_lender(fees=(opex,), tests=(Test("t", 0, 1),))
    assert deal.run(terms, [150]).state.passes_needed == [1]
