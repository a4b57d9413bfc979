"""
More cash never hurts a lender: what holds exactly, and under which terms.

A period on one state: cash moves a claim from owed to paid, and nothing else; and as long as no test turns, a lender
gets at least as much of more cash. Fees on collections are left out of the second, since more cash is then also a
larger due above the lender; so is a test that turns, since passing one ends enforcement or a lock-up.
A whole life: without tests, reserves and fees on collections no lender ends up with more owed. With a reserve this
is false, since a prepayment lowers the target and the release may reach equity before a drought.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from penstock.model import deal
from penstock.model.deal import settle, settle_late
from penstock.model.terms import DealTerms, FeeBase, RungKind
from tests.properties.walk import report_of, state_at, steps
from tests.strategies import Life, lives, most_of

pytestmark = pytest.mark.drawn

extra = st.builds(lambda part, shift: part << shift, st.integers(1, 2**20), st.integers(0, 60))


def received(settlement: deal.Settlement, tranche: int) -> int:
    return settlement.flows.interest[tranche] + settlement.flows.principal[tranche]


def with_fixed_fees(terms: DealTerms) -> DealTerms:
    """The same terms with every fee on collections made a fixed one, so that dues do not depend on cash."""
    fees = [
        replace(fee, base=FeeBase.FIXED, amount=fee.rate % 1000) if fee.base is FeeBase.COLLECTIONS else fee
        for fee in terms.fees
    ]
    return replace(terms, fees=tuple(fees))


def without_tests_and_reserves(terms: DealTerms) -> DealTerms:
    normal, principal = (
        tuple(rung for rung in ladder if rung.test is None and rung.kind is not RungKind.RESERVE)
        for ladder in (terms.normal, terms.principal)
    )
    return replace(terms, normal=normal, principal=principal, enforcement=(), enforce_on=(), tests=(), reserves=())


@given(life=lives())
def test_inv_07_paid_and_owed_move_by_accruals_and_losses_alone(life: Life) -> None:
    """Paid + balance + arrears of a lender after a period do not depend on that period's cash."""
    for before, settlement, after in steps(life):
        for index in range(life.terms.equity):
            owed = before.balance[index] + before.interest_arrears[index]
            accrued = settlement.interest_due[index] - before.interest_arrears[index]
            now = received(settlement, index) + after.balance[index] + after.interest_arrears[index]
            if max(after.balance[index], after.interest_arrears[index]) < life.terms.max_amount:
                assert now == owed + accrued + settlement.pik[index] - settlement.written_down[index]


@given(life=lives(), at=st.integers(0, 23), more=extra)
def test_inv_07_more_cash_pays_no_lender_less_on_the_same_state(life: Life, at: int, more: int) -> None:
    terms, flows = with_fixed_fees(life.terms), life.flows
    assume(not any(rung.of_principal for rung in terms.rungs))  # the more principal there is, the less it diverts
    at %= terms.periods
    life = Life(terms, flows)
    less_state = state_at(life, at)
    more_state = deepcopy(less_state)
    report = report_of(flows, at)
    with_less = settle(terms, less_state, flows.collections[at], report)
    with_more = settle(terms, more_state, flows.collections[at] + more, report)
    tests = range(len(terms.tests))
    if [less_state.failing(test) for test in tests] == [more_state.failing(test) for test in tests]:
        for index in range(terms.equity):
            assert received(with_more, index) >= received(with_less, index) - rounding(terms, index)
        lenders = range(terms.equity)
        assert sum(received(with_more, index) for index in lenders) >= sum(
            received(with_less, index) for index in lenders
        )
        assert with_more.flows.residual >= with_less.flows.residual


def rounding(terms: DealTerms, lender: int) -> int:
    """
    What may go from one lender to another where three or more share a rung: the remainder of each division, a base unit
    for each but one, goes to the first. Cash, each trap and each reserve is divided once.
    """
    shared = [rung for rung in terms.rungs if lender in rung.targets and len(rung.targets) > 2]
    return sum(len(rung.targets) - 1 for rung in shared) * (1 + len(terms.tests) + len(terms.reserves))


@given(life=lives(), more=extra)
def test_inv_07_more_late_revenue_pays_nobody_less(life: Life, more: int) -> None:
    """After the end no test is made and no fee accrues: it holds for every deal."""
    less_state = state_at(life, life.terms.periods)
    more_state = deepcopy(less_state)
    late = max(1, life.flows.late)
    with_less = settle_late(life.terms, less_state, late)
    with_more = settle_late(life.terms, more_state, late + more)
    for index in range(len(life.terms.tranches)):
        assert more_state.credited[index] >= less_state.credited[index]
    assert with_more.flows.residual >= with_less.flows.residual


@given(life=lives(), at=st.integers(0, 23), more=extra)
def test_inv_07_more_cash_leaves_no_lender_more_owed_at_the_end(life: Life, at: int, more: int) -> None:
    terms = without_tests_and_reserves(with_fixed_fees(life.terms))
    flows = life.flows
    reports = [report_of(flows, index) for index in range(terms.periods)]
    richer = list(flows.collections)
    richer[at % terms.periods] = min(2 * most_of(terms), richer[at % terms.periods] + more)
    with_less = deal.run(terms, flows.collections, reports, flows.late).state
    with_more = deal.run(terms, richer, reports, flows.late).state
    for index in range(terms.equity):
        owed_with_less = with_less.balance[index] + with_less.interest_arrears[index]
        assert with_more.balance[index] + with_more.interest_arrears[index] <= owed_with_less
    assert sum(with_more.credited[terms.equity :]) >= sum(with_less.credited[terms.equity :])


@given(life=lives(), at=st.integers(0, 23))
def test_inv_12_a_missing_asset_value_lowers_no_lenders_payment(life: Life, at: int) -> None:
    """
    Without a report fees accrue nothing and leave more to lenders, and traps take what only equity would get.

    As long as no test turns: an operating fee on the asset value lowers CFADS, so that a missing report may cure one.
    And as long as no trap holds cash: what it holds stays there for want of a report, as while its test fails. A
    tranche with a target of OC takes more for want of a value, and those below it less.
    """
    terms, flows = life
    at %= terms.periods
    reported_state = state_at(life, at)
    assume(not any(reported_state.trapped) and not terms.repays_to_target)
    missing_state = deepcopy(reported_state)
    reported = settle(terms, reported_state, flows.collections[at], report_of(flows, at))
    missing = settle(terms, missing_state, flows.collections[at], replace(flows.reports[at], asset_value=None))
    tests = range(len(terms.tests))
    if [reported_state.failing(test) for test in tests] == [missing_state.failing(test) for test in tests]:
        for index in range(terms.equity):
            assert received(missing, index) >= received(reported, index)
