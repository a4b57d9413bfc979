"""Claims that stand on a ladder twice: the second rung pays what the first left."""

from __future__ import annotations

from penstock.model import deal
from penstock.model.terms import Fee, FeeBase, Rung
from penstock.model.units import WAD
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender


def test_a_fee_of_two_rungs_is_paid_once() -> None:
    """12 come in, 10 are due: half of 12 from the first rung, 4 from the second, and 2 are left."""
    fee = Fee("om", "operator", FeeBase.FIXED, amount=10)
    rungs = (Rung(FEE, (0,), fraction=WAD // 2), Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)))
    terms = deal_of(lender(coupon=0), normal=(*rungs, Rung(RESIDUAL, (1,))), fees=(fee,))
    told = deal.run(terms, [12])

    (settlement,) = told.settlements
    assert [rung.paid for rung in settlement.rungs] == [6, 4, 0, 0, 2]
