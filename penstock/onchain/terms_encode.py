"""A deal's terms as the bytes that its own code holds: see `terms_layout` for what is where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from penstock.model.dues import days_of
from penstock.model.terms import (
    CleanUpCall,
    DayCount,
    DealTerms,
    Fee,
    FeeBase,
    FloatingCoupon,
    Metric,
    PrincipalKind,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
    pays_a_lender,
)
from penstock.onchain import terms_layout as layout
from penstock.onchain.terms_layout import (
    BEFORE_LENDERS,
    FIXED_TARGET,
    NO_CAP,
    NO_FILL,
    NONE,
    OF_PRINCIPAL,
    PASSING,
    Direction,
    FeeFlag,
    Flag,
    uint,
)

NO_ADDRESS = "0x" + "00" * 20

MAX_TERMS = 24_576 - 45
"""What a deal's code has room for, in bytes: EIP-170 limits it, and the clone's own 45 bytes come before the terms."""


class RowPlan:
    """
    What is where in the rows of a deal.

    days_at : of each day count that lenders or the promote use. ahead_at, parts_at : of each reserve, or FIXED_TARGET.
    schedules : of each tranche, where its scheduled amount is and how many bytes it takes; 0 bytes without a schedule.
    fees, targets : the same of the listed amount of each fee, of the listed target of each reserve.
    """

    def __init__(self, terms: DealTerms) -> None:
        at = layout.Row.length()
        self.days_at: dict[DayCount, int] = {}
        used = [each.day_count for each in terms.lenders] + ([terms.promote.day_count] if terms.promote else [])
        for day_count in used:
            if day_count not in self.days_at:
                self.days_at[day_count] = at
                at += layout.RowDays.length()
        self.ahead_at: list[int] = []
        for reserve in terms.reserves:
            self.ahead_at.append(at if reserve.ahead else FIXED_TARGET)
            at += layout.RowAhead.length() if reserve.ahead else 0
        self.parts_at: list[int] = []
        for reserve in terms.reserves:
            self.parts_at.append(at if reserve.parts else FIXED_TARGET)
            at += layout.RowPart.length() if reserve.parts else 0
        places = []
        for amounts in _listed(terms):
            width = _width(max(amounts)) if amounts else 0
            places.append((at, width))
            at += width
        tranches, fees = len(terms.tranches), len(terms.fees)
        self.schedules, self.fees = places[:tranches], places[tranches : tranches + fees]
        self.targets = places[tranches + fees :]
        self.length = at

    def pack(self, terms: DealTerms, period: int) -> bytes:
        packed = layout.Row(terms.accrual_dates[period - 1], terms.payment_dates[period - 1]).pack()
        for day_count in self.days_at:
            packed += layout.RowDays(*days_of(terms, period, day_count)).pack()
        for reserve in terms.reserves:
            if reserve.ahead:
                packed += layout.RowAhead(reserve.ahead[period - 1]).pack()
        for reserve in terms.reserves:
            if reserve.parts:
                packed += layout.RowPart(*reserve.parts[period - 1]).pack()
        places = [*self.schedules, *self.fees, *self.targets]
        for amounts, (_, width) in zip(_listed(terms), places, strict=True):
            if width:
                packed += uint(amounts[period - 1], width)
        return packed


def _listed(terms: DealTerms) -> list[tuple[int, ...]]:
    """The amounts that rows list, or none: of each tranche's schedule, each fee, each reserve's targets."""
    schedules = [each.schedule for each in terms.tranches]
    return [*schedules, *(each.amounts for each in terms.fees), *(each.targets for each in terms.reserves)]


def encode_terms(
    terms: DealTerms,
    asset: str,
    payees: Mapping[str, str],
    policy: str = NO_ADDRESS,
    reports: str = NO_ADDRESS,
) -> bytes:
    """
    Packs the terms of one launch.

    Parameters
    ----------
    asset, policy, reports : addresses; the zero address for no policy and no report source.
    payees : the address behind each payee label.

    Returns
    -------
    The immutable arguments of the deal's clone.

    Raises
    ------
    OverflowError : when a value does not fit its field, or the terms are longer than offsets reach.
    """
    row = RowPlan(terms)
    steps_at = layout.Header.length() + layout.Tranche.length() * len(terms.tranches)
    coupons = [layout.CouponStep(*step).pack() for tranche in terms.tranches for step in tranche.coupons]
    floating = [_floating(place, each.floating) for place, each in enumerate(terms.tranches) if each.floating]
    targets = [layout.OcTarget(each.oc_ratio, each.oc_amount).pack() for each in terms.tranches if _has_target(each)]
    parts = [
        [*floating, *targets, *_promote(terms, row)],
        [_fee(fee, payees[fee.payee], *place) for fee, place in zip(terms.fees, row.fees, strict=True)],
        [_reserve(*each) for each in zip(terms.reserves, row.ahead_at, row.parts_at, row.targets, strict=True)],
        [_test(test) for test in terms.tests] + [layout.ReportField(each.unit).pack() for each in terms.fields],
        [*_rungs(terms.normal), *_rungs(terms.principal)],
        _rungs(terms.enforcement),
        _call(terms.call, payees),
        [_rows(terms)],
        _moves(terms, payees),
        [layout.Texts(terms.share_decimals).pack(), *_texts(terms)],
    ]
    sections = [b"".join(coupons), *map(b"".join, parts)]
    _, floating_at, fees_at, reserves_at, tests_at, normal_at, enforcement_at, call_at, rows_at, _, texts_at = _begins(
        steps_at, sections
    )
    targets_at = floating_at + len(b"".join(floating))
    header = layout.Header(
        format=layout.FORMAT,
        asset=asset,
        reports=reports,
        policy=policy,
        closing=terms.closing,
        periods=terms.periods,
        tranches=len(terms.tranches),
        fees=len(terms.fees),
        reserves=len(terms.reserves),
        tests=len(terms.tests),
        normal_rungs=len(terms.normal) + len(terms.principal),
        enforcement_rungs=len(terms.enforcement),
        enforce_on=sum(1 << test for test in terms.enforce_on),
        flags=_flags(terms),
        decimals=terms.decimals,
        grace=terms.grace,
        report_fields=len(terms.fields),
        floating=len(floating),
        row_length=row.length,
        floating_at=floating_at,
        fees_at=fees_at,
        reserves_at=reserves_at,
        tests_at=tests_at,
        normal_at=normal_at,
        enforcement_at=enforcement_at,
        rows_at=rows_at,
        texts_at=texts_at,
        principal_rungs=len(terms.principal),
        principal_field=terms.principal_field,
        call_at=call_at if terms.call else 0,
        promote_at=targets_at + len(b"".join(targets)) if terms.promote else 0,
    )
    return b"".join([header.pack(), *_tranches(terms, row, steps_at, targets_at), *sections])


def most_periods(terms: DealTerms) -> int:
    """How many periods like its own the terms of a deal have room for."""
    payees = dict.fromkeys(terms.payees, NO_ADDRESS)
    first = replace(terms, accrual_dates=terms.accrual_dates[:1], payment_dates=terms.payment_dates[:1])
    try:
        left = MAX_TERMS - len(encode_terms(first, NO_ADDRESS, payees))
    except OverflowError:  # coupon steps alone are more than an offset reaches
        return 0
    return 0 if left < 0 else 1 + left // RowPlan(terms).length


@lru_cache(maxsize=16)
def _rows(terms: DealTerms) -> bytes:
    """The longest part, and the same in every launch of the same terms."""
    plan = RowPlan(terms)
    return b"".join([plan.pack(terms, period) for period in range(1, terms.periods + 1)])


def _begins(at: int, sections: Sequence[bytes]) -> Iterator[int]:
    for section in sections:
        yield at
        at += len(section)


def _flags(terms: DealTerms) -> Flag:
    raised = {
        Flag.WRITES_DOWN: terms.write_down,
        Flag.READS_REPORTS: terms.reads_reports,
        Flag.FEES_CARRY: any(fee.carry for fee in terms.fees),
        Flag.NARROW: terms.narrow,
        Flag.LIMITS_FILL: any(reserve.fill is not None for reserve in terms.reserves),
        Flag.HOLDS_PARTS: any(reserve.parts for reserve in terms.reserves),
        Flag.TRAPS_SUPPORT: any(test.supports for test in terms.tests),
        Flag.PAYS_IN_KIND: any(tranche.pik for tranche in terms.tranches),
        Flag.DELAYS: terms.delays,
        Flag.GRACE: bool(terms.grace),
        Flag.FLOATS: terms.floats,
        Flag.REPAYS_TO_TARGET: terms.repays_to_target,
        Flag.JUDGES: not all(test.is_plain for test in terms.tests),
        Flag.TRAPS_ALWAYS: terms.traps_always,
        Flag.PROMOTES: terms.promote is not None,
        Flag.TWO_POTS: terms.two_pots,
        Flag.CALLABLE: terms.call is not None,
        Flag.RECOVERS: terms.recovery is not None,
        Flag.FORCES: terms.forced is not None,
        Flag.DOCUMENTED: bool(terms.documents),
    }
    return Flag(sum(flag for flag, is_raised in raised.items() if is_raised))


def _tranches(terms: DealTerms, row: RowPlan, steps_at: int, targets_at: int) -> Iterator[bytes]:
    for tranche, (schedule_at, schedule_width) in zip(terms.tranches, row.schedules, strict=True):
        if _has_target(tranche):
            schedule_at, targets_at = targets_at, targets_at + layout.OcTarget.length()
        yield layout.Tranche(
            supply=tranche.supply,
            face=tranche.face,
            days_at=0 if tranche.residual else row.days_at[tranche.day_count],
            principal=tranche.principal,
            arrears=tranche.arrears,
            spread=tranche.spread,
            schedule_at=schedule_at,
            schedule_width=schedule_width or 1,
            steps_at=steps_at,
            steps=len(tranche.coupons),
            pik=tranche.pik,
            pik_last=tranche.pik_last,
        ).pack()
        steps_at += layout.CouponStep.length() * len(tranche.coupons)


def _has_target(tranche: Tranche) -> bool:
    return tranche.principal is PrincipalKind.TARGET_OC


def _floating(place: int, coupon: FloatingCoupon) -> bytes:
    return layout.FloatingCoupon(
        tranche=place,
        index=coupon.field,
        margin=coupon.margin,
        floor=coupon.floor,
        cap=coupon.cap,
        initial=coupon.initial,
        reset=layout.Reset.ARREARS if coupon.in_arrears else layout.Reset.ADVANCE,
        stale=coupon.stale,
    ).pack()


def _promote(terms: DealTerms, row: RowPlan) -> list[bytes]:
    promote = terms.promote
    if promote is None:
        return []
    days_at, hurdles, tiers = row.days_at[promote.day_count], len(promote.hurdles), len(promote.tiers)
    head = layout.Promote(promote.capital, promote.co_invest, days_at, hurdles, tiers)
    return [head.pack(), *(layout.Tier(each.kind, each.rate, each.part).pack() for each in promote.tiers)]


def _fee(fee: Fee, payee: str, amounts_at: int, amounts_width: int) -> bytes:
    return layout.Fee(
        base=fee.base,
        amount_or_rate=fee.amount if fee.base is FeeBase.FIXED else fee.rate,
        tranche=fee.field if fee.base is FeeBase.REPORT else fee.tranche,
        cap=NO_CAP if fee.cap is None else fee.cap,
        flags=FeeFlag(FeeFlag.CARRIES * fee.carry | FeeFlag.OPEX * fee.opex),
        first_period=fee.first_period,
        last_period=fee.last_period,
        amounts_at=amounts_at,
        amounts_width=amounts_width or 1,
        payee=payee,
    ).pack()


def _reserve(reserve: Reserve, ahead_at: int, parts_at: int, listed: tuple[int, int]) -> bytes:
    targets_at, targets_width = listed
    return layout.Reserve(
        opening=reserve.opening,
        target=reserve.target,
        fill=NO_FILL if reserve.fill is None else reserve.fill,
        ahead_at=ahead_at,
        parts_at=parts_at,
        targets_at=targets_at if targets_width else 0,
        targets_width=targets_width,
        **_bitmaps(reserve),
    ).pack()


def _test(test: Test) -> bytes:
    return layout.Test(
        initial=test.initial,
        report_field=test.field,
        over=test.over,
        direction=Direction.ABOVE if test.above else Direction.BELOW,
        metric=test.metric,
        tranche=test.reserve if test.metric is Metric.RESERVE_LEVEL else test.tranche,
        threshold=test.threshold,
        cure=test.cure,
        **_bitmaps(test),
    ).pack()


def _bitmaps(pot: Reserve | Test) -> dict[str, int]:
    """What a reserve or a trap supports, by the kinds of rungs."""
    found = dict.fromkeys(("fee", "interest", "principal", "all", "sweep"), 0)
    for kind, target in pot.supports:
        found[kind.name.lower()] |= 1 << target
    return found


def _rungs(ladder: Sequence[Rung]) -> list[bytes]:
    return [_rung(rung, ladder[place:]) for place, rung in enumerate(ladder, start=1)]


def _rung(rung: Rung, below: Sequence[Rung]) -> bytes:
    none = BEFORE_LENDERS if rung.kind is RungKind.TRAP and pays_a_lender(below, rung.test) else NONE
    none = OF_PRINCIPAL if rung.of_principal else none
    target, *others = rung.targets or (none,)
    test = NONE if rung.test is None else rung.test + PASSING * rung.passing
    return layout.Rung(rung.kind, target, sum(1 << each for each in others), rung.fraction, test).pack()


def _call(call: CleanUpCall | None, payees: Mapping[str, str]) -> list[bytes]:
    return [] if call is None else [layout.Call(payees[call.payee], call.below).pack()]


def _moves(terms: DealTerms, payees: Mapping[str, str]) -> list[bytes]:
    recovery, forced = terms.recovery, terms.forced
    if recovery is None and forced is None:
        return []
    recovered = (NO_ADDRESS, NO_ADDRESS, 0)
    if recovery:
        recovered = (payees[recovery.by], payees[recovery.provider], recovery.days)
    moved = (payees[forced.by], forced.days) if forced else (NO_ADDRESS, 0)
    return [layout.Moves(*recovered, *moved).pack()]


def _texts(terms: DealTerms) -> Iterator[bytes]:
    names = [each for tranche in terms.tranches for each in (tranche.id, tranche.symbol)]
    documents = [text for each in terms.documents for text in (each.title, each.link, each.sha256)]
    for text in (terms.name, *names, *(each.id for each in terms.fields), *documents):
        encoded = text.encode()
        yield layout.Text(len(encoded)).pack() + encoded


def _width(amount: int) -> int:
    return max(1, (amount.bit_length() + 7) // 8)
