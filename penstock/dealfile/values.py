"""What one value of a deal file alone may be: its parser, what refusals say is accepted, and its JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Any, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from penstock.dealfile.errors import Literally
from penstock.dealfile.numbers import Exact, parse_exact, why_no_decimal
from penstock.format import fraction_text, is_plain
from penstock.model.calendar import Roll
from penstock.model.compliance import MAX_COUNTRY, InvestorClass
from penstock.model.rungs import RungKind, kinds_where
from penstock.model.terms import MAX_COUPON, MAX_CURE, MAX_PERIODS, DayCount, Metric, Unit
from penstock.model.units import WAD
from penstock.model.window import MOST_OVER

MOST_MONTHS = 120
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2149, 6, 6)
AMOUNT = 'an amount of 0 or more as a string, "7_000_000.00", or a whole number'
RATE = 'a rate as a string, "0.0625" for 6.25 %'
COUPON = RATE + ', or a table such as {index = "sofr", margin = "0.025", cap = "0.09", initial = "0.043"}'
RATIO = 'a ratio as a string, "1.15"'
PART = 'a part as a string, above 0 and at most 1, "0.10" for 10 %'
DATE = f"a date without quotes from {FIRST_DAY} to {LAST_DAY}"
MOST_DELAY, MOST_GRACE = 366, 255
MOST_BUSINESS_DAYS = 99
DELAY = f'a whole number of calendar days from 1 to {MOST_DELAY}, or 1 to {MOST_BUSINESS_DAYS} business days, "5bd"'
_BUSINESS_DAYS = re.compile("([1-9][0-9]?)[bB][dD]", re.ASCII)
IDENTIFIER = "a lower-case letter, then lower-case letters, digits and _, 31 at most"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)

DAY_COUNTS = {
    "ACT/360": DayCount.ACT_360,
    "ACT/365F": DayCount.ACT_365F,
    "ACT/ACT (ISDA)": DayCount.ACT_ACT_ISDA,
    "ACT/ACT (ICMA)": DayCount.ACT_ACT_ICMA,
    "30/360 (ISDA)": DayCount.THIRTY_360,
    "30/360 US": DayCount.THIRTY_360_US,
    "30E/360": DayCount.THIRTY_E_360,
    "30E/360 (ISDA)": DayCount.THIRTY_E_360_ISDA,
    "30/365": DayCount.THIRTY_365,
}
PLAIN_30_360 = "30/360"
"""Four rules are called so: accepted where they agree on every period of the deal."""
THIRTIES = (DayCount.THIRTY_360, DayCount.THIRTY_360_US, DayCount.THIRTY_E_360, DayCount.THIRTY_E_360_ISDA)
DAY_COUNT_SPELLINGS = {
    "ACT/360": ("Actual/360", "A/360"),
    "ACT/365F": ("Actual/365F", "A/365F", "ACT/365 Fixed", "ACT/365 (Fixed)", "Actual/365 Fixed", "Actual/365 (Fixed)"),
    "ACT/ACT (ISDA)": ("ACT/ACT ISDA", "Actual/Actual (ISDA)", "Actual/Actual ISDA"),
    "ACT/ACT (ICMA)": ("ACT/ACT ICMA", "Actual/Actual (ICMA)", "Actual/Actual ICMA"),
    "30/360 (ISDA)": ("30/360 ISDA", "30A/360", "Bond Basis", "360/360"),
    "30/360 US": ("30/360 (US)", "30/360 SIA", "30U/360", "30US/360"),
    "30E/360": (),
    "30E/360 (ISDA)": ("30E/360 ISDA",),
    "30/365": (),
}
"""Names of a rule that no other rule has: ISDA 2006, section 4.16; SIA; ISO 20022 for 30/365."""
DAY_COUNTS_REFUSED = {
    **dict.fromkeys(("ACT/365", "Actual/365", "A/365"), ("two rules are called so", "ACT/365F, or ACT/ACT (ISDA)")),
    **dict.fromkeys(("ACT/ACT", "Actual/Actual"), ("two rules are called so", "ACT/ACT (ISDA), or ACT/ACT (ICMA)")),
    "Eurobond Basis": (
        "ISDA calls one rule so since 2006 and called another one so before",
        "30E/360 (since 2006), or 30E/360 (ISDA) (before)",
    ),
    **dict.fromkeys(
        ("30E+/360", "ACT/364", "ACT/365L", "ACT/366", "ACT/ACT AFB", "NL/365", "BUS/252"),
        ("not supported", ", ".join([*DAY_COUNTS, PLAIN_30_360])),
    ),
}  # fmt: skip
PRINCIPAL_KINDS = ("bullet", "linear", "level", "custom", "sculpted", "cash", "target_oc")
ARREARS_RULES = ("none", "coupon", "capitalise")
RESETS = ("advance", "arrears")
METRICS = {
    "dscr": Metric.DSCR,
    "ic": Metric.IC,
    "oc": Metric.OC,
    "note_factor": Metric.NOTE_FACTOR,
    "llcr": Metric.LLCR,
    "pool_factor": Metric.POOL_FACTOR,
    "reserve": Metric.RESERVE_LEVEL,
}
REPORTED = "report:"
"""Before a declared field, which is what a fee or a test reads."""
INVESTOR_CLASSES = {
    "retail": InvestorClass.RETAIL,
    "professional": InvestorClass.PROFESSIONAL,
    "accredited": InvestorClass.ACCREDITED,
}
CLASSES = ", ".join(INVESTOR_CLASSES)
COUNTRY = f"a whole number from 1 to {MAX_COUNTRY}, a country's code of ISO 3166-1 numeric"
MOST_INVESTORS = 2**32 - 1
MOST_MOVE_DELAY = 365
SHA256 = "64 hexadecimal digits"
_SHA256 = re.compile("[0-9a-fA-F]{64}", re.ASCII)
UNITS = {"amount": Unit.AMOUNT, "ratio": Unit.RATIO, "count": Unit.COUNT}
ARREARS = ", ".join(ARREARS_RULES) + ', {spread = "0.02"}'


@dataclass(frozen=True, eq=False)
class Kind:
    """
    What a value may be; in the annotation of its field.

    Parameters
    ----------
    accepted : what a refusal says is accepted.
    schema : the same as JSON Schema (draft 4); never stricter than the parser, or editors would mark valid files.
    parse : from a value of TOML; None leaves it to pydantic.
    """

    accepted: str
    schema: Mapping[str, Any] = field(default_factory=dict)
    parse: Callable[[Any], Any] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        inner = handler(source)
        return inner if self.parse is None else core_schema.no_info_before_validator_function(self.parse, inner)


@dataclass(frozen=True)
class Delay:
    """From accrual to payment: so many calendar days, or business days."""

    days: int
    business: bool = False


def refuse(reason: str, accepted: str) -> NoReturn:
    # the values go in by name: pydantic fills only what the template names, so braces of the file stay as they are
    raise PydanticCustomError("refused", "{reason}", {"reason": reason, "accepted": accepted})


def listed(words: Sequence[str]) -> str:
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


def _wad(value: Any, words: str) -> int:
    if isinstance(value, Literally):
        refuse("a rate or ratio must be exact: write it as a string", f'"{value.text}"')
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        refuse("not a rate or ratio", words)
    exact = parse_exact(value if isinstance(value, str) else _decimal_text(value))
    if exact is None:
        refuse(why_no_decimal(value) if isinstance(value, str) else "negative", words)
    wad = exact.scaled(18)
    if wad is None:
        refuse(f"{exact.places} decimals", "at most 18 decimals")
    return wad


def _ratio(value: Any) -> int:
    return _wad(value, RATIO)


def _rate(value: Any) -> int:
    """A rate in wad. A whole number is exact, but one above 1 is hardly meant as so many times 100 %."""
    wad = _wad(value, RATE)
    if isinstance(value, int) and wad > MAX_COUPON:
        refuse("out of range", RATE)
    if isinstance(value, int) and wad > WAD:
        accepted = f'"{fraction_text(wad // 100)}" for {value} %, or "{value}" if {value}00 % is meant'
        refuse(f"is {value} % or {value}00 % meant?", accepted)
    return wad


def _part(value: Any) -> int:
    """Of a whole, in wad."""
    wad = _wad(value, PART)
    if not 0 < wad <= WAD:
        refuse("out of range", PART)
    return wad


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


def _delay(value: Any) -> Delay:
    """Calendar days as a whole number, business days as text."""
    if isinstance(value, str) and (found := _BUSINESS_DAYS.fullmatch(value)):
        return Delay(int(found[1]), business=True)
    if isinstance(value, bool) or not isinstance(value, int):
        refuse("not a delay", DELAY)
    if not 1 <= value <= MOST_DELAY:
        refuse("out of range", DELAY)
    return Delay(value)


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        refuse("not a SHA-256", SHA256)
    return value.lower()


def is_identifier(text: str) -> bool:
    return bool(_IDENTIFIER.fullmatch(text))


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not is_identifier(value):
        refuse("not an identifier", IDENTIFIER)
    return value


def _base(value: Any) -> str:
    before, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if colon and before == "report" and is_identifier(name):
        return str(value)
    return _identifier(value)


def _threshold(value: Any) -> Exact:
    """A ratio, or a figure in the unit of a reported field; how many decimals it may have depends on that."""
    if isinstance(value, Literally):
        refuse("a rate or ratio must be exact: write it as a string", f'"{value.text}"')
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        refuse("not a rate or ratio", RATIO)
    exact = parse_exact(value if isinstance(value, str) else _decimal_text(value))
    if exact is None:
        refuse(why_no_decimal(value) if isinstance(value, str) else "negative", RATIO)
    return exact


def text_of(longest: int, words: str, spaces: bool) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, str):
            refuse("not text", words)
        if not value.strip():
            refuse("empty", words)
        if not is_plain(value) or value != value.strip() or (not spaces and " " in value):
            refuse("a space or control character that is not allowed", words)
        if len(value.encode()) > longest:
            refuse(f"{len(value.encode())} bytes", words)
        return value

    return parse


def whole(low: int, high: int | None, words: str) -> Kind:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            refuse("not a whole number", words)
        if value < low or (high is not None and value > high):
            refuse("out of range", words)
        return value

    bounds = {"minimum": low} if high is None else {"minimum": low, "maximum": high}
    return Kind(words, {"type": "integer", **bounds}, parse)


def _spelling(word: str) -> str:
    """The pattern of a word in any case, with or without its spaces, or with a space or hyphen for an underscore."""
    letters = {"_": "[_ -]?", " ": "[ -]?"}
    return "".join(
        letters.get(each) or (f"[{each.upper()}{each.lower()}]" if each.isalpha() else re.escape(each)) for each in word
    )


def one_of(
    meanings: Mapping[str, Any],
    also: Mapping[str, Sequence[str]] | None = None,
    refused: Mapping[str, tuple[str, str]] | None = None,
) -> Kind:
    """
    One of some words, in any case.

    also : other spellings of a word. refused : why words that one might expect here are not accepted, and what is.
    """
    known = {each: word for word in meanings for each in (word, *(also or {}).get(word, ()))}
    spellings = {_spelling(each): meanings[word] for each, word in known.items()}
    reasons = {_spelling(word): reason for word, reason in (refused or {}).items()}
    accepted = listed(tuple(meanings))

    def parse(value: Any) -> Any:
        text = value if isinstance(value, str) else ""
        for pattern, meaning in spellings.items():
            if re.fullmatch(pattern, text):
                return meaning
        for pattern, (reason, instead) in reasons.items():
            if re.fullmatch(pattern, text):
                refuse(reason, instead)
        close = get_close_matches(text, known)
        refuse("unknown" + (f', did you mean "{close[0]}"?' if close else ""), accepted)

    shape = {"anyOf": [{"enum": list(meanings)}, _matches(f"({'|'.join(spellings)})")]}
    return Kind(accepted, shape, parse)


def _metric() -> Kind:
    """A metric's name in any case, or a declared field."""
    words = one_of(_same(*METRICS))
    accepted = f"{words.accepted}, {REPORTED}field"

    def parse(value: Any) -> str:
        if isinstance(value, str) and value.startswith(REPORTED) and is_identifier(value.removeprefix(REPORTED)):
            return value
        close = get_close_matches(value, METRICS) if isinstance(value, str) else []
        found = next(
            (word for word in METRICS if isinstance(value, str) and re.fullmatch(_spelling(word), value)), None
        )
        if found is None:
            refuse("unknown" + (f', did you mean "{close[0]}"?' if close else ""), accepted)
        return found

    shape = {"anyOf": [*words.schema["anyOf"], _matches(f"{REPORTED}{_IDENTIFIER.pattern}")]}
    return Kind(accepted, shape, parse)


def _same(*words: str) -> dict[str, str]:
    return {word: word for word in words}


_ARREARS_WORDS = {**{rule: rule for rule in ARREARS_RULES}, "capitalize": "capitalise"}


def _arrears(value: Any) -> str | int:
    """The name of a rule, or the spread in wad."""
    if isinstance(value, dict) and set(value) == {"spread"}:
        return _rate(value["spread"])
    if not isinstance(value, str) or value.lower() not in _ARREARS_WORDS:
        refuse("not a rule for interest on unpaid interest", ARREARS)
    return _ARREARS_WORDS[value.lower()]


def _matches(pattern: str, longest: int | None = None) -> dict[str, Any]:
    """Text that a pattern matches from its first to its last character, as JSON Schema."""
    return {"type": "string", "pattern": f"^{pattern}$"} | ({"maxLength": longest} if longest else {})


_NAME = "1 to 64 bytes of text on one line"
_SYMBOL = "1 to 31 bytes without spaces"
_LINK = "1 to 255 bytes without spaces"
_RUNG = f"({'|'.join(kind.word for kind in RungKind)})(:[^:?!]+){{0,2}}([?!][^:?!]+)?"
_SUPPORT = f"({'|'.join(kind.word for kind in kinds_where(supported=True))}):[^:?!+]+"
_ID = _matches(_IDENTIFIER.pattern)
_BASE_SHAPE = _matches(f"(report:)?{_IDENTIFIER.pattern}")
_DAY = _matches("(19[7-9][0-9]|20[0-9]{2}|21[0-4][0-9])-[0-9]{2}-[0-9]{2}")
_DECIMAL = _matches(r"[0-9]+(_[0-9]+)*(\.[0-9]+(_[0-9]+)*)?", 100)
_AMOUNT_SHAPE = {"anyOf": [_DECIMAL, {"type": "integer", "minimum": 0}]}
_RATE_SHAPE = {"anyOf": [_DECIMAL, {"type": "integer", "minimum": 0, "maximum": 1}]}
_UP_TO_ONE = {"type": "string", "pattern": r"^0*(\.[0-9_]*[1-9][0-9_]*|1(\.0*)?)$"}
_PART_SHAPE = {"anyOf": [{"allOf": [_DECIMAL, _UP_TO_ONE]}, {"type": "integer", "minimum": 1, "maximum": 1}]}
_SPREAD = {
    "type": "object",
    "properties": {"spread": _RATE_SHAPE},
    "required": ["spread"],
    "additionalProperties": False,
}
_ARREARS_SHAPE = {
    "anyOf": [
        {"enum": list(ARREARS_RULES)},
        _matches(f"({'|'.join(map(_spelling, _ARREARS_WORDS))})"),
        _SPREAD,
    ]
}

_DELAY_SHAPE = {"anyOf": [_matches("[1-9][0-9]?[bB][dD]"), {"type": "integer", "minimum": 1, "maximum": MOST_DELAY}]}

Amount = Annotated[Exact, Kind(AMOUNT, _AMOUNT_SHAPE, _amount)]
Rate = Annotated[int, Kind(RATE, _RATE_SHAPE, _rate)]
Ratio = Annotated[int, Kind(RATIO, _AMOUNT_SHAPE, _ratio)]
Part = Annotated[int, Kind(PART, _PART_SHAPE, _part)]
Day = Annotated[date, Kind(DATE, _DAY, _date)]
Identifier = Annotated[str, Kind(IDENTIFIER, _ID, _identifier)]
Lender = Annotated[str, Kind("the id of a lender's tranche", _ID, _identifier)]
Base = Annotated[
    str, Kind("collections, asset_value, report:field, or the id of a lender's tranche", _BASE_SHAPE, _base)
]
Name = Annotated[str, Kind(_NAME, _matches(r"[^\s](.*[^\s])?", 64), text_of(64, _NAME, spaces=True))]
Symbol = Annotated[str, Kind(_SYMBOL, _matches(r"[^\s]+", 31), text_of(31, _SYMBOL, spaces=False))]
Decimals = Annotated[int, whole(0, 18, "a whole number from 0 to 18, the asset's own")]
Months = Annotated[int, whole(1, MOST_MONTHS, f"a whole number of months from 1 to {MOST_MONTHS}")]
Periods = Annotated[int, whole(1, MAX_PERIODS, f"a whole number from 1 to {MAX_PERIODS}")]
Shares = Annotated[int, whole(1, None, "a whole number of shares, 1 or more")]
Cure = Annotated[int, whole(1, MAX_CURE, f"a whole number from 1 to {MAX_CURE}")]
Flag = Annotated[bool, Kind("true, false", {"type": "boolean"})]
RollWord = Annotated[Roll, one_of({roll.value: roll for roll in Roll})]
PaymentDelay = Annotated[Delay, Kind(DELAY, _DELAY_SHAPE, _delay)]
Grace = Annotated[int, whole(1, MOST_GRACE, f"a whole number of days from 1 to {MOST_GRACE}")]
Accrue = Annotated[str, one_of(_same("unadjusted", "adjusted"))]
DayCountName = Annotated[
    DayCount | None, one_of({**DAY_COUNTS, PLAIN_30_360: None}, DAY_COUNT_SPELLINGS, DAY_COUNTS_REFUSED)
]
PrincipalWord = Annotated[str, one_of(_same(*PRINCIPAL_KINDS))]
Reset = Annotated[str, one_of(_same(*RESETS))]
Stale = Annotated[int, whole(0, MAX_PERIODS, f"a whole number from 0 to {MAX_PERIODS}")]
MetricWord = Annotated[str, _metric()]
Measured = Annotated[
    str, Kind("the id of a lender's tranche, of a test of reserve the id of a reserve", _ID, _identifier)
]
Threshold = Annotated[Exact, Kind(RATIO, _AMOUNT_SHAPE, _threshold)]
Over = Annotated[int, whole(2, MOST_OVER, f"a whole number of periods from 2 to {MOST_OVER}")]
UnitWord = Annotated[Unit, one_of(UNITS)]
ClassWord = Annotated[InvestorClass, one_of(INVESTOR_CLASSES)]
Country = Annotated[int, whole(1, MAX_COUNTRY, COUNTRY)]
Investors = Annotated[int, whole(1, MOST_INVESTORS, f"a whole number of investors from 1 to {MOST_INVESTORS}")]
MoveDelay = Annotated[int, whole(1, MOST_MOVE_DELAY, f"a whole number of days from 1 to {MOST_MOVE_DELAY}")]
Link = Annotated[str, Kind(_LINK, _matches(r"[^\s]+", 255), text_of(255, _LINK, spaces=False))]
Sha256 = Annotated[str, Kind(SHA256, _matches(_SHA256.pattern), _sha256)]
Arrears = Annotated[str | int, Kind(ARREARS, _ARREARS_SHAPE, _arrears)]
RungText = Annotated[str, Kind('text "kind:target[:fraction][?test]"', _matches(_RUNG))]
Support = Annotated[str, Kind('text such as "interest:senior"', _matches(_SUPPORT))]
