"""The shape of a deal file: which keys there are and what one value alone may be. What values mean together is
decided in `resolve`. Every field's description is what a refusal says is accepted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from penstock.dealfile.errors import Literally
from penstock.dealfile.numbers import Exact, parse_exact, why_no_decimal
from penstock.model.calendar import Roll
from penstock.model.terms import MAX_CURE, MAX_FEES, MAX_PERIODS, MAX_RESERVES, MAX_TESTS, MAX_TRANCHES, DayCount

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2149, 6, 6)
DAY_COUNTS = {
    "ACT/360": DayCount.ACT_360,
    "ACT/365F": DayCount.ACT_365F,
    "30/360": DayCount.THIRTY_360,
    "30E/360": DayCount.THIRTY_E_360,
}
PRINCIPAL_KINDS = ("bullet", "linear", "level", "custom", "sculpted", "cash")
ARREARS_RULES = ("none", "coupon", "capitalise")
METRICS = ("dscr",)
AMOUNT = 'an amount of 0 or more as a string, "7_000_000.00", or a whole number'
RATE = 'a rate as a string, "0.0625" for 6.25 %'
DATE = f"a date without quotes from {FIRST_DAY} to {LAST_DAY}"
IDENTIFIER = "a lower-case letter, then lower-case letters, digits and _, 31 at most"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)


def refuse(reason: str, accepted: str) -> NoReturn:
    # the values go in by name: pydantic fills only what the template names, so braces of the file stay as they are
    raise PydanticCustomError("refused", "{reason}", {"reason": reason, "accepted": accepted})


def listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(words)


def _amount(value: Any) -> Exact:
    if isinstance(value, bool) or not isinstance(value, (str, int, Literally)):
        refuse("not an amount", AMOUNT)
    if isinstance(value, Literally):
        refuse("a float cannot hold money exactly: write it as a string", f'"{value.text}"')
    exact = parse_exact(value if isinstance(value, str) else _decimal_text(value))
    if exact is None:
        refuse(why_no_decimal(value) if isinstance(value, str) else "negative", AMOUNT)
    return exact


def _decimal_text(value: int) -> str:
    return str(value) if value.bit_length() < 300 else "9" * 99  # longer than any amount, and printable


def _wad(words: str) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, (Literally, int)) and not isinstance(value, bool):
            text = value.text if isinstance(value, Literally) else _decimal_text(value)
            refuse("a rate or ratio must be exact: write it as a string", f'"{text}"')
        if not isinstance(value, str):
            refuse("not a rate or ratio", words)
        exact = parse_exact(value)
        if exact is None:
            refuse(why_no_decimal(value), words)
        wad = exact.scaled(18)
        if wad is None:
            refuse(f"{exact.places} decimals", "at most 18 decimals")
        return wad

    return parse


def _date(value: Any) -> date:
    if isinstance(value, str):
        refuse("text, not a date", DATE)
    if isinstance(value, datetime):
        refuse("a date with a time of day", DATE)
    if not isinstance(value, date):
        refuse("not a date", DATE)
    if not FIRST_DAY <= value <= LAST_DAY:
        refuse("outside the range the chain can store", DATE)
    return value


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        refuse("not an identifier", IDENTIFIER)
    return value


def _text(longest: int, words: str, spaces: bool) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str):
            refuse("not text", words)
        if not value.strip():
            refuse("empty", words)
        if not value.isprintable() or value != value.strip() or (not spaces and " " in value):
            refuse("a space or control character that is not allowed", words)
        if len(value.encode()) > longest:
            refuse(f"{len(value.encode())} bytes", words)
        return value

    return parse


def _whole(low: int, high: int | None, words: str) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            refuse("not a whole number", words)
        if value < low or (high is not None and value > high):
            refuse("out of range", words)
        return value

    return parse


def _one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            refuse("unknown", listed(words))
        return value

    return parse


def _day_count(value: Any) -> DayCount:
    return DAY_COUNTS[_one_of(tuple(DAY_COUNTS))(value)]


def _roll(value: Any) -> Roll:
    return Roll(_one_of(tuple(roll.value for roll in Roll))(value))


def _arrears(value: Any) -> str | int:
    """The name of a rule, or the spread in wad."""
    accepted = listed(ARREARS_RULES) + ', {spread = "0.02"}'
    if isinstance(value, dict):
        if set(value) != {"spread"}:
            refuse("not a rule for interest on unpaid interest", accepted)
        return _wad(RATE)(value["spread"])
    if not isinstance(value, str) or value not in ARREARS_RULES:
        refuse("not a rule for interest on unpaid interest", accepted)
    return value


def _whole_field(low: int, high: int | None, words: str) -> Any:
    return BeforeValidator(_whole(low, high, words))


Amount = Annotated[Exact, BeforeValidator(_amount), Field(description=AMOUNT)]
Rate = Annotated[int, BeforeValidator(_wad(RATE)), Field(description=RATE)]
RATIO = 'a ratio as a string, "1.15"'
Ratio = Annotated[int, BeforeValidator(_wad(RATIO)), Field(description=RATIO)]
Day = Annotated[date, BeforeValidator(_date), Field(description=DATE)]
Identifier = Annotated[str, BeforeValidator(_identifier), Field(description=IDENTIFIER)]
_NAME = "1 to 64 bytes of text on one line"
Name = Annotated[str, BeforeValidator(_text(64, _NAME, spaces=True)), Field(description=_NAME)]
_SYMBOL = "1 to 31 bytes without spaces"
Symbol = Annotated[str, BeforeValidator(_text(31, _SYMBOL, spaces=False)), Field(description=_SYMBOL)]
_DECIMALS = "a whole number from 0 to 18, the asset's own"
Decimals = Annotated[int, _whole_field(0, 18, _DECIMALS), Field(description=_DECIMALS)]
_MONTHS = "a whole number of months from 1 to 120"
Months = Annotated[int, _whole_field(1, 120, _MONTHS), Field(description=_MONTHS)]
_PERIODS = f"a whole number from 1 to {MAX_PERIODS}"
Periods = Annotated[int, _whole_field(1, MAX_PERIODS, _PERIODS), Field(description=_PERIODS)]
_SHARES = "a whole number of shares, 1 or more"
Shares = Annotated[int, _whole_field(1, None, _SHARES), Field(description=_SHARES)]
_CURE = f"a whole number from 1 to {MAX_CURE}"
Cure = Annotated[int, _whole_field(1, MAX_CURE, _CURE), Field(description=_CURE)]
_BASE = "collections, asset_value, or the id of a lender's tranche"
Base = Annotated[str, BeforeValidator(_identifier), Field(description=_BASE)]
_RUNG = 'text "kind:target[:fraction][?test]"'
RungText = Annotated[str, Field(description=_RUNG)]
Accrue = Annotated[str, BeforeValidator(_one_of(("unadjusted", "adjusted"))), Field(description="unadjusted, adjusted")]
Flag = Annotated[bool, Field(description="true, false")]


class Table(BaseModel):
    """A table of the file: unknown keys are refused, and nothing is converted."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, populate_by_name=False
    )


class Deal(Table):
    name: Name
    asset: Symbol
    decimals: Decimals
    closing: Day
    months: Months | None = None
    first: Day | None = None
    periods: Periods | None = None
    dates: Annotated[list[Day] | None, Field(description="a list of dates, ascending, after closing")] = None
    roll: Annotated[Roll, BeforeValidator(_roll), Field(description=listed([roll.value for roll in Roll]))] = Roll.NONE
    holidays: Annotated[list[Day], Field(description="a list of dates")] = []
    accrue: Accrue = "unadjusted"
    write_down: Flag = False
    lifetime_cash: Amount | None = None


class CouponStep(Table):
    start: Day = Field(alias="from", description=DATE)
    coupon: Rate


class Principal(Table):
    kind: Annotated[str, BeforeValidator(_one_of(PRINCIPAL_KINDS)), Field(description=listed(PRINCIPAL_KINDS))]
    amounts: Annotated[list[Amount] | None, Field(description="a list of amounts, one per period")] = None
    dscr: Ratio | None = None
    cfads: Annotated[list[Amount] | None, Field(description="a list of amounts, one per period")] = None


PRINCIPAL = 'a table such as {kind = "level"}; kinds: ' + listed(PRINCIPAL_KINDS)
ARREARS = listed(ARREARS_RULES) + ', {spread = "0.02"}'


class Tranche(Table):
    id: Identifier
    symbol: Symbol
    residual: Flag = False
    face: Amount | None = None
    shares: Shares | None = None
    coupon: Rate | None = None
    steps: Annotated[
        list[CouponStep] | None, Field(description='a list such as [{from = 2031-01-01, coupon = "0.07"}]')
    ] = None
    day_count: Annotated[DayCount, BeforeValidator(_day_count), Field(description=listed(tuple(DAY_COUNTS)))] = (
        DayCount.THIRTY_360
    )
    principal: Annotated[Principal | None, Field(description=PRINCIPAL)] = None
    arrears: Annotated[str | int, BeforeValidator(_arrears), Field(description=ARREARS)] = "coupon"


class Fee(Table):
    id: Identifier
    payee: Name
    fixed: Amount | None = None
    annual: Rate | None = None
    of: Base | None = None
    cap: Amount | None = None
    carry: Flag = False
    start: Day | None = Field(default=None, alias="from", description=DATE)
    until: Day | None = None
    opex: Flag = False


class Reserve(Table):
    id: Identifier
    months: Months | None = None
    target: Amount | None = None
    opening: Amount = Exact(0, 0)
    supports: Annotated[list[str], Field(description='a list such as ["interest:senior", "principal:senior"]')]


class CoverageTest(Table):
    id: Identifier
    metric: Annotated[str, BeforeValidator(_one_of(METRICS)), Field(description=listed(METRICS))]
    of: Base
    below: Ratio
    cure: Cure = 1


class Ladders(Table):
    normal: Annotated[list[RungText], Field(description='a list of rungs, "kind:target[:fraction][?test]"')]
    enforcement: Annotated[
        list[RungText] | None, Field(description='a list of rungs, "kind:target[:fraction][?test]"')
    ] = None
    enforce_on: Annotated[list[str], Field(description="a list of ids of tests")] = []


class DealFile(Table):
    deal: Annotated[Deal, Field(description="one table [deal]")]
    tranche: Annotated[list[Tranche], Field(description=f"2 to {MAX_TRANCHES} tables [[tranche]]")]
    fee: Annotated[list[Fee], Field(description=f"at most {MAX_FEES} tables [[fee]]")] = []
    reserve: Annotated[list[Reserve], Field(description=f"at most {MAX_RESERVES} tables [[reserve]]")] = []
    test: Annotated[list[CoverageTest], Field(description=f"at most {MAX_TESTS} tables [[test]]")] = []
    ladder: Annotated[Ladders, Field(description="one table [ladder]")]
