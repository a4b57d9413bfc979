"""What becomes of interest that is not paid, by each rule, in numbers done by hand."""

from __future__ import annotations

import pytest

from penstock.model import deal
from penstock.model.terms import ArrearsRule
from tests.model.examples import PER_CENT, lender, one_lender


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
