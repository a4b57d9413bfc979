"""What is owed in a period. Terms, state and date decide it; cash matters only to fees charged on collections."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.model.accrual import day_fraction, interest_down
from penstock.model.floating import with_coupons
from penstock.model.pots import principal_pot
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.state import DealState
from penstock.model.terms import ArrearsRule, DayCount, DealTerms, Fee, FeeBase, PrincipalKind, Reserve, RungKind
from penstock.model.units import WAD, DayFraction, mul_div_down, mul_div_up


@dataclass(slots=True)
class Dues:
    """
    What each claim may take this period, in base units; lists run parallel to the terms.

    interest : interest on arrears + arrears + current. principal : scheduled + arrears, or the balance at the end.
    current_interest, scheduled_principal : this period's debt service, without arrears.
    pik : interest that joins the balance before principal is due.
    fees : what falls due, after the cap. fees_accrued : before the cap, arrears included.
    targets : of the reserves. coupons : what the tranches bear, in wad.
    asset_value : as reported; 0 where it is not. principal_pot : how much of the collections is principal.
    """

    interest: list[int]
    principal: list[int]
    current_interest: list[int]
    scheduled_principal: list[int]
    pik: list[int]
    fees: list[int]
    fees_accrued: list[int]
    targets: list[int]
    coupons: list[int] = field(default_factory=list)
    asset_value: int = 0
    principal_pot: int = 0


def days_of(terms: DealTerms, period: int, day_count: DayCount) -> DayFraction:
    """The day fraction of a period: from the accrual date before it to its own."""
    if day_count is DayCount.ACT_ACT_ICMA:
        return terms.icma[period - 1]
    start = terms.accrual_dates[period - 2] if period > 1 else terms.closing
    return day_fraction(day_count, start, terms.accrual_dates[period - 1], period == terms.periods)


def current_interest(terms: DealTerms, tranche: int, balance: int, period: int) -> int:
    """Interest of one period on a balance, at the tranche's coupon of that period."""
    owed = terms.tranches[tranche]
    return interest_down(balance, owed.coupon(period), days_of(terms, period, owed.day_count))


def paid_in_kind(terms: DealTerms, tranche: int, balance: int, period: int) -> int:
    """Interest of one period that joins the balance it accrued on, as far as the balance may grow."""
    owed = terms.tranches[tranche]
    if not owed.pik or period > owed.pik_last:
        return 0
    interest = interest_down(balance, owed.pik, days_of(terms, period, owed.day_count))
    return min(interest, terms.max_amount - balance)


def interest_on_arrears(terms: DealTerms, tranche: int, arrears: int, period: int) -> int:
    """Interest of one period on interest arrears: at the coupon, coupon + spread, or nothing."""
    owed = terms.tranches[tranche]
    if owed.arrears not in (ArrearsRule.COUPON, ArrearsRule.SPREAD):
        return 0
    return interest_down(arrears, owed.coupon(period) + owed.spread, days_of(terms, period, owed.day_count))


def scheduled_principal(terms: DealTerms, tranche: int, balance: int, period: int) -> int:
    """Principal that falls due in a period by the schedule alone, never more than the balance."""
    owed = terms.tranches[tranche]
    if owed.residual:
        return 0
    if period == terms.periods:
        return balance
    return min(balance, owed.schedule[period - 1]) if owed.principal is PrincipalKind.SCHEDULE else 0


def dues(
    terms: DealTerms, state: DealState, period: int, collections: int, report: Report, called: bool = False
) -> Dues:
    """
    Everything owed in `period` 1..periods. `collections` matters only to fees charged on collections.

    called : by a clean-up call everything falls due, as in the last period, and fees beyond what falls due of them
    otherwise. Debt service is what it is without the call.
    """
    terms = with_coupons(terms, state, report)
    owed = Dues([], [], [], [], [], [], [], [], [], report.asset_value or 0, principal_pot(terms, collections, report))
    final = called or period == terms.periods
    for index, tranche in enumerate(terms.tranches):
        balance, arrears = state.balance[index], state.interest_arrears[index]
        current = 0 if tranche.residual else current_interest(terms, index, balance, period)
        in_kind = paid_in_kind(terms, index, balance, period)
        balance += in_kind
        scheduled = scheduled_principal(terms, index, balance, period)
        if tranche.residual:
            principal = 0
        elif final or tranche.principal.is_open:
            principal = balance
        else:
            principal = min(balance, scheduled + state.principal_arrears[index])
        owed.current_interest.append(current)
        owed.scheduled_principal.append(scheduled)
        owed.pik.append(in_kind)
        owed.coupons.append(tranche.coupon(period))
        owed.interest.append(current + arrears + interest_on_arrears(terms, index, arrears, period))
        owed.principal.append(principal)
    if terms.repays_to_target and report.asset_value is not None and not final:
        limit_to_target(terms, state, owed, report.asset_value)
    for index, fee in enumerate(terms.fees):
        arrears = state.fee_arrears[index]
        accrued = fee_accrual_down(terms, state, fee, period, collections, report)
        if called:
            accrued = fee_accrual_called(fee, accrued)
        owed.fees_accrued.append(accrued + arrears)
        capped = fee.cap is not None and not called
        owed.fees.append(min(accrued + arrears, fee.cap or 0) if capped else accrued + arrears)
    for reserve in range(len(terms.reserves)):
        owed.targets.append(0 if final else reserve_target(terms, state, owed, reserve, period))
    return owed


def write_down(terms: DealTerms, state: DealState, loss: int) -> list[int]:
    """Reduces balances by a reported loss, most junior first, not below zero; returns the loss of each tranche."""
    borne = [0] * len(terms.tranches)
    if not terms.write_down:
        return borne
    for index in reversed(range(len(terms.tranches))):
        part = min(loss, state.balance[index])
        state.balance[index] -= part
        state.principal_arrears[index] = min(state.principal_arrears[index], state.balance[index])
        if index < len(state.written_down):
            state.written_down[index] = min(state.written_down[index] + part, terms.max_amount)
        borne[index] = part
        loss -= part
    return borne


def join_pik(state: DealState, owed: Dues) -> None:
    """Adds what is paid in kind to the balances."""
    state.balance = [balance + more for balance, more in zip(state.balance, owed.pik, strict=True)]


def limit_to_target(terms: DealTerms, state: DealState, owed: Dues, asset_value: int) -> None:
    """
    Principal due of TARGET_OC tranches: what their balance and all senior ones are above what the asset value covers,
    rounded up, less what is due to the senior ones. Without an asset value it stays what cash may repay: the balance.
    """
    balances = senior_dues = 0
    for index, tranche in enumerate(terms.lenders):
        balance = state.balance[index] + owed.pik[index]
        balances += balance
        if tranche.principal is PrincipalKind.TARGET_OC:
            if tranche.oc_ratio:
                covered = mul_div_down(asset_value, WAD, tranche.oc_ratio)
            else:
                covered = max(0, asset_value - tranche.oc_amount)
            owed.principal[index] = min(balance, max(0, balances - covered - senior_dues))
        senior_dues += owed.principal[index]


def late_dues(terms: DealTerms, state: DealState, collections: int) -> Dues:
    """What is owed after the last period: arrears and balances; nothing accrues."""
    balances = [0 if t.residual else state.balance[i] for i, t in enumerate(terms.tranches)]
    nothing = [0] * len(terms.tranches)
    return Dues(
        interest=list(state.interest_arrears),
        principal=balances,
        current_interest=nothing,
        scheduled_principal=nothing,
        pik=nothing,
        coupons=nothing,
        fees=list(state.fee_arrears),
        fees_accrued=list(state.fee_arrears),
        targets=[0] * len(terms.reserves),
        principal_pot=principal_pot(terms, collections, NOTHING_REPORTED),
    )


def fee_accrual_down(
    terms: DealTerms, state: DealState, fee: Fee, period: int, collections: int, report: Report
) -> int:
    """What a fee adds in a period, before cap and arrears, rounded down. What is not reported adds nothing."""
    if not fee.first_period <= period <= fee.last_period:
        return 0
    if fee.base is FeeBase.FIXED:
        return fee.amount
    if fee.base is FeeBase.LISTED:
        return fee.amounts[period - 1]
    if fee.base is FeeBase.REPORT:
        return report.field(fee.field) or 0
    if fee.base is FeeBase.COLLECTIONS:
        return mul_div_down(collections, fee.rate, WAD)
    base = state.balance[fee.tranche] if fee.base is FeeBase.BALANCE else report.asset_value or 0
    return interest_down(base, fee.rate, days_of(terms, period, terms.tranches[fee.tranche].day_count))


def fee_accrual_called(fee: Fee, accrued: int) -> int:
    """
    What accrues of a fee in a called period: all of it, so that its payee gets what the cap would keep for later. At
    most the cap where nothing is kept, and where a report decides, which must not raise the price of a call further.
    """
    if fee.cap is None or (fee.carry and fee.base not in (FeeBase.REPORT, FeeBase.ASSET_VALUE)):
        return accrued
    return min(accrued, fee.cap)


def reserve_target(terms: DealTerms, state: DealState, owed: Dues, reserve: int, period: int) -> int:
    """
    What a reserve should hold after this period: its fixed or listed target, or the debt service of the periods ahead,
    and a part of the next one's, rounded up, on the balances that scheduled payments leave; zero after the last period.
    """
    held = terms.reserves[reserve]
    if period == terms.periods:
        return 0
    if not held.ahead:
        return held.targets[period - 1] if held.targets else held.target
    whole = _service_ahead(terms, state, owed, held, period, held.ahead[period - 1])
    if not (held.parts and held.parts[period - 1][0]):
        return whole
    months, of = held.parts[period - 1]
    more = _service_ahead(terms, state, owed, held, period, held.ahead[period - 1] + 1) - whole
    return whole + mul_div_up(more, months, of)


def _service_ahead(terms: DealTerms, state: DealState, owed: Dues, held: Reserve, period: int, count: int) -> int:
    """The supported debt service of so many periods after one."""
    service = 0
    for index, tranche in enumerate(terms.tranches):
        counts_interest = (RungKind.INTEREST, index) in held.supports
        counts_principal = (RungKind.PRINCIPAL, index) in held.supports
        if not (counts_interest or counts_principal):
            continue
        payable = 0 if tranche.principal.is_open else owed.principal[index]
        balance = state.balance[index] + owed.pik[index] - payable
        for ahead in range(period + 1, period + count + 1):
            if counts_interest:
                service += current_interest(terms, index, balance, ahead)
            balance += paid_in_kind(terms, index, balance, ahead)
            principal = scheduled_principal(terms, index, balance, ahead)
            if counts_principal:
                service += principal
            balance -= principal
    return service
