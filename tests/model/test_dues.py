"""What is owed: terms, state and date decide it. 10 % of 1000 for a year is 100."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model import deal
from penstock.model.dues import Dues, dues, late_dues
from penstock.model.metrics import debt_service
from penstock.model.report import Report
from penstock.model.state import DealState, opening_state
from penstock.model.terms import ArrearsRule, DealTerms, Fee, FeeBase, PrincipalKind, Reserve, Rung
from tests.model.examples import FEE, INTEREST, PER_CENT, PRINCIPAL, lender, one_lender

SCHEDULE, CASH = PrincipalKind.SCHEDULE, PrincipalKind.CASH


def owed(
    terms: DealTerms, period: int = 1, collections: int = 0, asset_value: int | None = None, **changes: list[int]
) -> Dues:
    """Dues of a period on the opening state, with some of its lists changed."""
    state: DealState = replace(opening_state(terms), **changes)  # type: ignore[arg-type]
    return dues(terms, state, period, collections, Report(asset_value=asset_value))


def test_current_interest_and_nothing_of_equity() -> None:
    due = owed(one_lender())
    assert due.current_interest == [100, 0]
    assert due.interest == [100, 0]
    assert due.principal == [0, 0]


@pytest.mark.parametrize(
    ("rule", "spread", "expected"),
    [
        (ArrearsRule.NONE, 0, 100 + 50),
        (ArrearsRule.COUPON, 0, 100 + 50 + 5),
        (ArrearsRule.SPREAD, 2 * PER_CENT, 100 + 50 + 6),
    ],
)
def test_interest_on_arrears(rule: ArrearsRule, spread: int, expected: int) -> None:
    terms = one_lender(tranche=lender(arrears=rule, spread=spread))
    due = owed(terms, interest_arrears=[50, 0])
    assert due.interest[0] == expected
    assert due.current_interest[0] == 100, "a test looks at this alone"


def test_a_coupon_steps_on_the_first_day_of_a_period() -> None:
    stepped = replace(lender(), coupons=((1, 10 * PER_CENT), (3, 5 * PER_CENT)))
    terms = one_lender(tranche=stepped)
    assert [owed(terms, period).interest[0] for period in (1, 2, 3, 4)] == [100, 100, 50, 50]


def test_principal_due_adds_arrears_and_stops_at_the_balance() -> None:
    terms = one_lender(tranche=lender(principal=SCHEDULE, schedule=(300, 300, 300, 100)))
    assert owed(terms).principal[0] == 300
    assert owed(terms, 2, principal_arrears=[200, 0]).principal[0] == 500
    assert owed(terms, 2, balance=[400, 100], principal_arrears=[200, 0]).principal[0] == 400
    assert owed(terms, 2, balance=[100, 100]).scheduled_principal[0] == 100


@pytest.mark.parametrize("kind", [PrincipalKind.BULLET, SCHEDULE, CASH])
def test_the_last_period_owes_the_balance(kind: PrincipalKind) -> None:
    schedule = (0, 0, 0, 0) if kind is SCHEDULE else ()
    due = owed(one_lender(tranche=lender(principal=kind, schedule=schedule)), period=4)
    assert due.principal == due.scheduled_principal == [1000, 0]


def test_a_cash_tranche_may_take_its_balance_but_schedules_nothing() -> None:
    due = owed(one_lender(tranche=lender(principal=CASH)))
    assert (due.principal[0], due.scheduled_principal[0]) == (1000, 0)


def fee_due(
    fee: Fee, period: int = 1, collections: int = 0, asset_value: int | None = None, arrears: int = 0
) -> tuple[int, int]:
    terms = one_lender(Rung(FEE, (0,)), fees=(fee,))
    due = owed(terms, period, collections, asset_value, fee_arrears=[arrears])
    return due.fees[0], due.fees_accrued[0]


def test_fees_of_every_base() -> None:
    assert fee_due(Fee("f", "p", FeeBase.FIXED, amount=7)) == (7, 7)
    assert fee_due(Fee("f", "p", FeeBase.COLLECTIONS, rate=3 * PER_CENT), collections=999) == (29, 29)
    assert fee_due(Fee("f", "p", FeeBase.BALANCE, rate=PER_CENT)) == (10, 10)
    assert fee_due(Fee("f", "p", FeeBase.BALANCE, rate=PER_CENT, tranche=1)) == (1, 1)
    assert fee_due(Fee("f", "p", FeeBase.ASSET_VALUE, rate=PER_CENT), asset_value=5050) == (50, 50)


def test_an_asset_value_that_was_not_reported_accrues_nothing() -> None:
    assert fee_due(Fee("f", "p", FeeBase.ASSET_VALUE, rate=PER_CENT), asset_value=None) == (0, 0)


def test_a_cap_limits_what_falls_due_and_not_what_accrues() -> None:
    assert fee_due(Fee("f", "p", FeeBase.FIXED, amount=7, cap=10, carry=True), arrears=5) == (10, 12)


def test_a_fee_falls_due_from_its_first_to_its_last_period() -> None:
    fee = Fee("f", "p", FeeBase.FIXED, amount=7, carry=True, first_period=2, last_period=3)
    assert [fee_due(fee, period, arrears=1)[0] for period in (1, 2, 3, 4)] == [1, 8, 8, 1]


def target(reserve: Reserve, period: int = 1, **changes: list[int]) -> int:
    terms = one_lender(tranche=lender(principal=SCHEDULE, schedule=(100, 200, 300, 400)), reserves=(reserve,))
    state = replace(opening_state(terms), **changes)  # type: ignore[arg-type]
    return dues(terms, state, period, 0, Report()).targets[0]


def test_a_reserve_looks_ahead_on_the_balance_that_paying_what_is_due_leaves() -> None:
    """After 100 of 1000: 90 and 200, then 70 and 300."""
    both = ((INTEREST, 0), (PRINCIPAL, 0))
    assert target(Reserve("r", 0, ahead=(2, 2, 1, 0), supports=both)) == 90 + 200 + 70 + 300
    assert target(Reserve("r", 0, ahead=(2, 2, 1, 0), supports=both[:1])) == 90 + 70
    assert target(Reserve("r", 0, ahead=(2, 2, 1, 0), supports=both[1:])) == 200 + 300
    assert target(Reserve("r", 0, ahead=(1, 2, 1, 0), supports=both)) == 90 + 200


def test_the_last_period_ahead_owes_the_balance() -> None:
    """In period 3 with 700 left, 300 due: 40 and 400. With 50 unpaid before, paying 350 leaves 35 and 350."""
    both = ((INTEREST, 0), (PRINCIPAL, 0))
    reserve = Reserve("r", 0, ahead=(1, 1, 1, 0), supports=both)
    assert target(reserve, 3, balance=[700, 100]) == 40 + 400
    assert target(reserve, 3, balance=[700, 100], principal_arrears=[50, 0]) == 35 + 350


def test_a_fixed_target_stands_until_the_last_period() -> None:
    reserve = Reserve("r", 0, target=250)
    assert [target(reserve, period) for period in (1, 3, 4)] == [250, 250, 0]


def test_a_reserve_leaves_the_balance_of_a_cash_tranche_as_it_is() -> None:
    reserve = Reserve("r", 0, ahead=(1, 1, 1, 0), supports=((INTEREST, 0),))
    terms = one_lender(tranche=lender(principal=CASH), reserves=(reserve,))
    assert owed(terms).targets == [100]


def test_late_revenue_meets_arrears_and_balances_without_accruing() -> None:
    fee = Fee("f", "p", FeeBase.FIXED, amount=7, cap=5, carry=True)
    terms = one_lender(Rung(FEE, (0,)), fees=(fee,), reserves=(Reserve("r", 0, target=9),))
    state = replace(opening_state(terms), period=4, interest_arrears=[30, 0], fee_arrears=[5])
    due = late_dues(terms, state, 0)
    assert (due.interest, due.principal, due.fees, due.fees_accrued, due.targets) == ([30, 0], [1000, 0], [5], [5], [0])


def test_a_reserve_looks_at_no_more_than_the_periods_there_are() -> None:
    assert target(Reserve("r", 0, ahead=(3, 2, 1, 0), supports=((PRINCIPAL, 0),))) == 900


# After the last period nothing accrues and nothing is scheduled, whatever is still owed.


def test_late_dues_have_no_debt_service() -> None:
    terms = one_lender()
    owed = late_dues(terms, deal.run(terms, [0, 0, 0, 0]).state, 0)
    assert (owed.current_interest, owed.scheduled_principal) == ([0, 0], [0, 0])
    assert owed.interest[0] > 0
    assert debt_service(owed, 0) == 0
