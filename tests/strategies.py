"""Hypothesis strategies: `deals()`, `flows(terms)` and `lives()`, a deal with its flows.

They know the terms and the rules of the deal file, and nothing of the model or the contracts, so that both can be
tested with them. Every choice is read from a few fixed blocks of bytes, one block for each part of a deal: a deal takes
about a millisecond, and Hypothesis shrinks it by turning bytes to zero, which is always the plainest choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from penstock.dealfile.calendar import ahead, delayed, parts
from penstock.dealfile.pots import missing_interest
from penstock.dealfile.values import Delay
from penstock.model.accrual import icma_fractions
from penstock.model.calendar import RegularDates, Roll, month_end, roll_date
from penstock.model.report import Report
from penstock.model.rungs import Pays
from penstock.model.terms import (
    ArrearsRule,
    CleanUpCall,
    DayCount,
    DealTerms,
    Fee,
    FeeBase,
    FloatingCoupon,
    Metric,
    PrincipalKind,
    Promote,
    ReportField,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tier,
    TierKind,
    Tranche,
    Unit,
)
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD, DayFraction

SPARE_BITS = 5
"""What the largest single amount leaves of the bits an amount may have: a life of 25 of them and all faces fit."""


def most_of(terms: DealTerms) -> int:
    """The largest single amount that is drawn for a deal."""
    return terms.max_amount >> SPARE_BITS


Choice = TypeVar("Choice")
Draw = Callable[[st.SearchStrategy[Any]], Any]
_BLOCK = st.binary(min_size=32, max_size=32)


class Flows(NamedTuple):
    """What comes from outside in each period."""

    collections: list[int]
    reports: list[Report]
    late: int


class Life(NamedTuple):
    terms: DealTerms
    flows: Flows


class _Choices:
    """Reads choices off blocks of bytes. Zero bytes choose the first, the smallest, the absent."""

    def __init__(self, draw: Draw, most: int = MAX_AMOUNT >> SPARE_BITS, feature: str = "") -> None:
        self._draw, self.most, self._feature = draw, most, feature
        self._left = b""

    def part(self) -> None:
        """Begins another part of the deal: what it draws leaves the parts behind it as they are."""
        self._left = self._draw(_BLOCK)

    def number(self, size: int) -> int:
        """A number of `size` bytes."""
        if len(self._left) < size:
            self.part()
        taken, self._left = self._left[:size], self._left[size:]
        return int.from_bytes(taken, "big")

    def upto(self, most: int) -> int:
        return self.number(1 if most < 256 else 2) % (most + 1)

    def one_in(self, times: int) -> bool:
        return self.number(1) >= 256 - 256 // times

    def has(self, feature: str, times: int) -> bool:
        """Whether the deal has a feature here: once in so many times, or every other time where it is asked for."""
        return self.one_in(2 if feature == self._feature else times)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.number(1) % len(choices)]

    def subset(self, choices: Sequence[Choice]) -> list[Choice]:
        bits = self.number(2)
        return [choice for index, choice in enumerate(choices) if bits >> index & 1]

    def amount(self, around: int) -> int:
        """Nothing, a base unit, a round part of `around`, an odd one, or anything at all; never more than `most`."""
        kind = self.number(1) % 16
        if kind < 2:
            return kind
        if kind < 8:
            return min(self.most, around * self.number(1) // 64)
        if kind < 14:
            return min(self.most, around * self.number(3) // 2**22)
        return min(self.most, self.number(12) >> (self.number(1) % 96))

    def rate(self) -> int:
        """A ratio in wad: nothing, whole per cents, up to a hundred per cent with all its digits, or up to 1000 %."""
        kind = self.number(1) % 8
        if kind == 0:
            return 0
        if kind < 5:
            return self.upto(20) * WAD // 100
        return self.number(8) % WAD if kind < 7 else self.number(8) % (10 * WAD)


FEATURES: dict[str, Callable[[DealTerms], bool]] = {
    "paid in kind": lambda terms: any(each.pik for each in terms.tranches),
    "floating": lambda terms: terms.floats,
    "target OC": lambda terms: terms.repays_to_target,
    "deferral": lambda terms: any(rung.passing for rung in terms.normal),
    "clean-up call": lambda terms: terms.call is not None,
    "payment delay": lambda terms: terms.delays,
    "grace": lambda terms: bool(terms.grace),
    "three pari passu": lambda terms: any(len(rung.targets) > 2 for rung in terms.normal),
    "listed fees": lambda terms: any(each.amounts for each in terms.fees),
    "reported fees": lambda terms: any(each.base is FeeBase.REPORT for each in terms.fees),
    "parts of reserves": lambda terms: any(each.parts for each in terms.reserves),
    "listed targets": lambda terms: any(each.targets for each in terms.reserves),
    "fill": lambda terms: any(each.fill is not None for each in terms.reserves),
    "traps that help": lambda terms: any(each.supports for each in terms.tests),
    "other tests": lambda terms: any(each.metric is not Metric.DSCR for each in terms.tests),
    "two pots": lambda terms: terms.two_pots,
    "diversion": lambda terms: any(rung.kind is RungKind.DIVERT for rung in terms.rungs),
    "several periods": lambda terms: any(each.over > 1 for each in terms.tests),
    "promote": lambda terms: terms.promote is not None,
}
"""What deals may have, by a name: `deals(name)` draws deals that do."""


def deals(feature: str = "") -> st.SearchStrategy[DealTerms]:
    """Any valid deal of 1 to 24 periods and 2 to 16 tranches, most with fewer than 9. feature : one it has."""
    drawn: st.SearchStrategy[DealTerms] = _deals(feature)
    return drawn.filter(FEATURES[feature]) if feature else drawn


@st.composite
def _deals(draw: Draw, feature: str) -> DealTerms:
    choices = _Choices(draw, feature=feature)
    choices.part()
    decimals = choices.pick((6, 2, 18, 0))
    narrow = decimals < 18 and choices.one_in(2)
    choices.most = (MAX_NARROW_AMOUNT if narrow else MAX_AMOUNT) >> SPARE_BITS
    tranches = 2 + (choices.upto(14) if choices.one_in(16) else min(choices.upto(6), choices.upto(6)))
    fees = choices.upto(16) if choices.one_in(16) else choices.upto(4)
    reserves, tests = choices.upto(4) // 2 + choices.upto(2), choices.upto(3) * choices.upto(3)
    reserves, tests = min(4, reserves), min(8, tests)
    write_down = choices.one_in(2)
    closing, accrual, payment, icma, delays = _calendar(choices)
    periods = len(accrual)
    around = 10 ** (decimals + choices.upto(7))
    day_counts = DAY_COUNTS if icma else DAY_COUNTS[:-1]
    two_pots = choices.has("two pots", 6)
    field_list = _fields(choices, two_pots)
    stack = tuple(
        _tranche(choices, index, tranches, periods, decimals, around, day_counts, field_list)
        for index in range(tranches)
    )
    fee_list = tuple(
        _fee(choices, index, tranches, periods, around // (10 * periods), field_list) for index in range(fees)
    )
    test_list = tuple(_test(choices, index, tranches - 1, reserves, field_list, around) for index in range(tests))
    reserve_list = tuple(_reserve(choices, index, tranches, fees, accrual, around) for index in range(reserves))
    choices.part()
    enforce_on = tuple(choices.subset(range(tests)))[:2] if choices.one_in(2) else ()
    lenders = tranches - 1
    normal = _ladder(choices, lenders, fees, reserve_list, tests, traps=True)
    normal = (
        _deferring(choices, normal, tests, stack) if tests and not two_pots and choices.has("deferral", 4) else normal
    )
    if tests and choices.has("diversion", 4):
        test_list = (replace(_oc(choices), tranche=choices.upto(lenders - 1)), *test_list[1:])
        normal = _diverting(choices, normal, test_list[0].tranche)
    principal: tuple[Rung, ...] = ()
    if two_pots:
        normal, principal = _pots(choices, normal, stack, test_list, fee_list)
    enforcement = _ladder(choices, lenders, fees, reserve_list, tests, traps=choices.one_in(4)) if enforce_on else ()
    enforcement = _repaying_all(enforcement) if principal else enforcement
    every = (*normal, *principal, *enforcement)
    reserve_list = tuple(_of_rungs(reserve, every, stack) for reserve in reserve_list)
    test_list = tuple(_trap(choices, index, each, every, stack) for index, each in enumerate(test_list))
    promote = _promote(choices, around, day_counts) if tranches < 16 and choices.has("promote", 4) else None
    if promote is not None:
        stack = (*stack, _tranche(choices, tranches, tranches + 1, periods, decimals, around, day_counts, field_list))
        normal, principal, enforcement = (_of_classes(each, lenders) for each in (normal, principal, enforcement))
    used = [each.day_count for each in stack] + ([promote.day_count] if promote else [])
    return DealTerms(
        name="any",
        asset="USD",
        decimals=decimals,
        closing=closing,
        accrual_dates=accrual,
        payment_dates=payment,
        tranches=stack,
        normal=normal,
        principal=principal,
        principal_field=len(field_list) - 1 if principal else 0,
        enforcement=enforcement,
        enforce_on=enforce_on,
        fees=fee_list,
        reserves=reserve_list,
        tests=test_list,
        fields=field_list,
        write_down=write_down,
        narrow=narrow,
        icma=icma if DayCount.ACT_ACT_ICMA in used else (),
        delays=delays,
        grace=_grace(choices, payment, accrual if delays else ()),
        call=_call(choices) if promote is None and not any(_is_unbounded(fee) for fee in fee_list) else None,
        promote=promote,
    )


@st.composite
def flows(draw: Draw, terms: DealTerms) -> Flows:
    """Nothing, a base unit, drought, plenty, flood, gifts, reports of some fields or none, and late revenue."""
    choices = _Choices(draw, most_of(terms))
    choices.part()
    regime = choices.upto(7)
    around = max(1, sum(tranche.face for tranche in terms.tranches) // terms.periods)
    collections, reports = [], []
    for period in range(terms.periods):
        collections.append(_collections(choices, regime, around, period))
        loss = choices.amount(around) if choices.one_in(8) else None
        value = choices.amount(around * terms.periods) if choices.one_in(2) else None
        fields = tuple(_figure(choices, each, around) if choices.one_in(2) else None for each in terms.fields)
        reports.append(Report(loss, value, fields))
    return Flows(collections, reports, choices.amount(around) if choices.one_in(3) else 0)


@st.composite
def lives(draw: Draw, feature: str = "") -> Life:
    terms = draw(deals(feature))
    return Life(terms, draw(flows(terms)))


def _figure(choices: _Choices, field: ReportField, around: int) -> int:
    if field.unit is Unit.RATIO:
        return choices.rate()
    return choices.amount(around) if field.unit is Unit.AMOUNT else choices.number(choices.pick((1, 2, 12)))


def _collections(choices: _Choices, regime: int, around: int, period: int) -> int:
    if regime == 0:
        return 0
    if regime == 1:
        return 1
    if regime == 2:  # drought
        return min(choices.most, around * choices.number(1) // 1024)
    if regime == 3:  # drought, then plenty
        return min(choices.most, around * choices.number(1) // (2048 if period % 8 < 4 else 64))
    if regime == 4:  # flood
        return min(choices.most, around * choices.number(1))
    return choices.amount(around)  # plenty, gifts and nothing


def _calendar(
    choices: _Choices,
) -> tuple[date, tuple[date, ...], tuple[date, ...], tuple[DayFraction, ...], bool]:
    """
    Closing, accrual dates, payment dates, for regular dates what ACT/ACT (ICMA) makes of them, and whether there is a
    payment delay.
    """
    closing = date(2024, 1, 1) + timedelta(days=choices.upto(1500))
    periods = 1 + min(choices.upto(23), choices.upto(23))
    months = choices.pick((3, 1, 6, 12, 0))
    icma: tuple[DayFraction, ...] = ()
    if months:
        first = closing + timedelta(days=1 + choices.upto(200))
        at_month_ends = choices.one_in(3)
        regular = RegularDates(month_end(first) if at_month_ends else first, months, at_month_ends)
        accrual = tuple(regular.at(index) for index in range(periods))
        icma = icma_fractions(closing, regular, accrual)
    else:  # listed dates
        days = [1 + choices.upto(255)]
        for _ in range(periods - 1):
            days.append(days[-1] + 7 + choices.upto(200))
        accrual = tuple(closing + timedelta(days=day) for day in days)
    roll = choices.pick((Roll.NONE, Roll.MODIFIED_FOLLOWING, Roll.FOLLOWING))
    payment = tuple(roll_date(day, roll) for day in accrual)
    if not choices.has("payment delay", 3):
        return closing, accrual, payment, icma, False
    return closing, accrual, _delayed(choices, accrual, roll), icma, True


def _grace(choices: _Choices, payment: Sequence[date], accrual: Sequence[date]) -> int:
    """Days, fewer than between any two payment dates, and with a delay no more than to the next accrual date."""
    choices.part()
    most = min([30, *((after - day).days - 1 for day, after in pairwise(payment))])
    most = min([most, *((after - day).days for day, after in zip(payment, accrual[1:], strict=False))])
    return 1 + choices.upto(most - 1) if most > 0 and choices.has("grace", 3) else 0


def _is_unbounded(fee: Fee) -> bool:
    """Whether a report could raise the price of a call by it without bound."""
    return fee.base is FeeBase.ASSET_VALUE and fee.cap is None


def _call(choices: _Choices) -> CleanUpCall | None:
    """From any part of the faces on, mostly from the beginning or from a late period."""
    choices.part()
    if not choices.has("clean-up call", 2):
        return None
    below = choices.pick((WAD, WAD // 10, 1 + choices.number(8) % WAD))
    return CleanUpCall(choices.pick(("operator", "trustee")), below)


def _delayed(choices: _Choices, accrual: Sequence[date], roll: Roll) -> tuple[date, ...]:
    """Payment dates some calendar or business days later, none after the next accrual date; on it at the latest."""
    apart = min([(after - day).days for day, after in pairwise(accrual)], default=90)
    business = apart > 9 and choices.one_in(2)
    days = 1 + choices.upto(min(45, apart - 1))
    delay = Delay(1 + days // 2, business=True) if business else Delay(days)
    payment = tuple(delayed(day, delay, roll, ()) for day in accrual)
    if any(paid > after for paid, after in zip(payment, accrual[1:], strict=False)):
        return tuple(day + timedelta(days=days) for day in accrual)
    return payment


DAY_COUNTS = (
    DayCount.THIRTY_360,
    DayCount.ACT_360,
    DayCount.ACT_365F,
    DayCount.THIRTY_E_360,
    DayCount.THIRTY_360_US,
    DayCount.THIRTY_E_360_ISDA,
    DayCount.THIRTY_365,
    DayCount.ACT_ACT_ISDA,
    DayCount.ACT_ACT_ICMA,
)


def _tranche(
    choices: _Choices,
    index: int,
    tranches: int,
    periods: int,
    decimals: int,
    around: int,
    day_counts: Sequence[DayCount],
    fields: Sequence[ReportField],
) -> Tranche:
    choices.part()
    residual = index == tranches - 1
    whole_shares = choices.pick((1, 7, 1000, 10**6))
    face = max(1, choices.amount(around) // whole_shares) * whole_shares
    supply = whole_shares * 10 ** min(decimals, 6)
    if residual:
        return Tranche(f"t{index}", f"T{index}", face, supply, residual=True)
    kind = choices.pick((PrincipalKind.BULLET, PrincipalKind.SCHEDULE, PrincipalKind.SCHEDULE, PrincipalKind.CASH))
    kind = PrincipalKind.TARGET_OC if choices.has("target OC", 5) else kind
    coupons = [(1, choices.rate())]
    for _ in range(choices.upto(7) // 5):
        first = coupons[-1][0] + 1 + choices.upto(periods)
        if first <= periods:
            coupons.append((first, choices.rate()))
    arrears = choices.pick(tuple(ArrearsRule))
    pik = choices.rate() if choices.has("paid in kind", 3) else 0
    ratios = [place for place, each in enumerate(fields) if each.unit is Unit.RATIO]
    floating = _floating(choices, ratios) if ratios and choices.has("floating", 2) else None
    to_target = kind is PrincipalKind.TARGET_OC
    ratio = WAD + choices.rate() if to_target and not choices.one_in(3) else 0
    return Tranche(
        id=f"t{index}",
        symbol=f"T{index}",
        face=face,
        supply=supply,
        coupons=tuple(coupons) if floating is None else ((1, floating.at(floating.initial)),),
        day_count=choices.pick(day_counts),
        principal=kind,
        schedule=_schedule(choices, face, periods) if kind is PrincipalKind.SCHEDULE else (),
        arrears=arrears,
        spread=choices.rate() if arrears is ArrearsRule.SPREAD else 0,
        pik=pik,
        pik_last=1 + choices.upto(periods - 1) if pik else 0,
        oc_ratio=ratio,
        oc_amount=choices.amount(around) if to_target and not ratio else 0,
        floating=floating,
    )


def _floating(choices: _Choices, ratios: Sequence[int]) -> FloatingCoupon:
    margin, floor = choices.rate() % (5 * WAD), choices.rate() % (5 * WAD)
    return FloatingCoupon(
        field=choices.pick(ratios),
        margin=margin,
        floor=floor,
        cap=min(max(1, margin + floor + choices.rate()), 10 * WAD),
        initial=choices.rate(),
        in_arrears=choices.one_in(2),
        stale=choices.upto(3),
    )


def _schedule(choices: _Choices, face: int, periods: int) -> tuple[int, ...]:
    """Equal parts or uneven ones, perhaps none for a while; the last period takes the rest of the face."""
    left, amounts = face, []
    even = not choices.one_in(2)
    for period in range(periods - 1):
        part = face // periods if even else left * choices.number(1) // (256 * (1 + choices.upto(periods - period)))
        amounts.append(part)
        left -= part
    return (*amounts, left)


def _fee(choices: _Choices, index: int, tranches: int, periods: int, around: int, fields: Sequence[ReportField]) -> Fee:
    choices.part()
    base = choices.pick(tuple(FeeBase))
    amounts = [place for place, each in enumerate(fields) if each.unit is Unit.AMOUNT]
    if base is FeeBase.REPORT and not amounts:
        base = FeeBase.LISTED
    always = base is FeeBase.LISTED or not choices.one_in(3)
    first = 1 if always else 1 + choices.upto(periods - 1)
    return Fee(
        id=f"f{index}",
        payee=choices.pick(("operator", "trustee")),
        base=base,
        amount=choices.amount(around) if base is FeeBase.FIXED else 0,
        rate=0
        if base in (FeeBase.FIXED, FeeBase.LISTED, FeeBase.REPORT)
        else choices.number(8) % WAD // choices.pick((100, 1)),
        tranche=choices.upto(tranches - 2) if base is FeeBase.BALANCE else 0,
        cap=choices.amount(around) if base is FeeBase.REPORT or choices.one_in(2) else None,
        carry=choices.one_in(2),
        opex=choices.one_in(2),
        first_period=first,
        last_period=periods if always else first + choices.upto(periods - first),
        amounts=(
            *(choices.amount(around) for _ in range(periods - 1)),
            1 + choices.amount(around),
        )
        if base is FeeBase.LISTED
        else (),
        field=choices.pick(amounts) if base is FeeBase.REPORT else 0,
    )


def _test(
    choices: _Choices, index: int, lenders: int, reserves: int, fields: Sequence[ReportField], around: int
) -> Test:
    """A DSCR, or any other test that the deal can make."""
    choices.part()
    ratio = WAD // 2 + choices.number(2) * WAD // 2**15 + choices.pick((0, 1, 10**9))
    plain = Test(f"c{index}", choices.upto(lenders - 1), ratio, cure=1 + choices.upto(6) // 2)
    several = choices.has("several periods", 4)
    if not several and not choices.has("other tests", 2):
        return plain
    llcr = next((place for place, each in enumerate(fields) if each.id == "llcr"), None)
    impossible = {Metric.LLCR: llcr is None, Metric.REPORT: not fields, Metric.RESERVE_LEVEL: not reserves}
    possible = [each for each in Metric if not impossible.get(each)]
    metric = choices.pick((Metric.DSCR, Metric.IC) if several else possible)
    found = replace(plain, metric=metric, above=choices.one_in(4))
    if metric in (Metric.DSCR, Metric.IC):
        return replace(found, over=2 + choices.upto(4) if several else 1)
    if metric in (Metric.OC, Metric.NOTE_FACTOR):
        return found if metric is Metric.OC else replace(found, threshold=1 + choices.upto(99) * WAD // 100)
    if metric is Metric.LLCR:
        return replace(found, field=llcr or 0)
    if metric is Metric.RESERVE_LEVEL:
        return replace(found, tranche=0, reserve=choices.upto(reserves - 1))
    if metric is Metric.POOL_FACTOR:
        return replace(found, tranche=0, initial=1 + choices.amount(around))
    field = choices.upto(len(fields) - 1)
    return replace(found, tranche=0, field=field, threshold=max(1, _figure(choices, fields[field], around)))


def _fields(choices: _Choices, two_pots: bool) -> tuple[ReportField, ...]:
    choices.part()
    needed = choices.has("floating", 4) or choices.has("reported fees", 8) or choices.has("other tests", 8)
    count = (1 + choices.upto(11)) if needed else 0
    fields = [ReportField(f"x{index}", choices.pick(tuple(Unit))) for index in range(count)]
    if fields and choices.one_in(2):
        fields[-1] = ReportField("llcr", Unit.RATIO)
    if two_pots:
        fields = [*fields[:11], ReportField("principal", Unit.AMOUNT)]
    return tuple(fields)


def _reserve(
    choices: _Choices, index: int, tranches: int, fees: int, accrual: tuple[date, ...], around: int
) -> Reserve:
    choices.part()
    lenders = range(tranches - 1)
    interest = [(RungKind.INTEREST, target) for target in choices.subset(lenders)]
    supports = interest + [(RungKind.PRINCIPAL, target) for target in choices.subset(lenders)]
    if choices.one_in(3):
        kind = choices.pick((RungKind.ALL, RungKind.SWEEP))
        supports += [(kind, target) for target in choices.subset(lenders)]
    supported_fees = [(RungKind.FEE, target) for target in choices.subset(range(fees))] if choices.one_in(2) else []
    reach = 1 + choices.upto(17)
    counts = ahead(accrual, reach) if choices.one_in(2) else ()
    rest = parts(accrual, reach, counts)
    months = any(counts) or bool(rest)
    if not interest and (months or not supported_fees):
        supports.append((RungKind.INTEREST, 0))  # in every ladder: something to support, something to look ahead to
    listed = not months and choices.one_in(4)
    return Reserve(
        id=f"r{index}",
        opening=choices.amount(around // 8),
        ahead=counts if months else (),
        parts=rest if months else (),
        target=0 if months or listed else choices.amount(around // 8),
        targets=(*(choices.amount(around // 8) for _ in accrual[1:]), 0) if listed else (),
        fill=1 + choices.amount(around // 32) if choices.one_in(4) else None,
        supports=(*supports, *supported_fees),
    )


def _trap(choices: _Choices, index: int, test: Test, rungs: Sequence[Rung], stack: Sequence[Tranche]) -> Test:
    """The test with support of its trap, where a ladder has one, for some rungs that take all they are due."""
    choices.part()
    if not any(rung.kind is RungKind.TRAP and rung.test == index for rung in rungs) or not choices.one_in(2):
        return test
    return replace(test, supports=tuple(choices.subset(sorted(_supported(rungs, stack)))))


def _of_rungs(reserve: Reserve, rungs: Sequence[Rung], stack: Sequence[Tranche]) -> Reserve:
    """The reserve with support for what it may support alone; if there is nothing else, for the first interest."""
    may = _supported(rungs, stack)
    supports = tuple(support for support in reserve.supports if support in may)
    return replace(reserve, supports=supports or ((RungKind.INTEREST, 0),))


def _supported(rungs: Sequence[Rung], stack: Sequence[Tranche]) -> set[tuple[RungKind, int]]:
    """What a pot may support: rungs that take all they are due, but for principal that no schedule limits."""
    partial = {(rung.kind, target) for rung in rungs for target in rung.targets if rung.fraction != WAD}
    paid = {(rung.kind, target) for rung in rungs for target in rung.targets if rung.rule.supported}
    open_ = {(RungKind.PRINCIPAL, place) for place, each in enumerate(stack) if each.principal.is_open}
    return paid - partial - open_


_PRINCIPAL_LIKE = (RungKind.PRINCIPAL, RungKind.ALL, RungKind.SWEEP)
_MOST_RUNGS = 64


def _ladder(
    choices: _Choices, lenders: int, fees: int, reserves: Sequence[Reserve], tests: int, traps: bool
) -> tuple[Rung, ...]:
    """A ladder that skips no lender: the rungs each must have, in rank; then any others where they may stand."""
    choices.part()
    rungs = _owed_rungs(choices, lenders)
    others = [Rung(RungKind.RESERVE, (reserve,), _part(choices)) for reserve in range(len(reserves))]
    others += [Rung(RungKind.FEE, (fee,), _part(choices), _while(choices, tests, 6)) for fee in range(fees)]
    for _ in range(choices.upto(3)):
        kind = choices.pick((RungKind.SWEEP, RungKind.SWEEP, RungKind.ALL, RungKind.PRINCIPAL, RungKind.INTEREST))
        first = choices.upto(lenders - 1)
        sharing = _sharing(choices, first, lenders, 4)
        fraction = _part(choices) if kind is RungKind.SWEEP else WAD
        others.append(Rung(kind, sharing, fraction, _while(choices, tests, 2)))
    if traps and tests:
        watched = choices.subset(range(tests))[:3] or [choices.upto(tests - 1)]
        others += [Rung(RungKind.TRAP, test=test) for test in watched]
    for rung in others:
        if rung not in rungs and len(rungs) < _MOST_RUNGS - 1:
            earliest = _earliest(rungs, rung, lenders, reserves)
            rungs.insert(earliest + choices.upto(len(rungs) - earliest), rung)
    return (*rungs, Rung(RungKind.RESIDUAL, (lenders,)))


def _promote(choices: _Choices, around: int, day_counts: Sequence[DayCount]) -> Promote:
    """Hurdles of rising returns, catch-ups of rising parts behind the first, then the rest."""
    choices.part()
    capital = max(1, choices.amount(around))
    co_invest = choices.pick((0, WAD // 10, choices.number(8) % WAD))
    tiers: list[Tier] = []
    rate, caught = choices.upto(8) * WAD // 100, 0
    for _ in range(choices.upto(6)):
        if tiers and choices.one_in(3) and caught < WAD - 2:
            caught += 1 + choices.pick((WAD // 5, choices.number(8))) % (WAD - 2 - caught)
            sponsor = choices.pick((WAD, caught + 1 + choices.number(8) % (WAD - caught)))
            tiers.append(Tier(TierKind.CATCH_UP, caught, WAD - sponsor))
        else:
            capital_part = choices.pick((WAD, WAD * 4 // 5, 1 + choices.number(8) % WAD))
            tiers.append(Tier(TierKind.HURDLE, rate, capital_part))
            rate += 1 + choices.rate() // 8
    tiers.append(Tier(TierKind.REST, 0, choices.pick((WAD * 7 // 10, 0, WAD, choices.number(8) % WAD))))
    return Promote(capital, co_invest, choices.pick(day_counts), tuple(tiers))


def _of_classes(ladder: Sequence[Rung], equity: int) -> tuple[Rung, ...]:
    """The ladder with a residual that two classes of equity share."""
    return tuple(
        replace(rung, targets=(equity, equity + 1)) if rung.rule.pays is Pays.EQUITY else rung for rung in ladder
    )


def _may_stop(rungs: Sequence[Rung], place: int, stack: Sequence[Tranche]) -> bool:
    """Whether a trap below a rung stops no principal that falls due of its lenders and of senior ones."""
    above = [rung for rung in rungs[:place] if rung.rule.repays and rung.test is None]
    targets = rungs[place].targets
    scheduled = {each for each in targets if stack[each].principal is PrincipalKind.SCHEDULE}
    return {*range(min(targets)), *scheduled} <= {target for rung in above for target in rung.targets}


def _deferring(choices: _Choices, ladder: Sequence[Rung], tests: int, stack: Sequence[Tranche]) -> tuple[Rung, ...]:
    """The ladder with interest that is deferred while a test fails, and below it what keeps the cash from juniors."""
    choices.part()
    test = choices.upto(tests - 1)
    rungs = [rung for rung in ladder if rung != Rung(RungKind.TRAP, test=test)]
    owed = [place for place, rung in enumerate(rungs) if rung.kind is RungKind.INTEREST and rung.test is None]
    owed = [place for place in owed if _may_stop(rungs, place, stack)]
    if not owed:
        return tuple(ladder)
    place = choices.pick(owed[::-1])
    deferred = rungs[place]
    stop = [Rung(RungKind.TRAP, test=test)]
    if _after(rungs[:place], 1, 1) and choices.one_in(2):
        swept = [Rung(RungKind.SWEEP, (0,), _part(choices), test)]
        stop = swept + (stop if choices.one_in(2) else [replace(deferred, test=test)])
    above, below = rungs[:place], [rung for rung in rungs[place + 1 :] if rung not in stop]
    if len(rungs) + len(stop) > _MOST_RUNGS or any(rung in above for rung in stop):
        return tuple(ladder)
    return (*above, replace(deferred, test=test, passing=True), *stop, *below)


def _oc(choices: _Choices) -> Test:
    """A test that may divert."""
    return Test("c0", 0, WAD + 1 + choices.rate(), cure=1 + choices.upto(6) // 2, metric=Metric.OC)


def _diverting(choices: _Choices, ladder: Sequence[Rung], tested: int, of_principal: bool = False) -> tuple[Rung, ...]:
    """The ladder with a diversion by the first test, below the interest of the lenders that it repays."""
    if len(ladder) >= _MOST_RUNGS:
        return tuple(ladder)
    owed = [
        place
        for place, rung in enumerate(ladder, start=1)
        if rung.kind is RungKind.INTEREST and (rung.test is None or rung.passing) and rung.targets[0] <= tested
    ]
    # Not between a rung that defers interest and what keeps its cash from juniors
    deferring = any(rung.passing for rung in ladder)
    place = len(ladder) - 1 if deferring else max(owed, default=0)
    if not deferring:
        place += choices.upto(len(ladder) - 1 - place)
    return (*ladder[:place], Rung(RungKind.DIVERT, (), WAD, 0, of_principal=of_principal), *ladder[place:])


def _pots(
    choices: _Choices, ladder: Sequence[Rung], stack: Sequence[Tranche], tests: Sequence[Test], fees: Sequence[Fee]
) -> tuple[tuple[Rung, ...], tuple[Rung, ...]]:
    """An interest ladder that repays every lender or diverts, so that equity gets no principal; and principal's."""
    choices.part()
    lenders = len(stack) - 1
    diverts = [rung for rung in ladder if rung.kind is RungKind.DIVERT]
    *interest, residual = ladder
    covered = tests[0].tranche if diverts else -1
    if covered < lenders - 1 or choices.one_in(2):
        interest = list(_repaying_all(interest))
    else:
        interest = [rung for rung in interest if not (rung.rule.repays or rung.rule.early)]
    own: list[Rung] = []
    first = 0
    while first < lenders:
        targets = _sharing(choices, first, lenders, 4)
        own.append(Rung(RungKind.ALL, targets))
        first += len(targets)
    own += [Rung(RungKind.FEE, (at,), _part(choices)) for at, fee in enumerate(fees) if fee.carry or choices.one_in(4)]
    own.append(residual)
    if diverts and choices.one_in(2):
        own = list(_diverting(choices, own, covered, of_principal=True))
    principal = (*missing_interest(interest), *own)
    if len(interest) + 1 + len(principal) > _MOST_RUNGS:
        return tuple(ladder), ()
    return (*interest, replace(residual, kind=RungKind.INTEREST_RESIDUAL)), principal


def _repaying_all(rungs: Sequence[Rung]) -> tuple[Rung, ...]:
    """The ladder with `all` in the place of `principal`: every lender is repaid before equity gets anything."""
    changed = (replace(rung, kind=RungKind.ALL) if rung.kind is RungKind.PRINCIPAL else rung for rung in rungs)
    return tuple(dict.fromkeys(changed))


def _sharing(choices: _Choices, first: int, end: int, times: int) -> tuple[int, ...]:
    """A lender alone, or now and then with the next ones, as far as there are any before `end`."""
    others = min(end - first - 1, 1 + choices.upto(3)) if choices.one_in(times) else 0
    return tuple(range(first, first + 1 + max(0, others)))


def _owed_rungs(choices: _Choices, lenders: int) -> list[Rung]:
    """Interest of every lender in rank, and principal or all of every lender in rank, once its interest is placed."""
    rungs: list[Rung] = []
    interest = principal = 0
    while principal < lenders:
        more_interest = interest < lenders and (interest == principal or choices.one_in(2))
        first = interest if more_interest else principal
        targets = _sharing(choices, first, lenders if more_interest else interest, 5)
        kind = RungKind.INTEREST if more_interest else choices.pick((RungKind.PRINCIPAL, RungKind.ALL))
        rungs.append(Rung(kind, targets))
        if more_interest:
            interest += len(targets)
        else:
            principal += len(targets)
    return rungs


def _earliest(rungs: list[Rung], rung: Rung, lenders: int, reserves: Sequence[Reserve]) -> int:
    """The first place at which a further rung may stand; a reserve's top-up counts as the rungs it supports."""
    claims = [(rung.kind, target) for target in rung.targets]
    if rung.kind is RungKind.RESERVE:
        claims = list(reserves[rung.targets[0]].supports)
    elif rung.kind is RungKind.TRAP:
        claims = [(RungKind.SWEEP, lenders - 1)]
    earliest = 0
    for kind, lender in claims:
        if kind is not RungKind.FEE:
            own = rung.kind in (RungKind.SWEEP, RungKind.TRAP)
            interest_first = lender + 1 if own else lender
            repaid_first = interest_first if kind in _PRINCIPAL_LIKE else 0
            earliest = max(earliest, _after(rungs, interest_first, repaid_first))
    return earliest


def _after(rungs: list[Rung], interest_first: int, repaid_first: int) -> int:
    """The place after the interest of so many of the most senior lenders, and the principal of so many."""
    place = 0
    for index, rung in enumerate(rungs):
        if rung.test is None and rung.targets:
            pays_interest = rung.kind is RungKind.INTEREST and rung.targets[0] < interest_first
            repays = rung.kind in (RungKind.PRINCIPAL, RungKind.ALL) and rung.targets[0] < repaid_first
            if pays_interest or repays:
                place = index + 1
    return place


def _part(choices: _Choices) -> int:
    """All that is left, half of it, or any fraction of it."""
    return choices.pick((WAD, WAD, WAD // 2, 1 + choices.number(7) % WAD))


def _while(choices: _Choices, tests: int, times: int) -> int | None:
    """Now and then a test, while which fails the rung acts."""
    return choices.upto(tests - 1) if tests and choices.one_in(times) else None
