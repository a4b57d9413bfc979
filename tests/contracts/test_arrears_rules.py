"""What becomes of interest that is not paid, by each rule, in numbers done by hand: model = chain = these."""

from __future__ import annotations

import pytest

from penstock.chain.backend import Contract
from penstock.chain.launch import System
from penstock.model.terms import ArrearsRule, Rung
from tests.contracts.test_rare_deals import lives_as_the_model
from tests.model.examples import INTEREST, PER_CENT, PRINCIPAL, RESIDUAL, deal_of, lender


@pytest.mark.parametrize(
    ("rule", "arrears", "balance"),
    [
        (ArrearsRule.NONE, 100 + 100, 1000),
        (ArrearsRule.COUPON, 100 + 100 + 10, 1000),
        (ArrearsRule.SPREAD, 100 + 100 + 12, 1000),
        (ArrearsRule.CAPITALISE, 0, 1000 + 100 + 110),
    ],
)
def test_two_years_without_cash(
    system: System,
    asset_of: dict[int, Contract],
    reporter: Contract,
    rule: ArrearsRule,
    arrears: int,
    balance: int,
) -> None:
    spread = 2 * PER_CENT if rule is ArrearsRule.SPREAD else 0
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(arrears=rule, spread=spread), normal=rungs)
    after = lives_as_the_model(system, asset_of, reporter, terms, [0, 0, 0, 5000])[1]
    assert (after["interest_arrears"][0], after["balance"][0]) == (arrears, balance)
