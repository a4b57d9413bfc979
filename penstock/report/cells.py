"""The cells of a table: text, counts, amounts of money, shares, ratios; and how each is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from penstock.format import NO_VALUE, exact_money, format_ratio, money

# An address, a transaction's hash or a code hash, but not as part of a file's name.
_HEX = re.compile(r"(?<![\w./-])0x(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40})(?![\w./-])", re.ASCII)
_SPACE = re.compile(r" +(?!%)")  # "6.25 %" is one word
_AFTER_PLUS = re.compile(r"(?<=\w\+)(?=\w)")


class Scale(IntEnum):
    """How amounts are written. FULL: to two places. WHOLE: in whole coins. THOUSANDS: of coins."""

    FULL = 0
    WHOLE = 1
    THOUSANDS = 1000


@dataclass(frozen=True, slots=True)
class Amount:
    """
    An amount of money.

    units : base units; negative where money is missing. decimals : of its asset.
    exact : in full, every digit is shown instead of two places.
    """

    units: int
    decimals: int
    exact: bool = False

    def text(self, scale: Scale = Scale.FULL) -> str:
        """Rounded towards zero, with thousands separated."""
        size, sign = abs(self.units), "-" if self.units < 0 else ""
        if scale is Scale.FULL:
            return sign + (exact_money if self.exact else money)(size, self.decimals)
        return sign + self._scaled(scale)

    def survives(self, scale: Scale) -> bool:
        """Whether an amount other than zero is not written as 0 for the scale alone."""
        return scale is Scale.FULL or not self.units or self._scaled(scale) != "0"

    def _scaled(self, scale: Scale) -> str:
        return f"{abs(self.units) // (scale * 10**self.decimals):,}"


@dataclass(frozen=True, slots=True)
class Shares:
    """A number of shares, in their base units; never scaled."""

    units: int
    decimals: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio in wad, rounded down to two places; None where there is none."""

    wad: int | None


Cell = str | int | Amount | Shares | Ratio


def cell_text(cell: Cell, scale: Scale = Scale.FULL) -> str:
    """A cell as it is printed; a count has its thousands separated."""
    if isinstance(cell, Amount):
        return cell.text(scale)
    if isinstance(cell, Shares):
        return money(cell.units, cell.decimals)
    if isinstance(cell, Ratio):
        return format_ratio(cell.wad, 2) or NO_VALUE
    return cell if isinstance(cell, str) else f"{cell:,}"


def is_blank(cell: Cell) -> bool:
    """Whether a cell says nothing: empty, without a value, or exactly zero."""
    if isinstance(cell, Amount | Shares):
        return not cell.units
    if isinstance(cell, Ratio):
        return cell.wad is None
    return cell in ("", NO_VALUE, 0)


def hex_words(text: str) -> list[str]:
    """The addresses and hashes in a text."""
    return _HEX.findall(text)


def shortened(text: str) -> str:
    """The text with each address and hash as its first and last four digits: 0x3C44…93BC."""
    return _HEX.sub(lambda found: f"{found[0][:6]}…{found[0][-4:]}", text)


def words(text: str) -> list[tuple[str, str]]:
    """A text as the words it may be wrapped at, each with what joins it to the one before: a space, or nothing."""
    return [(part, "" if at else " ") for word in _SPACE.split(text) for at, part in enumerate(_AFTER_PLUS.split(word))]
