"""Each check of an invariant fails where the invariant does not hold: a sound settlement, spoilt in one number."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz import invariants
from penstock.fuzz.expected import Expected, copy_of
from penstock.fuzz.invariants import EVERY, Broken, Settled
from penstock.fuzz.steps import Outcome, Step, allotments_of
from penstock.model.deal import settle
from penstock.model.state import opening_state
from penstock.model.terms import RungKind

TERMS = load(Path(__file__).parents[2] / "deals" / "greensboro-solar.toml")


def settled(collections: int, periods: int = 1) -> Settled:
    """The last of so many periods with this revenue each."""
    state = opening_state(TERMS)
    for _ in range(periods):
        before = copy_of(state)
        settlement = settle(TERMS, state, collections)
    return Settled(TERMS, before, settlement, state)


PLENTY, TIGHT, POOR = 400_000 * 10**6, 150_000 * 10**6, 90_000 * 10**6
EQUITY = TERMS.equity


def residual_in_a_lock_up(each: Settled) -> None:
    each.settlement.flows.residual += 1


def credited_twice(each: Settled) -> None:
    each.after.credited[0] += 1


def lost(each: Settled) -> None:
    each.settlement.flows.residual -= 1


def kept_a_reserve(each: Settled) -> None:
    each.settlement.reserves[0] += 1


def paid_above_due(each: Settled) -> None:
    each.settlement.rungs[0].paid = each.settlement.rungs[0].due + 1


def too_much_interest(each: Settled) -> None:
    each.settlement.flows.interest[0] = each.settlement.interest_due[0] + 1


def paid_below_a_short_rung(each: Settled) -> None:
    each.settlement.rungs[-1].paid += 1


def paid_a_junior(each: Settled) -> None:
    junior = next(
        rung for rung in each.settlement.rungs if rung.rung.kind is RungKind.INTEREST and rung.rung.targets[0]
    )
    junior.paid = junior.from_reserve + 1


def forgot_arrears(each: Settled) -> None:
    each.after.interest_arrears[0] -= 1


def raised_principal(each: Settled) -> None:
    each.after.balance[0] = each.before.balance[0] + 1


def skipped_a_period(each: Settled) -> None:
    each.after.period += 1


SPOILT: list[tuple[Callable[[Settled], None], Callable[[Settled], None], int, int]] = [
    (invariants.conserved, credited_twice, 1, PLENTY),
    (invariants.conserved, lost, 1, PLENTY),
    (invariants.nothing_below_a_short_rung, paid_below_a_short_rung, 2, POOR),
    (invariants.reserves_empty_first, kept_a_reserve, 2, POOR),
    (invariants.no_junior_before_a_senior, paid_a_junior, 2, 0),
    (invariants.nobody_overpaid, paid_above_due, 3, PLENTY),
    (invariants.nobody_overpaid, too_much_interest, 3, PLENTY),
    (invariants.unpaid_stays_owed, forgot_arrears, 3, 0),
    (invariants.principal_rises_by_pik_alone, raised_principal, 9, PLENTY),
    (invariants.locked_up_equity_gets_nothing, residual_in_a_lock_up, 11, TIGHT),
    (invariants.one_period_on, skipped_a_period, 13, PLENTY),
]


@pytest.mark.parametrize(
    ("check", "spoil", "number", "revenue"), SPOILT, ids=lambda each: getattr(each, "__name__", "")
)
def test_a_spoilt_settlement_is_named(
    check: Callable[[Settled], None], spoil: Callable[[Settled], None], number: int, revenue: int
) -> None:
    each = settled(revenue, periods=4)
    for every in EVERY:
        every(each)
    spoilt = deepcopy(each)
    spoil(spoilt)
    with pytest.raises(Broken, match=f"INV {number:02d} is broken"):
        check(spoilt)


def test_every_check_is_spoilt_once() -> None:
    assert {check for check, *_ in SPOILT} == set(EVERY)


OWNER, OTHER, *OTHERS = (name for tranche, name in allotments_of(TERMS, 0) if tranche == 0)
OWNERS = 2 + len(OTHERS)
"""Of the first tranche, whose ledger is spoilt."""


def claimed_without_credit(expected: Expected) -> None:
    expected.ledgers[0].claimed += 1


def left_a_unit_for_each_holder(expected: Expected) -> None:
    """Debts that make it carry as many units as it has holders: one too many."""
    expected.ledgers[0].holdings[OWNER].debt += OWNERS * expected.ledgers[0].supply


def made_a_share(expected: Expected) -> None:
    expected.ledgers[0].holdings[OWNER].shares += 1


def destroyed_a_share(expected: Expected) -> None:
    expected.ledgers[0].holdings[OWNER].shares -= 1


def holds_too_little(expected: Expected) -> None:
    expected.world.cash = expected.accounted() - 1


def gave_what_another_earned(expected: Expected) -> None:
    expected.ledgers[0].holdings[OTHER].debt += expected.ledgers[0].supply
    expected.ledgers[0].holdings[OWNER].debt -= expected.ledgers[0].supply


def took_a_part_of_a_unit(expected: Expected) -> None:
    expected.ledgers[0].holdings[OWNER].debt += 1


def destroyed_a_claim(expected: Expected) -> None:
    """Whole units, and as many as its holders may carry: what nobody took."""
    expected.ledgers[0].holdings[OWNER].debt += (OWNERS - 1) * expected.ledgers[0].supply


def acting(spoil: Callable[[Expected], None]) -> Callable[[], Outcome]:
    """A deal in which a step does this."""
    expected = Expected(TERMS, allotments_of(TERMS, 0), now=0)
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
def test_a_step_that_spoils_a_ledger_is_named(spoil: Callable[[Expected], None], number: int) -> None:
    with pytest.raises(Broken, match=f"INV {number:02d} is broken"):
        acting(spoil)()


def test_a_step_at_the_edge_of_all_of_them_passes() -> None:
    """The most that is no fault: all but one unit carried before and after, cash to the last unit accounted for."""
    expected = Expected(TERMS, allotments_of(TERMS, 0), now=0)
    destroyed_a_claim(expected)
    expected.world.cash = expected.accounted()
    assert expected.ledgers[0].carry == OWNERS - 1
    assert expected.act(Step("wait", amount=1)) == Outcome()
