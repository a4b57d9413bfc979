"""Each check of an invariant fails where the invariant does not hold: a sound settlement, spoilt in one number."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz import invariants
from penstock.fuzz.expected import copy_of
from penstock.fuzz.invariants import EVERY, Broken, Settled
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
