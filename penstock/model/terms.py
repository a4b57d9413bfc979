"""The terms of a deal, fixed at closing: frozen data, tranches most senior first, every calendar resolved.

Units: amounts in base units of the asset, rates and ratios in wad, shares in base units of the share,
periods counted from 1, dates at 00:00 UTC. Tranches, fees, reserves and tests are referred to by index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from itertools import takewhile

from penstock.format import WAD_DIGITS, fraction_text
from penstock.model.calendar import RegularDates
from penstock.model.compliance import PolicyRules
from penstock.model.rungs import RULES, RungRule, Target
from penstock.model.rungs import RungKind as RungKind  # terms are read together with their kinds
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD, DayFraction, share_decimals

MAX_TRANCHES, MAX_RUNGS, MAX_TESTS, MAX_RESERVES, MAX_FEES, MAX_PERIODS, MAX_CURE = 16, 64, 8, 4, 16, 480, 31
MAX_FIELDS = 12
MAX_TIERS = 8
MAX_DOCUMENTS = 16
MAX_COUPON = 10 * WAD


class DayCount(IntEnum):
    """
    How days become a part of a year; THIRTY_360 is the rule of ISDA. Their numbers are in saved runs of the fuzzer.

    Of two that give a deal the same fractions, terms read from a chain have the one that comes first here.
    """

    ACT_360 = 0
    ACT_365F = 1
    THIRTY_360 = 4
    THIRTY_360_US = 2
    THIRTY_E_360 = 3
    THIRTY_E_360_ISDA = 5
    THIRTY_365 = 6
    ACT_ACT_ISDA = 7
    ACT_ACT_ICMA = 8


class PrincipalKind(IntEnum):
    """
    BULLET: all at the end. SCHEDULE: amounts per period (linear, level, custom, sculpted). CASH: what comes. TARGET_OC:
    what the reported asset value does not cover.
    """

    BULLET = 0
    SCHEDULE = 1
    CASH = 2
    TARGET_OC = 3

    @property
    def is_open(self) -> bool:
        """Whether what falls due is no debt service and, unpaid, not in arrears before the last period."""
        return self >= PrincipalKind.CASH


class ArrearsRule(IntEnum):
    NONE = 0
    COUPON = 1
    SPREAD = 2
    CAPITALISE = 3


class FeeBase(IntEnum):
    FIXED = 0
    COLLECTIONS = 1
    BALANCE = 2
    ASSET_VALUE = 3
    LISTED = 4
    REPORT = 5


class Unit(IntEnum):
    """What a field of a report is counted in. AMOUNT: base units of the asset. RATIO: wad. COUNT: ones."""

    AMOUNT = 0
    RATIO = 1
    COUNT = 2


class Metric(IntEnum):
    """
    What a test compares with its threshold; the tested lenders are a tranche and all senior to it.

    DSCR, IC : cash flow available for debt service by debt service, by current interest.
    OC : the reported asset value by the lenders' balances with deferred interest.
    NOTE_FACTOR : the lenders' balances by their faces. LLCR : the reported loan life coverage.
    POOL_FACTOR : the reported asset value by an initial one. RESERVE_LEVEL : what a reserve holds by its target.
    REPORT : a declared field, in its unit.
    """

    DSCR = 0
    IC = 1
    OC = 2
    NOTE_FACTOR = 3
    LLCR = 4
    POOL_FACTOR = 5
    RESERVE_LEVEL = 6
    REPORT = 7

    @property
    def of_lenders(self) -> bool:
        """Whether it measures what lenders are owed, so that repayment cures it."""
        return self <= Metric.NOTE_FACTOR

    @property
    def of_tranche(self) -> bool:
        """Whether it is of a tranche and all senior to it; an LLCR is so in name alone."""
        return self <= Metric.LLCR

    @property
    def reads_asset_value(self) -> bool:
        return self in (Metric.OC, Metric.POOL_FACTOR)

    @property
    def reads_report(self) -> bool:
        return self.reads_asset_value or self in (Metric.LLCR, Metric.REPORT)


@dataclass(frozen=True, slots=True)
class FloatingCoupon:
    """
    A coupon that follows an index: the index, at least `floor`, plus `margin`, at most `cap`; all in wad, a year.

    field : which declared field of the reports is the index. initial : the index at closing.
    in_arrears : a period bears what is reported for itself; otherwise what was reported for the period before.
    stale : for how many periods the last known index serves where none is reported; after them the coupon is the cap.
    """

    field: int
    margin: int
    floor: int
    cap: int
    initial: int
    in_arrears: bool
    stale: int

    def at(self, index: int) -> int:
        """The coupon while the index is so high."""
        return min(max(index, self.floor) + self.margin, self.cap)


@dataclass(frozen=True, slots=True)
class Tranche:
    """
    A class of claim.

    supply : share base units, fixed at closing; whole shares × 10**share_decimals.
    coupons : (first period, coupon in wad) steps, ascending, the first at period 1; empty for equity.
    schedule : principal of each period in base units; empty unless principal is SCHEDULE.
    spread : over the coupon, for interest on arrears under SPREAD, in wad.
    pik : annual rate, in wad, that joins the balance in periods up to pik_last, whatever is paid.
    oc_ratio, oc_amount : of TARGET_OC, one of them: what the asset value is divided by, in wad, or exceeds balances by.
    floating : the coupon follows a reported index; `coupons` then has the one of the first period.
    """

    id: str
    symbol: str
    face: int
    supply: int
    coupons: tuple[tuple[int, int], ...] = ()
    day_count: DayCount = DayCount.THIRTY_360
    principal: PrincipalKind = PrincipalKind.BULLET
    schedule: tuple[int, ...] = ()
    arrears: ArrearsRule = ArrearsRule.NONE
    spread: int = 0
    residual: bool = False
    pik: int = 0
    pik_last: int = 0
    oc_ratio: int = 0
    oc_amount: int = 0
    floating: FloatingCoupon | None = None

    def coupon(self, period: int) -> int:
        """The coupon of a period, in wad."""
        rate = 0
        for first, step in self.coupons:
            if first > period:
                break
            rate = step
        return rate


@dataclass(frozen=True, slots=True)
class Fee:
    """
    A payment for a service, due in periods first_period..last_period.

    amount : of a FIXED fee, per period. amounts : of a LISTED one, of each period. rate : annual, in wad, of the base.
    field : of a REPORT fee, which field of the reports it is, an amount.
    tranche : whose balance is the base (BALANCE); its day count is used, for ASSET_VALUE the most senior one's.
    cap : the most that falls due in one period, or None. carry : what was not paid stays owed.
    """

    id: str
    payee: str
    base: FeeBase
    amount: int = 0
    rate: int = 0
    tranche: int = 0
    cap: int | None = None
    carry: bool = False
    opex: bool = False
    first_period: int = 1
    last_period: int = MAX_PERIODS
    amounts: tuple[int, ...] = ()
    field: int = 0


@dataclass(frozen=True, slots=True)
class Reserve:
    """
    Cash held for the rungs it supports.

    ahead : for each period, how many coming periods' debt service is the target; empty for another target.
    parts : for each period (months, of), what part of the next one's debt service comes to that; empty for none.
    target, targets : in base units, without `ahead`: the same after each period but the last, or listed.
    fill : the most that a rung puts in, in base units; None for no limit.
    opening : paid in by the sponsor at closing.
    supports : (kind, index) of each rung it draws for; index of a tranche, or of a fee for FEE.
    """

    id: str
    opening: int
    ahead: tuple[int, ...] = ()
    target: int = 0
    supports: tuple[tuple[RungKind, int], ...] = ()
    parts: tuple[tuple[int, int], ...] = ()
    targets: tuple[int, ...] = ()
    fill: int | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """
    A covenant, often on `tranche` and all senior to it; fails strictly below `threshold`, or `above` it.

    threshold : in wad, of a REPORT in the unit of its field. over : how many periods are measured together.
    field : of LLCR and REPORT, which declared field. reserve : of RESERVE_LEVEL. initial : of POOL_FACTOR, base units.
    supports : (kind, index) of each rung for which its trap is drawn, as of a reserve.
    """

    __test__ = False  # pytest must not collect it

    id: str
    tranche: int
    threshold: int
    cure: int = 1
    metric: Metric = Metric.DSCR
    supports: tuple[tuple[RungKind, int], ...] = ()
    above: bool = False
    over: int = 1
    field: int = 0
    reserve: int = 0
    initial: int = 0

    @property
    def reads_report(self) -> bool:
        return self.metric.reads_report

    @property
    def is_plain(self) -> bool:
        """Whether it is a DSCR of one period that fails below its threshold, which settles at the least cost."""
        return self.metric is Metric.DSCR and not self.above and self.over == 1


@dataclass(frozen=True, slots=True)
class ReportField:
    """A figure that the deal's reports may give for each period, beside the loss and the asset value."""

    id: str
    unit: Unit

    def places(self, decimals: int) -> int:
        """How many decimals a figure has: its unit is so many places below one. decimals : of the asset."""
        return {Unit.AMOUNT: decimals, Unit.RATIO: WAD_DIGITS, Unit.COUNT: 0}[self.unit]


@dataclass(frozen=True, slots=True)
class Rung:
    """
    One row of the priority of payments.

    targets : indices the kind refers to, ascending: one fee, tranches (several share pari passu), one reserve, none for
    TRAP and DIVERT.
    fraction : the most the rung takes of what is left when its turn comes, in wad.
    test : acts only while this test fails; None acts always.
    passing : acts only while it passes instead: interest that may be deferred.
    of_principal : of DIVERT, whether it pays from the principal pot; otherwise it pays from interest.
    """

    kind: RungKind
    targets: tuple[int, ...] = ()
    fraction: int = WAD
    test: int | None = None
    passing: bool = False
    of_principal: bool = False

    @property
    def rule(self) -> RungRule:
        return RULES[self.kind]

    @property
    def sign(self) -> str:
        """What comes before the test, as written in a deal file."""
        return "!" if self.passing else "?"


@dataclass(frozen=True, slots=True)
class CleanUpCall:
    """
    A right to repay what is left of the lenders, which ends the deal.

    payee : who may announce it and pays what is missing; a label as of fees.
    below : the part of the lenders' faces, less principal paid, from which on it is allowed, in wad.
    """

    payee: str
    below: int


class TierKind(IntEnum):
    """
    When a tier ends. HURDLE: once the capital has had a return. CATCH_UP: once the sponsor has its part of the profit.
    REST: never.
    """

    HURDLE = 0
    CATCH_UP = 1
    REST = 2


@dataclass(frozen=True, slots=True)
class Tier:
    """
    One step in which the residual is shared between the capital side and the promote.

    rate : of a HURDLE the annual return of the whole capital that it ends at; of a CATCH_UP the promote's part of all
    profit; both in wad. part : what the capital side gets of what the tier takes, in wad; the rest is the promote.
    """

    kind: TierKind
    rate: int
    part: int


@dataclass(frozen=True, slots=True)
class Promote:
    """
    How the residual is shared between two classes of equity: the investor's, and the last one, the sponsor's.

    capital : what both put in, in base units. co_invest : the sponsor's part of it, in wad; the capital side's cash is
    shared by it. day_count : of the hurdles. tiers : in order; the last one is REST.
    """

    capital: int
    co_invest: int
    day_count: DayCount
    tiers: tuple[Tier, ...]

    @property
    def hurdles(self) -> tuple[Tier, ...]:
        return tuple(tier for tier in self.tiers if tier.kind is TierKind.HURDLE)


@dataclass(frozen=True, slots=True)
class Recovery:
    """
    The right to move what is at an account whose key is lost to another account of the same investor.

    by, provider : labels of who announces it, and of who signs that both accounts are one investor's.
    days : from the announcement on, in which any act of the account cancels it.
    """

    by: str
    provider: str
    days: int


@dataclass(frozen=True, slots=True)
class ForcedMoves:
    """The right to move shares, and never cash, without their holder. by : a label. days : after the announcement."""

    by: str
    days: int


@dataclass(frozen=True, slots=True)
class Document:
    """A legal document that the terms name. sha256 : of its bytes, 64 hexadecimal digits."""

    title: str
    link: str
    sha256: str


def pays_a_lender(rungs: Sequence[Rung], test: int | None) -> bool:
    """Whether one of some rungs, as far as their pot reaches, is a lender's and acts while a test does not fail."""
    of_pot = takewhile(lambda rung: rung.kind is not RungKind.INTEREST_RESIDUAL, rungs)
    return any(rung.rule.target is Target.LENDER and (rung.passing or rung.test != test) for rung in of_pot)


@dataclass(frozen=True, slots=True)
class DealTerms:
    """
    One project, whole.

    accrual_dates : end of each period's accrual (adjusted when the deal says so). payment_dates : delayed and rolled.
    delays : whether payment follows the accrual date by a delay, so that collections may be cut off in between.
    share_decimals : decimals of every tranche's share.
    normal : the ladder while nothing is enforced; of two pots, the one that interest goes down.
    principal : of two pots, the ladder of principal collections, which first pays what lenders' interest lacks.
    principal_field : of two pots, which declared field says how much of the collections is principal.
    enforce_on : tests any of which, while failing, switches to the enforcement ladder.
    grace : days after a payment date in which a period is settled only if it pays what falls due; 0 for none.
    call : the clean-up call, if there is one.
    recovery, forced : who may move shares without their holder; None where nobody may.
    documents : legal documents, by title, link and hash.
    icma : the part of a year that each period is by ACT/ACT (ICMA); empty unless a lender counts so.
    icma : the part of a year that each period is by ACT/ACT (ICMA); empty unless a lender or the promote counts so.
    promote : how two classes of equity share the residual; None where one takes it.
    regular : how the deal file counts its accrual dates, for people; None where it lists them, and on a chain.
    holders : the rules of the policy that a launch sets up; None for none, and on a chain: the policy has them.
    """

    name: str
    asset: str
    decimals: int
    closing: date
    accrual_dates: tuple[date, ...]
    payment_dates: tuple[date, ...]
    tranches: tuple[Tranche, ...]
    normal: tuple[Rung, ...]
    enforcement: tuple[Rung, ...] = ()
    enforce_on: tuple[int, ...] = ()
    fees: tuple[Fee, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    tests: tuple[Test, ...] = ()
    fields: tuple[ReportField, ...] = ()
    write_down: bool = False
    narrow: bool = False
    icma: tuple[DayFraction, ...] = ()
    delays: bool = False
    grace: int = 0
    promote: Promote | None = None
    principal: tuple[Rung, ...] = ()
    principal_field: int = 0
    call: CleanUpCall | None = None
    recovery: Recovery | None = None
    forced: ForcedMoves | None = None
    documents: tuple[Document, ...] = ()
    regular: RegularDates | None = field(default=None, compare=False)
    holders: PolicyRules | None = field(default=None, compare=False)

    @property
    def two_pots(self) -> bool:
        """Whether interest and principal collections go down ladders of their own."""
        return bool(self.principal)

    def ladder(self, enforced: bool) -> tuple[Rung, ...]:
        """The rungs in the order in which they are paid: of two pots interest's before principal's."""
        return self.enforcement if enforced else (*self.normal, *self.principal)

    def ladder_name(self, place: int, enforced: bool) -> str:
        """The ladder of a rung, as a deal file writes it, by its place in `ladder` from 0."""
        if enforced:
            return "enforcement"
        if not self.two_pots:
            return "normal"
        return "interest" if place < len(self.normal) else "principal"

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Those of every ladder."""
        return (*self.normal, *self.principal, *self.enforcement)

    @property
    def max_amount(self) -> int:
        """The most any stored amount, and all cash of the deal's life, can be, in base units."""
        return MAX_NARROW_AMOUNT if self.narrow else MAX_AMOUNT

    @property
    def periods(self) -> int:
        return len(self.accrual_dates)

    @property
    def equity(self) -> int:
        """Index of the first class of equity, and how many lenders come before it."""
        return len(self.tranches) - (1 if self.promote is None else 2)

    @property
    def lenders(self) -> tuple[Tranche, ...]:
        return self.tranches[: self.equity]

    @property
    def lent(self) -> int:
        """What lenders lend at closing: the sum of their faces."""
        return sum(each.face for each in self.lenders)

    @property
    def payees(self) -> tuple[str, ...]:
        """
        The labels that need an address on a chain: of fees in their order, of the clean-up call, of recoveries and of
        forced moves; each once.
        """
        return tuple(dict.fromkeys([*(fee.payee for fee in self.fees), *self.rights.values()]))

    @property
    def rights(self) -> dict[str, str]:
        """The labels of who may do what beside being paid a fee, by what a page says of them."""
        found = {}
        if self.call:
            found["can be called by"] = self.call.payee
        if self.recovery:
            found["lets accounts be recovered by"] = self.recovery.by
            found["takes the signature for a recovery of"] = self.recovery.provider
        if self.forced:
            found["lets shares be moved by"] = self.forced.by
        return found

    @property
    def share_decimals(self) -> int:
        return share_decimals(self.decimals)

    @property
    def reads_reports(self) -> bool:
        """Whether a settlement asks for a report: of losses, an asset value that a rule reads, or own fields."""
        return any(self.figures_read)

    @property
    def figures_read(self) -> tuple[bool, ...]:
        """Which figures of a report the terms read: the loss, the asset value, every field that they declare."""
        return (self.write_down, self.reads_asset_value, *(True for _ in self.fields))

    @property
    def reads_asset_value(self) -> bool:
        """Whether a fee is charged on it, a tranche repaid by it, or a test measures it."""
        charged = any(fee.base is FeeBase.ASSET_VALUE for fee in self.fees)
        return self.repays_to_target or charged or any(test.metric.reads_asset_value for test in self.tests)

    @property
    def repays_to_target(self) -> bool:
        return any(each.principal is PrincipalKind.TARGET_OC for each in self.tranches)

    @property
    def floats(self) -> bool:
        """Whether a coupon follows an index."""
        return any(each.floating is not None for each in self.tranches)

    @property
    def traps_always(self) -> bool:
        """Whether a trap may hold cash while no counter runs: that of a test whose report is missing."""
        trapping = {rung.test for rung in self.rungs if rung.kind is RungKind.TRAP}
        return any(self.tests[test].reads_report for test in trapping if test is not None)

    @property
    def opening(self) -> int:
        """Cash the sponsor pays in at closing: every reserve's opening balance."""
        return sum(reserve.opening for reserve in self.reserves)

    def rung_name(self, rung: Rung) -> str:
        """The rung as the deal file writes it."""
        owners: Sequence[Fee | Reserve | Tranche] = self.tranches
        if rung.rule.target is Target.FEE:
            owners = self.fees
        elif rung.rule.target is Target.RESERVE:
            owners = self.reserves
        name = rung.kind.word
        if rung.kind is RungKind.DIVERT and rung.test is not None:
            return f"{name}:{self.tests[rung.test].id}"
        if rung.targets:
            name += ":" + "+".join(owners[index].id for index in rung.targets)
        if rung.fraction != WAD:
            name += f":{fraction_text(rung.fraction)}"
        if rung.test is not None:
            name += f"{rung.sign}{self.tests[rung.test].id}"
        return name
