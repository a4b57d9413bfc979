"""The compiled deal is the reference model, faster: equal in every number, and in what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.model import deal
from penstock.model.compiled import compile_deal
from penstock.model.deal import Report
from penstock.model.errors import AllPeriodsSettled, BalanceBelowLedger, CannotCompile, NotMatured
from penstock.model.terms import ArrearsRule, Reserve, Rung, RungKind
from penstock.model.units import MAX_AMOUNT, WAD
from tests.model.examples import three_tranches
from tests.strategies import Life, lives


def reports_of(life: Life) -> list[Report]:
    return [Report(loss, value) for loss, value in zip(life.flows.losses, life.flows.asset_values, strict=True)]


@settings(max_examples=400, deadline=None)
@given(life=lives(), settled=st.integers(0, 23))
def test_every_number_is_the_references(life: Life, settled: int) -> None:
    terms, flows = life
    reports = reports_of(life)
    compiled = compile_deal(terms)
    whole = deal.run(terms, flows.collections, reports, flows.late)
    assert compiled.run(flows.collections, reports, flows.late) == whole.state
    # half-way states too: nothing is made good by what comes later
    some = flows.collections[:settled]
    assert compiled.run(some, reports) == deal.run(terms, some, reports).state


@settings(max_examples=200, deadline=None)
@given(life=lives())
def test_a_trace_is_the_references_periods(life: Life) -> None:
    terms, flows = life
    reports = reports_of(life)
    traced = compile_deal(terms).trace(flows.collections, reports, flows.late)
    reference = deal.run(terms, flows.collections, reports, flows.late)
    assert traced.state == reference.state
    assert traced.residuals == [settlement.flows.residual for settlement in reference.settlements]
    failing = [
        sum((coverage.passes_needed > 0) << test for test, coverage in enumerate(settlement.tests))
        for settlement in reference.settlements[: terms.periods]
    ]
    assert traced.failing[: terms.periods] == failing


def test_claims_stop_growing_where_the_references_do() -> None:
    """A coupon of 1000 % on arrears that are never paid, and on interest that joins the balance."""
    terms = three_tranches(periods=40, months=12, coupon=10 * WAD)
    senior, mezz, equity = terms.tranches
    terms = replace(terms, tranches=(senior, replace(mezz, arrears=ArrearsRule.CAPITALISE), equity))
    state = compile_deal(terms).run([0] * 40)
    assert state == deal.run(terms, [0] * 40).state
    assert (state.interest_arrears[0], state.balance[1]) == (MAX_AMOUNT, MAX_AMOUNT)


def test_it_refuses_what_the_reference_refuses() -> None:
    compiled = compile_deal(three_tranches(periods=4))
    with pytest.raises(AllPeriodsSettled):
        compiled.run([0] * 5)
    with pytest.raises(BalanceBelowLedger):
        compiled.run([0, -1])
    with pytest.raises(BalanceBelowLedger):
        compiled.run([0] * 4, late=-1)
    with pytest.raises(NotMatured):
        compiled.run([0] * 3, late=1)
    with pytest.raises(NotMatured):
        compiled.trace([0] * 3, late=1)


def test_it_refuses_terms_that_no_deal_file_can_hold() -> None:
    terms = three_tranches(periods=4)
    leaves_cash = replace(terms, normal=terms.normal[:-1])
    keeps_half = replace(terms, normal=(*terms.normal[:-1], replace(terms.normal[-1], fraction=WAD // 2)))
    crowded = replace(terms, normal=(Rung(RungKind.INTEREST, (0, 1, 2)), *terms.normal))
    tops_up_a_reserve = replace(terms, reserves=(Reserve("r", 0, supports=((RungKind.RESERVE, 0),)),))
    for impossible in (leaves_cash, keeps_half, crowded, tops_up_a_reserve):
        with pytest.raises(CannotCompile):
            compile_deal(impossible)


def test_the_source_can_be_read() -> None:
    """Terms are folded in: 6 % on 30/360 by quarters is three in two hundred."""
    source = compile_deal(three_tranches(periods=4, months=3, coupon=6 * WAD // 100)).source
    assert "interest_0 = balance_0 * 3 // 200" in source
