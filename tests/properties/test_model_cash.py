"""Invariants of one settlement: conservation, rank, no overpayment, principal, lock-up."""

from __future__ import annotations

from hypothesis import given

from penstock.model import deal
from penstock.model.terms import ArrearsRule, Rung, RungKind
from penstock.model.units import MAX_AMOUNT, WAD
from tests.properties.walk import report_of, steps
from tests.strategies import Life, lives


@given(life=lives())
def test_inv_01_cash_is_conserved_in_every_period(life: Life) -> None:
    for before, settlement, after in steps(life):
        flows = settlement.flows
        paid = sum(flows.interest) + sum(flows.principal) + sum(flows.fees) + flows.residual
        assert paid + after.held - before.held == settlement.collections
        credited = sum(after.credited) - sum(before.credited) + sum(after.fee_credited) - sum(before.fee_credited)
        assert credited == paid
        # the ladder gives out what was available, and what it drew
        assert sum(rung.paid - rung.from_reserve for rung in settlement.rungs) == settlement.available
        assert sum(rung.from_reserve for rung in settlement.rungs) == sum(flows.drawn)


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
    """A rung that may take all that is left and is still short leaves no cash to any rung below it."""
    for _, settlement, _ in steps(life):
        for place, short in enumerate(settlement.rungs):
            if short.rung.fraction == WAD and short.paid < short.due:
                below = settlement.rungs[place + 1 :]
                assert all(rung.paid == rung.from_reserve for rung in below)


@given(life=lives())
def test_inv_02_a_short_claim_has_emptied_every_reserve_that_supports_it(life: Life) -> None:
    for _, settlement, _ in steps(life):
        for short in settlement.rungs:
            rung = short.rung
            if len(rung.targets) == 1 and rung.fraction == WAD and short.paid < short.due:
                supporting = [
                    index
                    for index, reserve in enumerate(life.terms.reserves)
                    if (rung.kind, rung.targets[0]) in reserve.supports
                ]
                assert all(settlement.reserves[index] == 0 for index in supporting)


@given(life=lives())
def test_inv_02_no_cash_reaches_a_junior_while_a_seniors_interest_is_short(life: Life) -> None:
    """Lender by lender: what a junior then gets can only come from a reserve of its own, or from a shared rung."""
    for _, settlement, _ in steps(life):
        for senior in range(life.terms.equity):
            if settlement.flows.interest[senior] < settlement.interest_due[senior]:
                for payment in settlement.rungs:
                    if _is_for_juniors(life, payment.rung, senior):
                        assert payment.paid == payment.from_reserve


def _is_for_juniors(life: Life, rung: Rung, senior: int) -> bool:
    """Pays, or sets aside for, lenders below `senior` alone."""
    lenders = list(rung.targets)
    if rung.kind is RungKind.RESERVE:
        supports = life.terms.reserves[rung.targets[0]].supports
        lenders = [target for kind, target in supports if kind is not RungKind.FEE]
    return rung.kind is not RungKind.FEE and bool(lenders) and min(lenders) > senior


@given(life=lives())
def test_inv_03_nobody_is_paid_more_than_is_due(life: Life) -> None:
    for before, settlement, after in steps(life):
        flows = settlement.flows
        assert all(0 <= rung.from_reserve <= rung.paid <= rung.due for rung in settlement.rungs)
        for index in range(len(life.terms.tranches)):
            outstanding = before.balance[index] - settlement.written_down[index]
            assert 0 <= flows.interest[index] <= settlement.interest_due[index]
            assert 0 <= flows.principal[index] <= outstanding
            assert 0 <= after.principal_arrears[index] <= after.balance[index]
            assert after.interest_arrears[index] >= 0
        every = (after.fee_arrears, after.reserves, after.trapped, flows.drawn, flows.topped_up, flows.fees)
        assert all(number >= 0 for numbers in every for number in numbers)
        assert flows.residual >= 0


@given(life=lives())
def test_inv_03_what_is_owed_is_due_less_paid(life: Life) -> None:
    """Interest that was not paid is next period's arrears, or has joined the balance; nothing of it is lost."""
    for before, settlement, after in steps(life):
        for index, tranche in enumerate(life.terms.tranches):
            unpaid = settlement.interest_due[index] - settlement.flows.interest[index]
            paid_down = settlement.flows.principal[index] + settlement.written_down[index]
            if tranche.arrears is ArrearsRule.CAPITALISE:
                assert after.balance[index] == min(before.balance[index] - paid_down + unpaid, MAX_AMOUNT)
                assert after.interest_arrears[index] == 0
            else:
                assert after.balance[index] == before.balance[index] - paid_down
                assert after.interest_arrears[index] == min(unpaid, MAX_AMOUNT)


@given(life=lives())
def test_inv_09_principal_rises_only_by_interest_that_capitalises(life: Life) -> None:
    for before, settlement, after in steps(life):
        for index, tranche in enumerate(life.terms.tranches):
            rise = after.balance[index] - before.balance[index]
            if tranche.arrears is ArrearsRule.CAPITALISE:
                assert rise <= settlement.interest_due[index] - settlement.flows.interest[index]
            else:
                assert rise <= 0


@given(life=lives())
def test_inv_11_a_lock_up_gives_equity_nothing(life: Life) -> None:
    """While the test of a trap in the ladder in force fails, before the last period, the residual is zero."""
    for before, settlement, after in steps(life):
        if settlement.period >= life.terms.periods:
            continue
        ladder = life.terms.enforcement if settlement.enforced else life.terms.normal
        watched = [rung.test for rung in ladder if rung.kind is RungKind.TRAP and rung.test is not None]
        if any(after.failing(test) for test in watched):
            assert settlement.flows.residual == 0
            assert after.credited[life.terms.equity] == before.credited[life.terms.equity]
