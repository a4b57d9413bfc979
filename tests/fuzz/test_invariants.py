"""Each check of an invariant fails where the invariant does not hold: a sound settlement, spoilt in one number."""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz import invariants
from penstock.fuzz.invariants import EVERY, Broken, Settled
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import Outcome, Step, allotments_of
from penstock.model.deal import settle, settle_called
from penstock.model.ladder import RungPayment
from penstock.model.state import opening_state
from penstock.model.terms import CleanUpCall, DealTerms, Rung, RungKind
from penstock.model.units import WAD
from tests.contracts.deals import PROMOTED

TERMS = load(Path(__file__).parents[2] / "deals" / "greensboro-solar.toml")


CLO = load(Path(__file__).parents[2] / "deals" / "clo.toml")
CALLED = replace(TERMS, write_down=True, call=CleanUpCall("sponsor", WAD))


def settled(collections: int, periods: int = 1, terms: DealTerms = TERMS) -> Settled:
    """The last of so many periods with this revenue each; below zero, of as many, the last one called."""
    if periods < 0:
        return called(collections, -periods)
    state = opening_state(terms)
    for _ in range(periods):
        before = state.copy()
        settlement = settle(terms, state, collections)
    return Settled(terms, before, settlement, state)


def called(collections: int, periods: int) -> Settled:
    """Some of the senior tranche was written down before."""
    state = opening_state(CALLED)
    for _ in range(periods - 1):
        settle(CALLED, state, collections)
    state.balance[0] -= 7
    state.written_down[0] += 7
    before = state.copy()
    return Settled(CALLED, before, settle_called(CALLED, state, collections), state)


PLENTY, TIGHT, POOR = 400_000 * 10**6, 150_000 * 10**6, 90_000 * 10**6
EQUITY = TERMS.equity
MEZZ = EQUITY - 1
"""It capitalises; the senior has arrears."""


def a_rung(each: Settled, kind: RungKind, target: int) -> RungPayment:
    return next(rung for rung in each.settlement.rungs if (rung.rung.kind, rung.rung.targets) == (kind, (target,)))


def lost(each: Settled) -> None:
    each.settlement.flows.equity[0] -= 1


def credited_twice(each: Settled) -> None:
    each.after.credited[0] += 1


def credited_a_fee_twice(each: Settled) -> None:
    each.after.fee_credited[0] += 1


def gave_out_more_than_there_was(each: Settled) -> None:
    each.settlement.rungs[0].paid += 1


def drew_from_nowhere(each: Settled) -> None:
    each.settlement.rungs[0].paid += 1
    each.settlement.rungs[0].from_reserve += 1


def drew_for_nobody(each: Settled) -> None:
    each.settlement.flows.drawn[0] += 1


def drew_on_a_trap_for_nobody(each: Settled) -> None:
    each.settlement.flows.trap_drawn[0] += 1


def kept_cash_after_maturity(each: Settled) -> None:
    """All of it accounted for: it was held before too."""
    each.before.reserves[0] += 1
    each.after.reserves[0] += 1


def paid_below_a_short_rung(each: Settled) -> None:
    each.settlement.rungs[-1].paid += 1


def kept_a_reserve(each: Settled) -> None:
    each.settlement.reserves[0] += 1


def paid_a_junior(each: Settled) -> None:
    junior = a_rung(each, RungKind.INTEREST, MEZZ)
    junior.paid = junior.from_reserve + 1


def paid_a_reserve_for(*supports: tuple[RungKind, int]) -> Callable[[Settled], None]:
    """The enforcement ladder, which is in force when interest is short, has no such rung of its own."""

    def spoil(each: Settled) -> None:
        reserve = replace(each.terms.reserves[0], supports=supports)
        object.__setattr__(each, "terms", replace(each.terms, reserves=(reserve,)))
        each.settlement.rungs.append(RungPayment(Rung(RungKind.RESERVE, (0,)), due=1, paid=1))

    return spoil


def paid_a_reserve_for_juniors(each: Settled) -> None:
    """And for a fee, which is nobody's junior."""
    paid_a_reserve_for((RungKind.FEE, 0), (RungKind.INTEREST, MEZZ))(each)


def drew_less_than_nothing(each: Settled) -> None:
    each.settlement.rungs[0].from_reserve = -1


def drew_more_than_was_paid(each: Settled) -> None:
    each.settlement.rungs[0].from_reserve = each.settlement.rungs[0].paid + 1


def paid_above_due(each: Settled) -> None:
    each.settlement.rungs[0].paid = each.settlement.rungs[0].due + 1


def took_interest_back(each: Settled) -> None:
    each.settlement.flows.interest[0] = -1


def too_much_interest(each: Settled) -> None:
    each.settlement.flows.interest[0] = each.settlement.interest_due[0] + 1


def took_principal_back(each: Settled) -> None:
    each.settlement.flows.principal[0] = -1


def too_much_principal(each: Settled) -> None:
    each.settlement.flows.principal[0] = each.before.balance[0] + 1


def repaid_what_was_written_down(each: Settled) -> None:
    each.settlement.written_down[0] = 1
    each.settlement.flows.principal[0] = each.before.balance[0]


def negative_principal_arrears(each: Settled) -> None:
    each.after.principal_arrears[0] = -1


def arrears_above_the_balance(each: Settled) -> None:
    each.after.principal_arrears[0] = each.after.balance[0] + 1


def negative_interest_arrears(each: Settled) -> None:
    each.after.interest_arrears[0] = -1


def negative_residual(each: Settled) -> None:
    each.settlement.flows.equity[0] = -1


def negative_fee_arrears(each: Settled) -> None:
    each.after.fee_arrears[-1] = -1


def negative_reserve(each: Settled) -> None:
    each.after.reserves[0] = -1


def negative_trap(each: Settled) -> None:
    each.after.trapped[-1] = -1


def negative_draw(each: Settled) -> None:
    each.settlement.flows.drawn[0] = -1


def negative_top_up(each: Settled) -> None:
    each.settlement.flows.topped_up[0] = -1


def negative_fee(each: Settled) -> None:
    each.settlement.flows.fees[-1] = -1


def forgot_arrears(each: Settled) -> None:
    each.after.interest_arrears[0] -= 1


def forgot_to_capitalise(each: Settled) -> None:
    each.after.balance[MEZZ] -= 1


def kept_arrears_that_capitalise(each: Settled) -> None:
    each.after.interest_arrears[MEZZ] += 1


def raised_principal(each: Settled) -> None:
    each.after.balance[0] = each.before.balance[0] + 1


def capitalised_more_than_was_unpaid(each: Settled) -> None:
    unpaid = each.settlement.interest_due[MEZZ] - each.settlement.flows.interest[MEZZ]
    each.after.balance[MEZZ] = each.before.balance[MEZZ] + unpaid + 1


def residual_in_a_lock_up(each: Settled) -> None:
    each.settlement.flows.equity[0] += 1


def trapped_what_a_lender_lacks(each: Settled) -> None:
    trap = next(rung for rung in each.settlement.rungs if rung.rung.kind is RungKind.TRAP)
    trap.paid += 1
    each.settlement.interest_due[0] += each.settlement.flows.principal[0] + 1


def paid_below_deferred_interest(each: Settled) -> None:
    deferring = a_rung(each, RungKind.INTEREST, MEZZ)
    deferring.rung = replace(deferring.rung, test=0, passing=True)
    each.settlement.deferred[MEZZ] = 1


def skipped_a_period(each: Settled) -> None:
    each.after.period += 1


def repeated_a_period(each: Settled) -> None:
    each.after.period -= 1


Spoil = Callable[[Settled], None]
LIFE = TERMS.periods


def in_arrears_in_grace(each: Settled) -> None:
    object.__setattr__(each, "in_grace", True)
    each.after.interest_arrears[0] += 1


def drew_in_grace(each: Settled) -> None:
    object.__setattr__(each, "in_grace", True)
    next(rung for rung in each.settlement.rungs if rung.rung.kind is RungKind.INTEREST).from_reserve += 1


def failed_in_grace(each: Settled) -> None:
    object.__setattr__(each, "in_grace", True)
    each.after.passes_needed[0] = 1


def took_from_the_payee_of_no_call(each: Settled) -> None:
    object.__setattr__(each.settlement, "call_paid", 1)


def owed_after_a_call(each: Settled) -> None:
    each.after.fee_arrears[0] = 1


def left_what_was_written_down(each: Settled) -> None:
    each.settlement.flows.principal[0] -= 7


def left_interest(each: Settled) -> None:
    each.settlement.flows.interest[0] -= 1


def took_more_than_was_missing(each: Settled) -> None:
    each.settlement.flows.equity[0] += 1


CALLS = invariants.a_call_pays_everything_and_takes_what_is_missing


def credited_the_sponsor_alone(each: Settled) -> None:
    each.after.credited[1] += 1


def moved(each: Settled, amount: int) -> None:
    """From the investor to the sponsor."""
    for parts in (each.after.credited, each.settlement.flows.equity):
        parts[0] -= amount
        parts[1] += amount


def paid_the_sponsors_capital(each: Settled) -> None:
    moved(each, 1)


def promoted_too_much(each: Settled) -> None:
    moved(each, 1)
    each.settlement.flows.promote += 1


def passed_the_catch_up(each: Settled) -> None:
    each.after.promote_received *= 3


def left_a_hurdle_higher(each: Settled) -> None:
    each.after.hurdles[1] += 1


def paid_below_a_hurdle(each: Settled) -> None:
    each.settlement.flows.tiers[3] += 1


POTS = invariants.principal_is_lenders_first
TERMS_OF = {
    invariants.classes_share_the_residual: PROMOTED,
    invariants.hurdles_come_first: PROMOTED,
    POTS: CLO,
    invariants.a_diversion_cures: CLO,
}
"""The deal of a check that says nothing of the usual one."""


def paid_equity_of_principal(each: Settled) -> None:
    each.settlement.rungs[-1].paid += 1


def paid_equity_of_interest(each: Settled) -> None:
    each.settlement.rungs[len(CLO.normal) - 1].paid += 1


def diverted_too_little(each: Settled) -> None:
    for payment in each.settlement.rungs:
        payment.due = payment.paid


# The check, what it says, how a settlement is spoilt, the revenue of each period, and how many there are.
SPOILT: list[tuple[Callable[[Settled], None], str, Spoil, int, int]] = [
    (invariants.conserved, "01 .* a period creates or loses cash", lost, PLENTY, 4),
    (invariants.conserved, "01 .* what was credited is not what was paid", credited_twice, PLENTY, 4),
    (invariants.conserved, "01 .* what was credited is not what was paid", credited_a_fee_twice, PLENTY, 4),
    (invariants.conserved, "01 .* the ladder gave out something else", gave_out_more_than_there_was, PLENTY, 4),
    (invariants.conserved, "01 .* rungs and reserves disagree", drew_from_nowhere, PLENTY, 4),
    (invariants.conserved, "01 .* rungs and reserves disagree", drew_for_nobody, PLENTY, 4),
    (invariants.conserved, "01 .* rungs and traps disagree", drew_on_a_trap_for_nobody, PLENTY, 4),
    (invariants.conserved, "01 .* cash stays behind", kept_cash_after_maturity, PLENTY, LIFE),
    (invariants.nothing_below_a_short_rung, "02 .* is short, one below got cash", paid_below_a_short_rung, POOR, 4),
    (invariants.reserves_empty_first, "02 .* a short rung left [a-z_0-9]+ full", kept_a_reserve, POOR, 4),
    (invariants.no_junior_before_a_senior, "02 .* tranche 0 is short of interest", paid_a_junior, 0, 4),
    (invariants.no_junior_before_a_senior, "02 .* tranche 0 is short of interest", paid_a_reserve_for_juniors, 0, 4),
    (
        invariants.a_trap_skips_no_lender,
        "02 .* traps cash while a lender is short",
        trapped_what_a_lender_lacks,
        TIGHT,
        4,
    ),
    (
        invariants.a_deferral_pays_nobody_below,
        "02 .* defers interest, one below got cash",
        paid_below_deferred_interest,
        PLENTY,
        4,
    ),
    (invariants.nobody_overpaid, "03 .* a rung got more than its due", drew_less_than_nothing, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* a rung got more than its due", drew_more_than_was_paid, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* a rung got more than its due", paid_above_due, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* too much interest to tranche 0", took_interest_back, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* too much interest to tranche 0", too_much_interest, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* too much principal to tranche 0", took_principal_back, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* too much principal to tranche 0", too_much_principal, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* too much principal to tranche 0", repaid_what_was_written_down, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* arrears of tranche 0 above it", negative_principal_arrears, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* arrears of tranche 0 above it", arrears_above_the_balance, PLENTY, 4),
    (invariants.nobody_overpaid, "03 .* negative arrears of tranche 0", negative_interest_arrears, PLENTY, 4),
    *(
        (invariants.nobody_overpaid, "03 .* a number is negative", spoil, PLENTY, 4)
        for spoil in (
            negative_residual,
            negative_fee_arrears,
            negative_reserve,
            negative_trap,
            negative_draw,
            negative_top_up,
            negative_fee,
        )
    ),
    (invariants.unpaid_stays_owed, "03 .* what tranche 0 is owed is not its due", forgot_arrears, 0, 4),
    (invariants.unpaid_stays_owed, "03 .* what tranche 1 is owed is not its due", forgot_to_capitalise, 0, 4),
    (invariants.unpaid_stays_owed, "03 .* what tranche 1 is owed is not its due", kept_arrears_that_capitalise, 0, 4),
    (invariants.principal_rises_by_pik_alone, "09 .* balance of tranche 0 rose", raised_principal, PLENTY, 4),
    (
        invariants.principal_rises_by_pik_alone,
        "09 .* balance of tranche 1 rose",
        capitalised_more_than_was_unpaid,
        0,
        4,
    ),
    (invariants.locked_up_equity_gets_nothing, "11 .* equity got a residual", residual_in_a_lock_up, TIGHT, 4),
    *[
        (invariants.nothing_is_missed_in_grace, f"19 .* {said}", spoil, PLENTY, 4)
        for said, spoil in (
            ("a lender is in arrears", in_arrears_in_grace),
            ("a pot was drawn on", drew_in_grace),
            ("a test began to fail", failed_in_grace),
        )
    ],
    (POTS, "20 .* equity got principal", paid_equity_of_principal, PLENTY, 4),
    (POTS, "20 .* equity got interest at the end", paid_equity_of_interest, PLENTY, 20),
    (invariants.a_diversion_cures, "21 .* its test is not met", diverted_too_little, PLENTY, 4),
    (CALLS, "22 .* a period that was not called", took_from_the_payee_of_no_call, PLENTY, 4),
    (CALLS, "22 .* something is owed after a call", owed_after_a_call, POOR, -4),
    (CALLS, "22 .* tranche 0 is not repaid", left_what_was_written_down, POOR, -4),
    (CALLS, "22 .* tranche 0 did not get its interest", left_interest, POOR, -4),
    (CALLS, "22 .* a payee paid more than was missing", took_more_than_was_missing, POOR, -4),
    *[
        (invariants.classes_share_the_residual, f"23 .* {said}", spoil, revenue * 10**6, periods)
        for said, spoil, revenue, periods in (
            ("was credited another part", credited_the_sponsor_alone, 45_000, 3),
            ("the sponsor's capital got too much", paid_the_sponsors_capital, 45_000, 3),
            ("more than its part", promoted_too_much, 45_000, 3),
            ("passed its target", passed_the_catch_up, 109_000, 1),
        )
    ],
    *[
        (invariants.hurdles_come_first, f"23 .* {said}", spoil, 45_000 * 10**6, 3)
        for said, spoil in (
            ("the hurdle of tier 3 is another", left_a_hurdle_higher),
            ("a tier below tier 3 took too early", paid_below_a_hurdle),
        )
    ],
    (invariants.one_period_on, "13 .* period 3 went to 5", skipped_a_period, PLENTY, 4),
    (invariants.one_period_on, "13 .* period 3 went to 3", repeated_a_period, PLENTY, 4),
]


def caught(case: tuple[Callable[[Settled], None], str, Spoil, int, int]) -> int:
    """The line of invariants.py that names the spoilt settlement, which is sound before."""
    check, said, spoil, revenue, periods = case
    each = settled(revenue, periods, TERMS_OF.get(check, TERMS))
    for every in EVERY:
        every(each)
    spoilt = deepcopy(each)
    spoil(spoilt)
    with pytest.raises(Broken, match=f"INV {said}") as broken:
        check(spoilt)
    return next(at.lineno + 1 for at in broken.traceback if at.name == check.__name__)


@pytest.mark.parametrize("case", SPOILT, ids=lambda case: case[2].__name__)
def test_a_spoilt_settlement_is_named(case: tuple[Callable[[Settled], None], str, Spoil, int, int]) -> None:
    assert caught(case)


@pytest.mark.parametrize("also", [(RungKind.PRINCIPAL, 0), None], ids=["of the senior too", "of a fee alone"])
def test_a_reserve_that_is_not_for_juniors_alone_may_be_paid(also: tuple[RungKind, int] | None) -> None:
    each = deepcopy(settled(0, periods=4))
    paid_a_reserve_for((RungKind.FEE, 0), *([also, (RungKind.INTEREST, MEZZ)] if also else []))(each)
    invariants.no_junior_before_a_senior(each)


def test_every_check_is_spoilt_once() -> None:
    """Each line that holds anything, of every check, is the one that a spoilt settlement is caught by."""
    assert {check for check, *_ in SPOILT} == set(EVERY)
    tree = ast.parse(Path(invariants.__file__).read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    holding = {call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "_hold"}
    assert {caught(case) for case in SPOILT} == holding


OWNER, OTHER, *OTHERS = (name for tranche, name in allotments_of(TERMS, 0) if tranche == 0)
OWNERS = 2 + len(OTHERS)
"""Of the first tranche, whose ledger is spoilt."""


def claimed_without_credit(expected: Oracle) -> None:
    expected.books.ledgers[0].claimed += 1


def left_a_unit_for_each_holder(expected: Oracle) -> None:
    """Debts that make it carry as many units as it has holders: one too many."""
    expected.books.ledgers[0].holdings[OWNER].debt += OWNERS * expected.books.ledgers[0].supply


def made_a_share(expected: Oracle) -> None:
    expected.books.ledgers[0].holdings[OWNER].shares += 1


def destroyed_a_share(expected: Oracle) -> None:
    expected.books.ledgers[0].holdings[OWNER].shares -= 1


def holds_too_little(expected: Oracle) -> None:
    expected.books.cash = expected.books.accounted - 1


def gave_what_another_earned(expected: Oracle) -> None:
    expected.books.ledgers[0].holdings[OTHER].debt += expected.books.ledgers[0].supply
    expected.books.ledgers[0].holdings[OWNER].debt -= expected.books.ledgers[0].supply


def took_a_part_of_a_unit(expected: Oracle) -> None:
    expected.books.ledgers[0].holdings[OWNER].debt += 1


def destroyed_a_claim(expected: Oracle) -> None:
    """Whole units, and as many as its holders may carry: what nobody took."""
    expected.books.ledgers[0].holdings[OWNER].debt += (OWNERS - 1) * expected.books.ledgers[0].supply


def acting(spoil: Callable[[Oracle], None]) -> Callable[[], Outcome]:
    """A deal in which a step does this."""
    expected = Oracle(TERMS, allotments_of(TERMS, 0), now=0)
    assert expected.act(Step("wait", amount=1)) == Outcome()
    expected._acts["wait"] = lambda step: spoil(expected)
    return lambda: expected.act(Step("wait", amount=1))


@pytest.mark.parametrize(
    ("spoil", "number"),
    [
        (claimed_without_credit, 4),
        (left_a_unit_for_each_holder, 4),
        (made_a_share, 14),
        (destroyed_a_share, 14),
        (holds_too_little, 1),
        (gave_what_another_earned, 5),
        (took_a_part_of_a_unit, 5),
        (destroyed_a_claim, 5),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_step_that_spoils_a_ledger_is_named(spoil: Callable[[Oracle], None], number: int) -> None:
    with pytest.raises(Broken, match=f"INV {number:02d} is broken"):
        acting(spoil)()


def test_a_step_at_the_edge_of_all_of_them_passes() -> None:
    """The most that is no fault: all but one unit carried before and after, cash to the last unit accounted for."""
    expected = Oracle(TERMS, allotments_of(TERMS, 0), now=0)
    destroyed_a_claim(expected)
    expected.books.cash = expected.books.accounted
    assert expected.books.ledgers[0].carry == OWNERS - 1
    expected._before = expected._holdings()  # no step did this
    assert expected.act(Step("wait", amount=1)) == Outcome()
