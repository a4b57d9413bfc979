"""Decimal text to exact integers, without floats."""

from __future__ import annotations

import re
from typing import NamedTuple

from penstock.format import counted
from penstock.model.units import MAX_AMOUNT

_DECIMAL = re.compile(r"[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?", re.ASCII)
_LONGEST = 100
_FOREIGN = (
    (
        re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII),
        "a comma is not a thousands separator here",
    ),
    (
        re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){2,}(?:,[0-9]*)?", re.ASCII),
        "a point is not a thousands separator here",
    ),
    (re.compile(r"[0-9._']*,[0-9]+", re.ASCII), "the decimal sign is a point here, not a comma"),
    (re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+", re.ASCII), "written with an exponent"),
)

LESS_THAN = f"less than 2^{MAX_AMOUNT.bit_length()} base units"


class Exact(NamedTuple):
    """The number digits / 10**places, with no trailing zero after the point."""

    digits: int
    places: int

    def scaled(self, decimals: int) -> int | None:
        """The number in units of 10**-decimals, or None when that is not whole."""
        return self.digits * 10 ** (decimals - self.places) if self.places <= decimals else None


def parse_exact(text: str) -> Exact | None:
    """A decimal of 0 or more such as "7_000_000.00"; None when the text is anything else."""
    if len(text) > _LONGEST or not _DECIMAL.fullmatch(text):
        return None
    whole, _, part = text.replace("_", "").partition(".")
    part = part.rstrip("0")
    return Exact(int(whole + part), len(part))


def why_no_decimal(text: str) -> str:
    """Why a text is not a decimal of 0 or more."""
    if text.startswith("-") and parse_exact(text[1:]):
        return "negative"
    if text.endswith("%"):
        return "not a percentage: 6.25 % is written 0.0625"
    for pattern, reason in _FOREIGN:
        if pattern.fullmatch(text):
            return reason
    return "not a decimal number"


def amount_fault(amount: Exact, decimals: int) -> str | None:
    """Why the asset could not hold an amount; None when it can."""
    fault = figure_fault(amount, decimals)
    return f"{fault}, the asset has {decimals}" if fault and amount.scaled(decimals) is None else fault


def figure_fault(figure: Exact, places: int) -> str | None:
    """Why a figure of at most so many decimals could not be on the chain; None when it can."""
    units = figure.scaled(places)
    if units is None:
        return counted(figure.places, "decimal")
    if units > MAX_AMOUNT:
        return "too large for the chain"
    return None
