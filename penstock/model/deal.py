"""Settling: one period's cash paid down the ladder, exactly. Mirrors Deal.sol name for name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from operator import add

from penstock.model.calendar import timestamp
from penstock.model.call import Bill, bill, require_allowed
from penstock.model.coverage import Coverage, judge
from penstock.model.dues import Dues, dues, join_pik, late_dues, write_down
from penstock.model.errors import (
    AllPeriodsSettled,
    BalanceBelowLedger,
    InGrace,
    NotCallable,
    NotConserved,
    NothingToSettle,
    NotMatured,
    PeriodNotOver,
    ReportsMissing,
)
from penstock.model.floating import learn_indices
from penstock.model.grace import grace_ends_at, may_settle
from penstock.model.ladder import Flows, Ladder, RungPayment, acts
from penstock.model.metrics import cfads
from penstock.model.promote import grow_hurdles
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.state import DealState, opening_state
from penstock.model.terms import ArrearsRule, DealTerms


@dataclass(frozen=True, slots=True)
class Settlement:
    """
    One settled period, in base units; lists run parallel to the terms.

    period : from 1; periods + 1 for late revenue. available : collections and releases, before the ladder.
    principal_pot : how much of the collections went down the principal ladder; 0 in a deal of one pot.
    report : as far as the terms read it. interest_due, principal_due : before payment.
    tests : empty for late revenue. coupons : what each tranche bore, in wad; 0 for late revenue and of equity.
    deferred : interest of each tranche that is unpaid because its rung defers it. balance … trapped : after the period.
    called : whether a clean-up call ended the deal. call_paid : what its payee paid for it, no part of collections.
    restored : what was written down of each tranche before, and paid by the call.
    hurdles, capital_received, promote_received : of the promote, after the period.
    cfads : cash flow available for debt service. debt_service : of each tranche, current interest and scheduled
    principal. Both are what tests compare; 0 for late revenue.
    """

    period: int
    accrual_date: date | None
    payment_date: date | None
    collections: int
    report: Report
    available: int
    enforced: bool
    rungs: list[RungPayment]
    tests: list[Coverage]
    flows: Flows
    interest_due: list[int]
    principal_due: list[int]
    written_down: list[int]
    pik: list[int]
    coupons: list[int]
    deferred: list[int]
    released: list[int]
    balance: list[int]
    interest_arrears: list[int]
    principal_arrears: list[int]
    fee_arrears: list[int]
    reserves: list[int]
    trapped: int
    called: bool
    call_paid: int
    restored: list[int]
    hurdles: list[int] = field(default_factory=list)
    capital_received: int = 0
    promote_received: int = 0
    principal_pot: int = 0
    cfads: int = 0
    debt_service: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """A run from closing to the end: the final state and every settlement, late revenue last."""

    terms: DealTerms
    state: DealState
    settlements: list[Settlement] = field(default_factory=list)

    @property
    def call_paid(self) -> int:
        """What was paid for a clean-up call."""
        return sum(each.call_paid for each in self.settlements)

    @property
    def brought(self) -> int:
        """All cash of the deal: opening reserves, collections, and what was paid for a call."""
        return self.terms.opening + self.state.collected + self.call_paid

    @property
    def conserved(self) -> bool:
        """What was brought equals what was credited and what is held, to the base unit."""
        paid = sum(self.state.credited) + sum(self.state.fee_credited)
        return self.brought == paid + self.state.held


def settle(
    terms: DealTerms, state: DealState, collections: int, report: Report = NOTHING_REPORTED, now: int | None = None
) -> Settlement:
    """
    Settles the next period in place.

    Parameters
    ----------
    now : the time, in seconds since 1970; None skips the checks of the payment date and of grace.

    Raises
    ------
    AllPeriodsSettled : after the last period. BalanceBelowLedger : when the deal holds less than its ledger.
    PeriodNotOver : before the payment date. InGrace : within grace, when something due would stay unpaid.

    Source: docs/SPEC.md, "Settling a period".
    """
    if state.period == terms.periods:
        raise AllPeriodsSettled(terms.periods)
    _require_collections(state, collections)
    period = state.period + 1
    if now is not None:
        _require_payment_date(terms, period, now)
        _require_covered(terms, state, collections, report, now)
    written_down = write_down(terms, state, report.loss or 0)
    owed = dues(terms, state, period, collections, report)
    learn_indices(terms, state, report)
    join_pik(state, owed)
    grow_hurdles(terms, state, period)
    tests = [judge(terms, state, owed, collections, report, test) for test in range(len(terms.tests))]
    state.passes_needed = [coverage.passes_needed for coverage in tests]
    state.period = period
    return _share_out(terms, state, owed, collections, report, tests, written_down, period)


def settle_called(
    terms: DealTerms, state: DealState, collections: int, report: Report = NOTHING_REPORTED, now: int | None = None
) -> Settlement:
    """
    Settles the next period as the last one, by a clean-up call, in place: everything owed is paid, with what was
    written down, and the payee pays exactly what is missing for it. Afterwards the deal is at its end.

    Tests are made on collections alone, and decide nothing: with the lenders repaid, every counter is 0.

    Parameters
    ----------
    collections : all that is not settled, whatever was cut off. now : as in `settle`; grace does not matter.

    Raises
    ------
    NotCallable : in a deal without a call. Else as `settle`. Whether the call was announced is known to `Books`.

    Source: docs/SPEC.md, "Clean-up call".
    """
    if terms.call is None:
        raise NotCallable
    if state.period == terms.periods:
        raise AllPeriodsSettled(terms.periods)
    _require_collections(state, collections)
    period = state.period + 1
    if now is not None:
        _require_payment_date(terms, period, now)
    price = bill(terms, state, collections, report)
    join_pik(state, price.owed)
    grow_hurdles(terms, state, period)
    tested = state.copy()
    tests = [judge(terms, tested, price.owed, collections, report, test) for test in range(len(terms.tests))]
    state.balance = list(map(add, state.balance, price.restored))
    state.written_down = [0] * terms.equity
    state.passes_needed = [0] * len(terms.tests)
    state.called, state.period = period, terms.periods
    made = [replace(each, passes_needed=0) for each in tests]
    nothing = [0] * len(terms.tranches)
    return _share_out(terms, state, price.owed, collections, report, made, nothing, period, price)


def settle_late(terms: DealTerms, state: DealState, collections: int) -> Settlement:
    """
    Settles revenue received after the last period: unpaid claims come before equity.

    Raises
    ------
    NotMatured : before the last period is settled. NothingToSettle : when there is none.
    BalanceBelowLedger : as in `settle`.

    Source: docs/SPEC.md, "Late revenue".
    """
    if state.period < terms.periods:
        raise NotMatured(state.period, terms.periods)
    _require_collections(state, collections)
    if collections == 0:
        raise NothingToSettle(terms.periods)
    return _share_out(
        terms,
        state,
        late_dues(terms, state, collections),
        collections,
        NOTHING_REPORTED,
        [],
        [0] * len(terms.tranches),
        terms.periods + 1,
    )


def run(
    terms: DealTerms,
    collections: Sequence[int],
    reports: Sequence[Report] = (),
    late: int = 0,
    called: int = 0,
) -> Run:
    """
    Settles every period of a deal, then late revenue if there is any.

    Parameters
    ----------
    collections : one amount per period, in base units. reports : none, or one per period. late : late revenue.
    called : the period that the payee of the clean-up call announces and pays for; 0 for none. What later periods
    collect is late revenue.

    Raises
    ------
    ReportsMissing : when there are fewer reports than collections. CallNotAllowed, NotCallable : of a call.
    Else as `settle` and `settle_late`.
    """
    if reports and len(reports) < len(collections):
        raise ReportsMissing(len(reports), len(collections))
    life = Run(terms, opening_state(terms))
    for index, amount in enumerate(collections):
        report = reports[index] if reports else Report()
        if index + 1 == called:
            require_allowed(terms, life.state)
            life.settlements.append(settle_called(terms, life.state, amount, report))
            late += sum(collections[called:])
            break
        life.settlements.append(settle(terms, life.state, amount, report))
    if late:
        life.settlements.append(settle_late(terms, life.state, late))
    return life


def _require_collections(state: DealState, collections: int) -> None:
    if collections < 0:
        raise BalanceBelowLedger(state.held + collections, state.held)


def _require_payment_date(terms: DealTerms, period: int, now: int) -> None:
    payment_at = timestamp(terms.payment_dates[period - 1])
    if now < payment_at:
        raise PeriodNotOver(period, payment_at, now)


def _require_covered(terms: DealTerms, state: DealState, collections: int, report: Report, now: int) -> None:
    period = state.period + 1
    ends_at = grace_ends_at(terms, period)
    if now < ends_at and not may_settle(terms, state, collections, report):
        raise InGrace(period, ends_at)


def _share_out(
    terms: DealTerms,
    state: DealState,
    owed: Dues,
    collections: int,
    report: Report,
    tests: list[Coverage],
    written_down: list[int],
    period: int,
    call: Bill | None = None,
) -> Settlement:
    """period : one past the last for late revenue. call : where the period is settled by one."""
    late, paid_in = period > terms.periods, 0 if call is None else call.missing
    held_before = state.held
    trapping = [test for test, made in enumerate(tests) if made.traps]
    released = _release(terms, state, owed, trapping)
    available = collections + paid_in + held_before - state.held
    interest_due, principal_due = list(owed.interest), list(owed.principal)
    covering = 0 if late else cfads(terms, owed, collections)

    enforced = any(state.failing(test) for test in terms.enforce_on)
    principal = 0 if enforced or call else owed.principal_pot
    ladder = Ladder(terms, state, owed, available, trapping, principal_pot=principal)
    rungs = terms.ladder(enforced)
    payments = ladder.pay(rungs) if call is None else ladder.pay_all(rungs)
    defers = {target for rung in rungs if rung.passing and not acts(terms, state, rung) for target in rung.targets}
    _carry(terms, state, owed, ladder.flows)
    _credit(terms, state, ladder.flows)
    state.collected += collections

    paid_out = sum(ladder.flows.interest + ladder.flows.principal + ladder.flows.fees) + ladder.flows.residual
    difference = held_before + collections + paid_in - paid_out - state.held
    if difference or ladder.remaining:
        raise NotConserved(state.period, difference or ladder.remaining)
    return Settlement(
        period=period,
        accrual_date=None if late else terms.accrual_dates[period - 1],
        payment_date=None if late else terms.payment_dates[period - 1],
        collections=collections,
        report=report.as_read(len(terms.fields)),
        available=available,
        enforced=enforced,
        rungs=payments,
        tests=tests,
        flows=ladder.flows,
        interest_due=interest_due,
        principal_due=principal_due,
        written_down=written_down,
        pik=list(owed.pik),
        coupons=list(owed.coupons),
        deferred=[unpaid if index in defers else 0 for index, unpaid in enumerate(owed.interest)],
        released=released,
        balance=list(state.balance),
        interest_arrears=list(state.interest_arrears),
        principal_arrears=list(state.principal_arrears),
        fee_arrears=list(state.fee_arrears),
        reserves=list(state.reserves),
        trapped=sum(state.trapped),
        called=call is not None,
        call_paid=paid_in,
        restored=[0] * len(terms.tranches) if call is None else call.restored,
        hurdles=list(state.hurdles),
        capital_received=state.capital_received,
        promote_received=state.promote_received,
        principal_pot=principal,
        cfads=covering,
        debt_service=list(map(add, owed.current_interest, owed.scheduled_principal)),
    )


def _release(terms: DealTerms, state: DealState, owed: Dues, trapping: Sequence[int]) -> list[int]:
    """Frees what reserves hold above target and traps that do not act; everything after the last period."""
    released = []
    for index, target in enumerate(owed.targets):
        excess = max(0, state.reserves[index] - target)
        state.reserves[index] -= excess
        released.append(excess)
    matured = state.period == terms.periods
    for test in range(len(terms.tests)):
        if matured or test not in trapping:
            state.trapped[test] = 0
    return released


def _carry(terms: DealTerms, state: DealState, owed: Dues, flows: Flows) -> None:
    """
    Turns unpaid amounts into arrears, or into balance for PIK. No claim exceeds the terms' max_amount; after maturity,
    no capped fee exceeds its cap.
    """
    matured = state.period == terms.periods
    for index, tranche in enumerate(terms.tranches):
        if tranche.arrears is ArrearsRule.CAPITALISE:
            state.balance[index] = min(state.balance[index] + owed.interest[index], terms.max_amount)
        else:
            state.interest_arrears[index] = min(owed.interest[index], terms.max_amount)
        has_arrears = matured or not tranche.principal.is_open
        state.principal_arrears[index] = min(owed.principal[index], state.balance[index]) if has_arrears else 0
    for index, fee in enumerate(terms.fees):
        unpaid = owed.fees_accrued[index] - flows.fees[index]
        most = terms.max_amount if fee.cap is None or not matured else fee.cap
        state.fee_arrears[index] = min(unpaid, most) if fee.carry else 0


def _credit(terms: DealTerms, state: DealState, flows: Flows) -> None:
    for index in range(len(terms.tranches)):
        state.credited[index] += flows.interest[index] + flows.principal[index]
        if terms.call:
            state.repaid += flows.principal[index]
    for index, part in enumerate(flows.equity, start=terms.equity):
        state.credited[index] += part
    for index, paid in enumerate(flows.fees):
        state.fee_credited[index] += paid
