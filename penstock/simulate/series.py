"""What a simulation can record of each period: the figures of a settlement, by name, and what each has one of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from penstock.model.terms import DealTerms

Count = Callable[[DealTerms], int]


@dataclass(frozen=True, slots=True)
class Series:
    """
    One figure of every period. Units: base units, but of `coupons` (wad), counters and what is 0 or 1.

    of : what there is one of it for, in words; None for a single figure. count : how many these are.
    kept : part of the state, which a period leaves to the next one; other figures are the period's own.
    """

    of: str | None
    count: Count
    kept: bool = False


def _group(of: str | None, count: Count, own: str = "", kept: str = "") -> dict[str, Series]:
    return {
        **{name: Series(of, count) for name in own.split()},
        **{name: Series(of, count, kept=True) for name in kept.split()},
    }


SERIES: dict[str, Series] = {
    **_group(None, lambda terms: 1, "available enforced principal_pot promote", "capital_received promote_received"),
    **_group(
        "tranche",
        lambda terms: len(terms.tranches),
        "interest principal interest_due principal_due written_down pik coupons deferred",
        "balance interest_arrears principal_arrears credited",
    ),
    **_group("class of equity", lambda terms: len(terms.tranches) - terms.equity, "equity"),
    **_group("fee", lambda terms: len(terms.fees), "fees", "fee_arrears fee_credited"),
    **_group("reserve", lambda terms: len(terms.reserves), "released drawn topped_up", "reserves"),
    **_group(
        "test",
        lambda terms: len(terms.tests),
        "made passed missing numerator denominator trap_drawn",
        "trapped passes_needed",
    ),
    **_group("rung", lambda terms: len(terms.rungs), "due paid from_reserve from_trap"),
    **_group("tier", lambda terms: len(terms.promote.tiers) if terms.promote else 0, "tiers"),
    **_group("hurdle", lambda terms: len(terms.promote.hurdles) if terms.promote else 0, kept="hurdles"),
}
"""
The names are those of the model: `Settlement`, `Flows`, `DealState`, `RungPayment` and `Coverage` say what each is.

Rungs are counted through all ladders, as `DealTerms.rungs` lists them; one whose ladder is not in force has 0.
made, passed : 1 where a test was made, and where it passed, else 0.
"""
