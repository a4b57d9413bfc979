"""
The layout of a deal's terms on the chain: which fields each part has, how wide they are and what they hold.

The terms are big-endian fields packed behind the deal's own code. Their parts follow each other in this order: header,
tranches, coupon steps, floating coupons, targets of over-collateralisation, the promote and its tiers, fees, reserves,
tests, fields of reports, rungs of the normal ladder, rungs of the enforcement ladder, the clean-up call, rows
(one for each period), moves without a holder, texts.

This table is the only place that knows where a field is. The encoder, the decoder and the header reader use it;
contracts/types/TermsLayout.sol, docs/TERMS_FORMAT.md and the table of docs/SPEC.md are written from it by
`python -m tools.terms_layout`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import EnumMeta, IntEnum, IntFlag
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError
from penstock.model.calendar import day_number
from penstock.model.terms import ArrearsRule, FeeBase, Metric, PrincipalKind, RungKind, TierKind, Unit

FORMAT = 3
"""The format described here. A change of any field is another format."""

NONE = 255
"""In a rung: no target, no test."""

OF_PRINCIPAL = 253
"""In a rung that diverts, for no target: it pays from the principal pot."""

BEFORE_LENDERS = 254
"""In a trap's rung, for no target: a lender that may be paid comes below, and want of a report does not make it act."""

PASSING = 128
"""In a rung, with the index of a test: it acts while the test passes."""

TRANCHE_ROOM = 16
"""The most that bitmaps of tranches have room for."""

AnyPart = TypeVar("AnyPart", bound="Part")


class TermsRefused(ChainError):
    """Bytes that are not the terms of a deal."""


class Flag(IntFlag):
    """What is true of a deal as a whole."""

    WRITES_DOWN = 1
    READS_REPORTS = 2
    FEES_CARRY = 4
    NARROW = 8
    LIMITS_FILL = 16
    HOLDS_PARTS = 32
    TRAPS_SUPPORT = 64
    PAYS_IN_KIND = 128
    DELAYS = 256
    GRACE = 512
    FLOATS = 1024
    JUDGES = 2048
    REPAYS_TO_TARGET = 4096
    TRAPS_ALWAYS = 8192
    TWO_POTS = 16384
    CALLABLE = 32768
    PROMOTES = 65536
    RECOVERS = 131072
    FORCES = 262144
    DOCUMENTED = 524288


class Reset(IntEnum):
    """ADVANCE: of the period before. ARREARS: its own."""

    ADVANCE = 0
    ARREARS = 1


class FeeFlag(IntFlag):
    """What is true of a fee."""

    CARRIES = 1
    OPEX = 2


class Direction(IntEnum):
    """On which side of its threshold a test fails, strictly."""

    BELOW = 0
    ABOVE = 1


@dataclass(frozen=True)
class Field:
    """
    One field of a part.

    offset, width : in bytes, from the beginning of the part.
    read : makes the value of the number packed there.
    """

    name: str
    offset: int
    width: int
    read: Callable[[int], Any]
    meaning: str

    @property
    def end(self) -> int:
        return self.offset + self.width

    @property
    def all_ones(self) -> int:
        return (1 << 8 * self.width) - 1

    @property
    def codes(self) -> Sequence[IntEnum | IntFlag]:
        """Every value, or every flag, that the field may have; empty for a number."""
        return tuple(self.read) if isinstance(self.read, EnumMeta) else ()


@dataclass(frozen=True)
class Packed:
    """How a field is packed. width : in bytes. meaning : what it holds and in which unit."""

    width: int
    meaning: str


def _reader(kind: type) -> Callable[[int], Any]:
    if kind is date:
        return lambda days: date(1970, 1, 1) + timedelta(days=days)
    if kind is Address:
        return lambda number: checksum(number.to_bytes(20, "big"))
    return kind


@dataclass(frozen=True)
class Part:
    """A part of the terms: its fields are packed in the order in which they are declared."""

    @classmethod
    def fields(cls) -> tuple[Field, ...]:
        return _fields_of(cls)  # type: ignore[arg-type]  # mypy takes the class for one of its instances

    @classmethod
    def field(cls, name: str) -> Field:
        return next(each for each in cls.fields() if each.name == name)

    @classmethod
    def length(cls) -> int:
        """In bytes."""
        return cls.fields()[-1].end

    @classmethod
    def read(cls: type[AnyPart], packed: bytes, at: int) -> AnyPart:
        """
        Unpacks the part that begins at a byte.

        Raises
        ------
        TermsRefused : when the bytes end before the part does.
        ValueError : when a code is none of its kind.
        """
        if at + cls.length() > len(packed):
            raise TermsRefused(f"the terms end at byte {len(packed)}, a field of them at {at + cls.length()}")
        numbers = ((each, packed[at + each.offset : at + each.end]) for each in cls.fields())
        return cls(*(each.read(int.from_bytes(number, "big")) for each, number in numbers))

    @classmethod
    def read_all(cls: type[AnyPart], packed: bytes, at: int, count: int) -> tuple[AnyPart, ...]:
        """Unpacks as many parts, one behind the other."""
        return tuple(cls.read(packed, at + cls.length() * index) for index in range(count))

    def pack(self) -> bytes:
        """
        Raises
        ------
        OverflowError : when a value does not fit its field.
        """
        return b"".join(uint(_as_number(getattr(self, each.name)), each.width) for each in self.fields())


@cache
def _fields_of(part: type[Part]) -> tuple[Field, ...]:
    found: list[Field] = []
    for name, hint in get_type_hints(part, include_extras=True).items():
        kind, packed = get_args(hint)
        found.append(Field(name, found[-1].end if found else 0, packed.width, _reader(kind), packed.meaning))
    return tuple(found)


def _as_number(value: int | date | Address) -> int:
    if isinstance(value, date):
        return day_number(value)
    return int(value, 16) if isinstance(value, str) else int(value)


def uint(value: int, width: int) -> bytes:
    """An unsigned number of so many bytes."""
    return value.to_bytes(width, "big")


@dataclass(frozen=True)
class Header(Part):
    """
    At byte 0. Counts, then offsets of the parts behind the coupon steps, which have no fixed place.

    The contracts read policy to flags as one word when shares move: these fields are 32 bytes together.
    """

    format: Annotated[int, Packed(1, f"format of the terms: {FORMAT}")]
    asset: Annotated[Address, Packed(20, "the stablecoin")]
    reports: Annotated[Address, Packed(20, "report source; zero: none")]
    closing: Annotated[date, Packed(2, "closing date, in days since 1970-01-01")]
    policy: Annotated[Address, Packed(20, "policy for holders; zero: none")]
    periods: Annotated[int, Packed(2, "number of periods")]
    tranches: Annotated[int, Packed(1, "number of tranches, equity included")]
    fees: Annotated[int, Packed(1, "number of fees")]
    reserves: Annotated[int, Packed(1, "number of reserves")]
    tests: Annotated[int, Packed(1, "number of tests")]
    normal_rungs: Annotated[int, Packed(1, "rungs of the normal ladder; of two pots, of both ladders together")]
    enforcement_rungs: Annotated[int, Packed(1, "rungs of the enforcement ladder")]
    enforce_on: Annotated[int, Packed(1, "bit i: while test i fails, the enforcement ladder is in force")]
    flags: Annotated[Flag, Packed(3, "deal flags")]
    decimals: Annotated[int, Packed(1, "decimals of the asset")]
    grace: Annotated[int, Packed(1, "days of grace after a payment date")]
    report_fields: Annotated[int, Packed(1, "number of fields of reports that the deal declares")]
    row_length: Annotated[int, Packed(2, "bytes of a row")]
    floating: Annotated[int, Packed(1, "number of tranches whose coupon follows an index")]
    floating_at: Annotated[int, Packed(2, "where the floating coupons begin")]
    fees_at: Annotated[int, Packed(2, "where the fees begin")]
    reserves_at: Annotated[int, Packed(2, "where the reserves begin")]
    tests_at: Annotated[int, Packed(2, "where the tests begin")]
    normal_at: Annotated[int, Packed(2, "where the normal ladder begins")]
    enforcement_at: Annotated[int, Packed(2, "where the enforcement ladder begins")]
    rows_at: Annotated[int, Packed(2, "where the rows begin")]
    texts_at: Annotated[int, Packed(2, "where the texts begin")]
    principal_rungs: Annotated[int, Packed(1, "of two pots, how many of them, at the end, are the principal ladder's")]
    principal_field: Annotated[int, Packed(1, "of two pots, the declared field that says what is principal; else 0")]
    call_at: Annotated[int, Packed(2, "where the clean-up call is; 0: there is none")]
    promote_at: Annotated[int, Packed(2, "where the promote is; 0: there is none")]


@dataclass(frozen=True)
class Tranche(Part):
    """One for each tranche, the most senior first, right behind the header."""

    supply: Annotated[int, Packed(8, "shares, in share base units")]
    face: Annotated[int, Packed(13, "face, in base units")]
    days_at: Annotated[int, Packed(1, "where in a row its day fraction is; equity: 0")]
    principal: Annotated[PrincipalKind, Packed(1, "principal kind")]
    arrears: Annotated[ArrearsRule, Packed(1, "arrears rule")]
    spread: Annotated[int, Packed(8, "over the coupon, for interest on arrears, in wad")]
    schedule_at: Annotated[int, Packed(2, "where in a row its scheduled amount is; of `target oc` where its target is")]
    schedule_width: Annotated[int, Packed(1, "bytes of its scheduled amount; without a schedule 1")]
    steps_at: Annotated[int, Packed(2, "where its coupon steps begin")]
    steps: Annotated[int, Packed(1, "number of coupon steps; equity: 0")]
    pik: Annotated[int, Packed(8, "annual rate that joins the balance, in wad")]
    pik_last: Annotated[int, Packed(2, "the last period in which it does")]


@dataclass(frozen=True)
class CouponStep(Part):
    """One for each coupon of a tranche: the tranches in their order, of each the earliest first."""

    first_period: Annotated[int, Packed(2, "the first period it is paid for; of the first step 1")]
    coupon: Annotated[int, Packed(8, "annual rate, in wad")]


@dataclass(frozen=True)
class FloatingCoupon(Part):
    """
    One for each tranche whose coupon follows an index, which has one coupon step: that of the first period. The coupon
    is the index, at least the floor, plus the margin, at most the cap.
    """

    tranche: Annotated[int, Packed(1, "the tranche")]
    index: Annotated[int, Packed(1, "the declared field of reports that it follows")]
    margin: Annotated[int, Packed(8, "added to the index, in wad")]
    floor: Annotated[int, Packed(8, "the least the index counts as, in wad")]
    cap: Annotated[int, Packed(8, "the most the coupon is, in wad")]
    initial: Annotated[int, Packed(8, "the index at closing, in wad")]
    reset: Annotated[Reset, Packed(1, "whose report a period's coupon follows")]
    stale: Annotated[int, Packed(2, "periods for which the last known index serves; then the coupon is the cap")]


@dataclass(frozen=True)
class OcTarget(Part):
    """One for each tranche that is repaid to a target of over-collateralisation."""

    ratio: Annotated[int, Packed(16, "what the asset value is divided by, in wad; 0: it is not")]
    amount: Annotated[int, Packed(13, "what is taken off the asset value, in base units")]


@dataclass(frozen=True)
class Promote(Part):
    """
    Of a deal in which two classes of equity, the last two tranches, share the residual: the investor's, then the
    sponsor's. Its tiers follow.
    """

    capital: Annotated[int, Packed(13, "what both put in, in base units")]
    co_invest: Annotated[int, Packed(8, "the sponsor's part of it, in wad")]
    days_at: Annotated[int, Packed(1, "where in a row the day fraction of its hurdles is")]
    hurdles: Annotated[int, Packed(1, "number of tiers that end at a hurdle")]
    tiers: Annotated[int, Packed(1, "number of tiers")]


@dataclass(frozen=True)
class Tier(Part):
    """One for each tier of the promote, in the order in which they take."""

    kind: Annotated[TierKind, Packed(1, "tier kind")]
    rate: Annotated[int, Packed(8, "of a hurdle the annual return; of a catch-up the promote's part of profit; in wad")]
    part: Annotated[int, Packed(8, "the capital side's part of what it takes, in wad; the rest is the promote")]


@dataclass(frozen=True)
class Fee(Part):
    """One for each fee."""

    base: Annotated[FeeBase, Packed(1, "fee base")]
    amount_or_rate: Annotated[int, Packed(13, "of a fixed fee the amount, in base units; a rate, in wad a year; or 0")]
    tranche: Annotated[
        int, Packed(1, "the tranche whose balance or day fraction is used; of a report, the declared field")
    ]
    cap: Annotated[int, Packed(13, "the most that falls due in a period, in base units; all ones: no cap")]
    flags: Annotated[FeeFlag, Packed(1, "fee flags")]
    first_period: Annotated[int, Packed(2, "the first period it falls due in")]
    last_period: Annotated[int, Packed(2, "the last period it falls due in")]
    amounts_at: Annotated[int, Packed(2, "where in a row its listed amount is")]
    amounts_width: Annotated[int, Packed(1, "bytes of its listed amount; without a list 1")]
    payee: Annotated[Address, Packed(20, "who may claim it")]


@dataclass(frozen=True)
class Reserve(Part):
    """One for each reserve. In a bitmap, bit i is tranche i or fee i."""

    opening: Annotated[int, Packed(13, "paid in at closing, in base units")]
    target: Annotated[int, Packed(13, "fixed target, in base units")]
    fill: Annotated[int, Packed(13, "the most that a rung puts in, in base units; all ones: no limit")]
    ahead_at: Annotated[int, Packed(2, "where in a row its periods ahead are; all ones: the target is fixed")]
    parts_at: Annotated[int, Packed(2, "where in a row its part of one more period is; all ones: there is none")]
    targets_at: Annotated[int, Packed(2, "where in a row its listed target is")]
    targets_width: Annotated[int, Packed(1, "bytes of its listed target; 0: none is listed")]
    sweep: Annotated[int, Packed(2, "tranches whose sweep rungs it supports")]
    all: Annotated[int, Packed(2, "tranches whose all rungs it supports")]
    principal: Annotated[int, Packed(2, "tranches whose principal rungs it supports")]
    interest: Annotated[int, Packed(2, "tranches whose interest rungs it supports")]
    fee: Annotated[int, Packed(2, "fees it supports")]


@dataclass(frozen=True)
class Test(Part):
    """One for each test. In a bitmap, bit i is tranche i or fee i."""

    __test__ = False  # pytest must not collect it

    initial: Annotated[int, Packed(13, "initial asset value of a pool factor, in base units; else 0")]
    report_field: Annotated[int, Packed(1, "the declared field that it reads; without one 0")]
    over: Annotated[int, Packed(1, "how many periods it measures together")]
    direction: Annotated[Direction, Packed(1, "when it fails")]
    metric: Annotated[Metric, Packed(1, "metric")]
    tranche: Annotated[int, Packed(1, "the last tranche that counts; of a reserve, the reserve; else 0")]
    threshold: Annotated[int, Packed(16, "what it is compared with, in wad; of a report, in the unit of its field")]
    cure: Annotated[int, Packed(1, "passes in a row that cure it")]
    sweep: Annotated[int, Packed(2, "tranches whose sweep rungs its trap supports")]
    all: Annotated[int, Packed(2, "tranches whose all rungs its trap supports")]
    principal: Annotated[int, Packed(2, "tranches whose principal rungs its trap supports")]
    interest: Annotated[int, Packed(2, "tranches whose interest rungs its trap supports")]
    fee: Annotated[int, Packed(2, "fees its trap supports")]


@dataclass(frozen=True)
class ReportField(Part):
    """One for each field of its reports that a deal declares, behind loss and asset value."""

    unit: Annotated[Unit, Packed(1, "what it is counted in")]


@dataclass(frozen=True)
class Rung(Part):
    """One for each rung of a ladder, the first to be paid first."""

    kind: Annotated[RungKind, Packed(1, "rung kind")]
    target: Annotated[
        int,
        Packed(
            1,
            f"index of its fee, tranche or reserve; {NONE}: none; {BEFORE_LENDERS}: none, before a lender; "
            f"{OF_PRINCIPAL}: none, from the principal pot",
        ),
    ]
    others: Annotated[int, Packed(2, "bit i: tranche i shares with the first, which is more senior")]
    fraction: Annotated[int, Packed(8, "the most it takes of what is left, in wad")]
    test: Annotated[
        int,
        Packed(1, f"index of the test while whose failure it acts; {PASSING} more: while it passes; {NONE}: always"),
    ]


@dataclass(frozen=True)
class Call(Part):
    """The clean-up call, of a deal that has one, behind the ladders."""

    payee: Annotated[Address, Packed(20, "who may announce it, and pays what is missing")]
    below: Annotated[int, Packed(8, "allowed once faces less principal paid are this part of the faces, in wad")]


@dataclass(frozen=True)
class Moves(Part):
    """
    Of a deal in which shares may move without their holder: right before the texts. Zeros for a right that nobody has.
    """

    recovery_by: Annotated[Address, Packed(20, "who announces recoveries")]
    provider: Annotated[Address, Packed(20, "who signs that two accounts are one investor's")]
    recovery_days: Annotated[int, Packed(2, "days from the announcement of a recovery to its execution")]
    forced_by: Annotated[Address, Packed(20, "who announces forced moves")]
    forced_days: Annotated[int, Packed(2, "days from the announcement of a forced move to its execution")]


@dataclass(frozen=True)
class Row(Part):
    """
    One for each period. Behind it the day fraction of each day count in use, the periods ahead of each moving target,
    the scheduled amount of each tranche with a schedule and the listed amounts of fees and targets of reserves, as wide
    as each says.
    """

    accrual: Annotated[date, Packed(2, "accrual date, in days since 1970-01-01")]
    payment: Annotated[date, Packed(2, "payment date, in days since 1970-01-01")]


@dataclass(frozen=True)
class RowDays(Part):
    """In a row, one for each day count that lenders or the promote use: the part of a year that the period is."""

    numerator: Annotated[int, Packed(3, "numerator of the day fraction")]
    denominator: Annotated[int, Packed(3, "denominator of the day fraction")]


@dataclass(frozen=True)
class RowAhead(Part):
    """In a row behind the day fractions, one for each reserve with a moving target."""

    periods: Annotated[int, Packed(1, "coming periods whose debt service is its target")]


@dataclass(frozen=True)
class RowPart(Part):
    """In a row behind the periods ahead, one for each reserve whose months are no whole number of periods."""

    months: Annotated[int, Packed(1, "months of the period behind them, whose debt service counts in part")]
    of: Annotated[int, Packed(1, "of how many months that period is")]


@dataclass(frozen=True)
class Texts(Part):
    """Before the texts."""

    share_decimals: Annotated[int, Packed(1, "decimals of every share")]


@dataclass(frozen=True)
class Text(Part):
    """The deal's name, each tranche's id and symbol, then the id of each declared field."""

    size: Annotated[int, Packed(1, "bytes of the UTF-8 text that follows")]


PARTS: tuple[type[Part], ...] = (
    Header,
    Tranche,
    CouponStep,
    FloatingCoupon,
    OcTarget,
    Promote,
    Tier,
    Fee,
    Reserve,
    Test,
    ReportField,
    Rung,
    Call,
    Moves,
    Row,
    RowDays,
    RowAhead,
    RowPart,
    Texts,
    Text,
)

NO_FILL = Reserve.field("fill").all_ones
NO_CAP = Fee.field("cap").all_ones
FIXED_TARGET = Reserve.field("ahead_at").all_ones
