"""Prices that escalate, resolved into rows off the chain, and what they are worth today."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from penstock.model.units import WAD


def escalated(price: int, escalation: int, year: int) -> int:
    """
    The price of a year, from the exact power, rounded down.

    Parameters
    ----------
    price : of the first year, in base units per million units. escalation : per year, in wad. year : from 1.

    Source: docs/SPEC.md, "Offtakes".
    """
    growth = Fraction(WAD + escalation, WAD) ** (year - 1)
    return int(price * growth)


def present_value(amounts: Sequence[Fraction], rate: int) -> Fraction:
    """Of amounts at the ends of years from the first on, exactly. rate : per year, in wad."""
    growth = 1 + Fraction(rate, WAD)
    return sum((amount / growth**year for year, amount in enumerate(amounts, 1)), Fraction(0))
