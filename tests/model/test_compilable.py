"""The compiled model where drawn lives do not ask: deals it refuses, and what it takes for granted."""

from __future__ import annotations

import pytest

from penstock.model import deal
from penstock.model.compiled import compile_deal
from penstock.model.errors import CannotCompile
from penstock.model.terms import Fee, FeeBase, Reserve, Rung, Test
from tests.model.examples import INTEREST, RESERVE, TRAP, one_lender


def test_a_reserve_may_support_only_what_it_can_pay() -> None:
    """One support it can pay does not make up for another."""
    reserve = Reserve("r", 0, target=5, supports=((INTEREST, 0), (TRAP, 0)))
    with pytest.raises(CannotCompile, match="reserve r supports what no reserve can pay"):
        compile_deal(one_lender(Rung(RESERVE, (0,)), reserves=(reserve,)))


def test_a_trace_without_late_revenue_has_none() -> None:
    terms, collections = one_lender(), [100, 100, 100, 1150]
    told = compile_deal(terms).trace(collections)
    assert told.state == deal.run(terms, collections).state
    assert told.residuals == [0, 0, 0, 50]


def test_cash_that_fees_outgrow_covers_nothing() -> None:
    """The least threshold there is: a single unit would pass."""
    opex = Fee("om", "operator", FeeBase.FIXED, amount=200, opex=True)
    terms = one_lender(fees=(opex,), tests=(Test("t", 0, 1),))
    told = deal.run(terms, [150])
    assert told.state.passes_needed == [1]
    assert compile_deal(terms).run([150]) == told.state
