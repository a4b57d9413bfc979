"""
One period settled, stated once more and without branches. Mirrors `model.deal`, name for name.

The same sentences as the exact model's, in the order of docs/SPEC.md, "Settling a period": what depends on a number is
chosen, not branched on, so that they hold for many scenarios at once. tests/simulate holds both equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model.terms import ArrearsRule, DealTerms
from penstock.simulate.columns import Column, Columns, Stage
from penstock.simulate.judged import Coverage, judge, total
from penstock.simulate.numbers import (
    Number,
    Truth,
    capped,
    cash,
    choose,
    either,
    excess,
    least,
    negate,
    number,
    positive,
)
from penstock.simulate.owed import Dues, Given, Owed, late_dues, learn_indices, write_down
from penstock.simulate.promoted import CAPITAL, PROMOTE, grow_hurdles
from penstock.simulate.standing import State
from penstock.simulate.walked import Flows, Ladder, no_flows

Figures = dict[str, list[Number]]
"""By the names of `series.SERIES`."""


def settle(terms: DealTerms, columns: Columns, column: Column, state: State, given: Given, stage: Stage) -> Figures:
    """Settles one period, or late revenue, in place."""
    written_down: list[Number] = [0] * len(terms.tranches)
    tests: list[Coverage] = []
    if stage is Stage.LATE:
        owed = late_dues(terms, state, given.collections)
    else:
        written_down = write_down(terms, state, given.loss.value)
        owed = Dues(terms, columns, column, state, given, stage).owed
        learn_indices(terms, state, given)
        state.balance = [balance + more for balance, more in zip(state.balance, owed.pik, strict=True)]
        grow_hurdles(terms, columns, column, state)
        tests = [judge(terms, state, owed, given, test) for test in range(len(terms.tests))]
    figures = _share_out(_Period(terms, state, given, owed, stage), tests)
    return {"written_down": written_down, **figures, **_tested(terms, tests)}


@dataclass(frozen=True)
class _Period:
    terms: DealTerms
    state: State
    given: Given
    owed: Owed
    stage: Stage


def _tested(terms: DealTerms, tests: list[Coverage]) -> Figures:
    nothing: list[Number] = [0] * len(terms.tests)
    return {
        "made": [number(each.made) for each in tests] or nothing,
        "passed": [number(each.passed) for each in tests] or nothing,
        "missing": [number(each.missing) for each in tests] or nothing,
        "numerator": [each.numerator for each in tests] or nothing,
        "denominator": [each.denominator for each in tests] or nothing,
    }


def _share_out(period: _Period, tests: list[Coverage]) -> Figures:
    terms, state, owed, matured = period.terms, period.state, period.owed, period.stage.matured
    missing: list[Truth] = [each.missing for each in tests] or [False] * len(terms.tests)
    released, freed = _release(period, missing)
    available = cash(period.given.collections + total(released) + freed)
    interest_due, principal_due = list(owed.interest), list(owed.principal)

    enforced: Truth = False
    for test in terms.enforce_on:
        enforced = either(enforced, positive(state.passes_needed[test]))
    principal = choose(enforced, 0, owed.principal_pot)
    flows = no_flows(terms)
    to_enforcement = choose(enforced, available, 0)
    for rungs, in_force, all_cash, pot in (
        ((*terms.normal, *terms.principal), negate(enforced), available - to_enforcement, principal),
        (terms.enforcement, enforced, to_enforcement, 0),
    ):
        ladder = Ladder(terms, state, owed, period.given, flows, missing, matured, in_force, all_cash, pot)
        if in_force is not False:
            ladder.pay(rungs)
    for name in ("due", "paid", "from_trap", "from_reserve"):
        row = getattr(flows, name)
        row.extend([0] * (len(terms.rungs) - len(row)))
    deferred = [choose(defers, unpaid, 0) for defers, unpaid in zip(flows.deferring, owed.interest, strict=True)]
    _carry(period, flows)
    _credit(period, flows)
    return {
        "available": [available],
        "enforced": [number(enforced)],
        "principal_pot": [principal],
        "promote": [flows.promote],
        "capital_received": state.received[CAPITAL:PROMOTE] or [0],
        "promote_received": state.received[PROMOTE:] or [0],
        "interest_due": interest_due,
        "principal_due": principal_due,
        "pik": owed.pik,
        "coupons": owed.coupons,
        "deferred": deferred,
        "released": released,
        **{name: getattr(flows, name) for name in FLOWS},
        **{name: getattr(state, name) for name in STATE},
    }


FLOWS = (
    *("interest", "principal", "equity", "fees", "drawn", "topped_up", "trap_drawn", "tiers"),
    *("due", "paid", "from_reserve", "from_trap"),
)
STATE = (
    *("balance", "interest_arrears", "principal_arrears", "credited", "fee_arrears", "fee_credited"),
    *("reserves", "trapped", "passes_needed", "hurdles"),
)


def _release(period: _Period, missing: list[Truth]) -> tuple[list[Number], Number]:
    """Frees what reserves hold above target and traps that do not act; everything after the last period."""
    state, released = period.state, []
    for index, target in enumerate(period.owed.targets):
        more = excess(state.reserves[index], target)
        state.reserves[index] = state.reserves[index] - more
        released.append(more)
    freed: Number = 0
    for test, lacks in enumerate(missing):
        acts: Truth = False
        if not period.stage.matured:
            acts = either(positive(state.passes_needed[test]), lacks)
        kept = choose(acts, state.trapped[test], 0)
        freed = freed + (state.trapped[test] - kept)
        state.trapped[test] = kept
    return released, freed


def _carry(period: _Period, flows: Flows) -> None:
    """Turns unpaid amounts into arrears, or into balance for PIK."""
    terms, state, owed, matured = period.terms, period.state, period.owed, period.stage.matured
    for index, tranche in enumerate(terms.tranches):
        if tranche.arrears is ArrearsRule.CAPITALISE:
            state.balance[index] = capped(state.balance[index] + owed.interest[index], terms.max_amount)
        else:
            state.interest_arrears[index] = capped(owed.interest[index], terms.max_amount)
        has_arrears = matured or not tranche.principal.is_open
        state.principal_arrears[index] = least(owed.principal[index], state.balance[index]) if has_arrears else 0
    for index, fee in enumerate(terms.fees):
        unpaid = owed.fees_accrued[index] - flows.fees[index]
        if not fee.carry:
            state.fee_arrears[index] = 0
        elif fee.cap is None or not matured:
            state.fee_arrears[index] = capped(unpaid, terms.max_amount)
        else:
            state.fee_arrears[index] = least(unpaid, fee.cap)


def _credit(period: _Period, flows: Flows) -> None:
    state, equity = period.state, period.terms.equity
    for index, (interest, principal) in enumerate(zip(flows.interest, flows.principal, strict=True)):
        residual = flows.equity[index - equity] if index >= equity else 0
        state.credited[index] = cash(state.credited[index] + interest + principal + residual)
    for index, paid in enumerate(flows.fees):
        state.fee_credited[index] = cash(state.fee_credited[index] + paid)
