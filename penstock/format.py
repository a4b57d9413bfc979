"""Numbers as text: exact for machines, rounded down for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone

WAD_DIGITS = 18
"""Rates, ratios and fractions are integers with this many decimals (docs/SPEC.md, "Numbers")."""

NO_VALUE = "–"
"""What a table shows where there is no value."""

# Letters and marks by their category, and yet without any picture: Unicode's Default_Ignorable_Code_Point less what
# str.isprintable() knows, and the blank Braille cell.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def money(amount: int, decimals: int) -> str:
    """Base units in currency units with thousands separated, to two places at most: 1234567890 at 6 → "1,234.56"."""
    unit = 10**decimals
    places = min(decimals, 2)
    whole = f"{amount // unit:,}"
    return whole if not places else f"{whole}.{amount % unit // 10 ** (decimals - places):0{places}d}"


def exact_money(amount: int, decimals: int) -> str:
    """Base units in currency units with thousands separated and every digit that is not a trailing zero."""
    unit, sign = 10**decimals, "-" if amount < 0 else ""
    part = f"{abs(amount) % unit:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{sign}{abs(amount) // unit:,}" + (f".{part.ljust(2, '0')}" if part else "")


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number and its noun: 1 → "1 holder", 1234 → "1,234 holders". many : the plural, if it is irregular."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(seconds: int) -> str:
    """The date of a time in seconds since 1970, UTC."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d}"


def moment(seconds: int) -> str:
    """A time in seconds since 1970 to the minute, UTC."""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M} UTC"


def failing(tests: Sequence[str]) -> str:
    """Tests that fail, by name: "lockup fails", "lockup and default fail"."""
    *others, last = tests
    return f"{', '.join(others)} and {last} fail" if others else f"{last} fails"


def shares_of(tranche: str, amount: int, decimals: int) -> str:
    """An amount of shares of a tranche, by its id: "1,000 shares of senior"."""
    text = exact_money(amount, decimals)
    return f"{text} share{'' if text == '1' else 's'} of {tranche}"


def percent(wad: int) -> str:
    """A wad rate in percent, exactly: 62500000000000000 → "6.25 %"."""
    whole, _, part = fraction_text(wad * 100).partition(".")
    return f"{whole}.{part.ljust(2, '0')} %"


def share_of(part: int, whole: int) -> str:
    thousandths = part * 1000 // whole if whole else 0
    return f"{thousandths // 10}.{thousandths % 10} %" if whole else NO_VALUE


def format_amount(amount: int, decimals: int) -> str:
    """Base units as a decimal string in currency units, without losing a digit: 1234500 at 6 → "1.2345"."""
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}d}".rstrip("0").rstrip(".") if part else str(whole)


def format_ratio(wad: int | None, places: int = 4) -> str | None:
    """A wad ratio cut (never rounded up) to `places` decimals; None stays None."""
    if wad is None:
        return None
    units = wad * 10**places // 10**WAD_DIGITS
    return f"{units // 10**places}.{units % 10**places:0{places}d}"


def fraction_text(wad: int) -> str:
    """A wad fraction as the shortest decimal: 5e17 → "0.5"."""
    return f"{wad // 10**WAD_DIGITS}.{wad % 10**WAD_DIGITS:018d}".rstrip("0").rstrip(".")


def ratio_text(wad: int) -> str:
    """A wad ratio with every digit, at least two of them after the point: 13e17 → "1.30"."""
    whole, _, part = fraction_text(wad).partition(".")
    return f"{whole}.{part.ljust(2, '0')}"


def is_plain(text: str) -> bool:
    """
    Whether every character of a text is seen, in its place: none controls, turns the direction of writing or has no
    width, and none but a space is blank.
    """
    return text.isprintable() and not _UNSEEN.search(text)


def one_line(text: str) -> str:
    """
    A text as one line that shows all of it: every character that is not plain is escaped. For text that others chose:
    names in a deal's terms, the symbol of an asset, what a node or a contract says.
    """
    return text if is_plain(text) else "".join(char if is_plain(char) else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"
