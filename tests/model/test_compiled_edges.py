"""The compiled model where nothing is reported, and where a trace is refused."""

from __future__ import annotations

import pytest

from penstock.model import deal
from penstock.model.compiled import compile_deal
from penstock.model.errors import BalanceBelowLedger
from penstock.model.terms import Fee, FeeBase, Rung
from penstock.model.units import WAD
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender, one_lender


def test_no_value_of_the_asset_is_a_value_of_nothing() -> None:
    """A fee of all of the value in a year: a single unit of it would show."""
    fee = Fee("am", "manager", FeeBase.ASSET_VALUE, rate=WAD)
    rungs = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms, collections = deal_of(lender(), normal=rungs, fees=(fee,)), [150, 150, 150, 1150]
    told = deal.run(terms, collections).state
    assert told.fee_credited == [0]
    assert compile_deal(terms).run(collections) == told


def test_a_trace_refuses_what_the_reference_refuses() -> None:
    with pytest.raises(BalanceBelowLedger, match="holds -1 base units"):
        compile_deal(one_lender()).trace([-1])
