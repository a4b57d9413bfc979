"""INV 01, 02, 03, 09, 11, 13 of the exact model: every settlement of any life, by the checks of `penstock fuzz`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given

from penstock.fuzz import invariants
from penstock.fuzz.invariants import Settled
from penstock.model import deal
from tests.properties.walk import report_of, steps
from tests.strategies import Life, lives

pytestmark = pytest.mark.drawn


def hold(life: Life, *checks: Callable[[Settled], None]) -> None:
    for before, settlement, after in steps(life):
        for check in checks:
            check(Settled(life.terms, before, settlement, after))


@given(life=lives())
def test_inv_01_cash_is_conserved_in_every_period(life: Life) -> None:
    hold(life, invariants.conserved)


@given(life=lives())
def test_inv_01_cash_is_conserved_for_life(life: Life) -> None:
    terms, flows = life
    reports = [report_of(flows, index) for index in range(terms.periods)]
    whole = deal.run(terms, flows.collections, reports, flows.late)
    assert whole.conserved
    assert whole.state.held == 0, "nothing stays behind once the last period is settled"
    paid = sum(whole.state.credited) + sum(whole.state.fee_credited)
    assert paid == terms.opening + sum(flows.collections) + flows.late


@given(life=lives())
def test_inv_02_nothing_goes_below_a_short_rung(life: Life) -> None:
    hold(life, invariants.nothing_below_a_short_rung)


@given(life=lives())
def test_inv_02_a_short_claim_has_emptied_every_reserve_that_supports_it(life: Life) -> None:
    hold(life, invariants.reserves_empty_first)


@given(life=lives())
def test_inv_02_no_cash_reaches_a_junior_while_a_seniors_interest_is_short(life: Life) -> None:
    hold(life, invariants.no_junior_before_a_senior)


@given(life=lives())
def test_inv_03_nobody_is_paid_more_than_is_due(life: Life) -> None:
    hold(life, invariants.nobody_overpaid)


@given(life=lives())
def test_inv_03_what_is_owed_is_due_less_paid(life: Life) -> None:
    hold(life, invariants.unpaid_stays_owed)


@given(life=lives())
def test_inv_09_principal_rises_only_by_interest_that_capitalises(life: Life) -> None:
    hold(life, invariants.principal_rises_by_pik_alone)


@given(life=lives())
def test_inv_11_a_lock_up_gives_equity_nothing(life: Life) -> None:
    hold(life, invariants.locked_up_equity_gets_nothing)


@given(life=lives())
def test_inv_13_periods_settle_in_order_each_once(life: Life) -> None:
    hold(life, invariants.one_period_on)
