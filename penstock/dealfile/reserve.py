"""A reserve of a deal file: what it holds, what it supports, and what may go in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile import schema
from penstock.dealfile.amounts import base_units, listed_units
from penstock.dealfile.calendar import Dates, ahead, parts
from penstock.dealfile.ladder import RungReader
from penstock.dealfile.numbers import Exact
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.model.terms import Reserve, RungKind, Tranche

MOST_AHEAD = 255  # the chain counts the periods ahead in one byte
MOST_LOOKED_AT = 7_140
"""Debt services that all reserves of a deal look at: a settlement with more may not fit a transaction (SECURITY.md)."""
EITHER = "one of months, target, targets"


def looked_at(reserve: Reserve, tranches: Sequence[Tranche]) -> int:
    """
    How many debt services a reserve's target is reckoned from. What is paid in kind is reckoned before principal, which
    doubles a lender's; a part of a period is the difference of two sums.
    """
    lenders = {target for kind, target in reserve.supports if kind is not RungKind.FEE}
    counted = sum(2 if tranches[target].pik else 1 for target in lenders)
    return (max(reserve.ahead, default=0) + bool(reserve.parts)) * counted * (2 if reserve.parts else 1)


@dataclass(frozen=True)
class ReserveReader:
    """Reads the reserves of one file."""

    source: Source
    deal: schema.Deal
    calendar: Dates
    rungs: RungReader

    def reserve(self, index: int, reserve: schema.Reserve) -> Reserve:
        """The reserve of a place in the file. Raises DealFileError."""
        path: Path = ("reserve", index)
        ways = [key for key in ("months", "target", "targets") if getattr(reserve, key) is not None]
        if len(ways) > 1:
            raise self.source.error((*path, ways[1]), f"not allowed together with {ways[0]}", EITHER)
        if not ways:
            raise self.source.error((*path, "months"), "the target is missing", EITHER)
        supports = self.supports(path, reserve.supports)
        counts: tuple[int, ...] = ()
        rest: tuple[tuple[int, int], ...] = ()
        if reserve.months is not None:
            counts, rest = self._ahead((*path, "months"), reserve.months, supports)
        decimals = self.deal.decimals
        return Reserve(
            id=reserve.id,
            opening=base_units(self.source, (*path, "opening"), reserve.opening, decimals),
            ahead=counts,
            parts=rest,
            target=0
            if reserve.target is None
            else base_units(self.source, (*path, "target"), reserve.target, decimals),
            targets=() if reserve.targets is None else self._targets((*path, "targets"), reserve.targets),
            fill=None if reserve.fill is None else self._fill((*path, "fill"), reserve),
            supports=supports,
        )

    def supports(self, path: Path, texts: Sequence[str]) -> tuple[tuple[RungKind, int], ...]:
        """The rungs that a reserve or a trap pays what they are short of."""
        if not texts:
            self.source.refuse((*path, "supports"), "supports nothing", 'a list such as ["interest:senior"]')
        found: list[tuple[RungKind, int]] = []
        for at, text in enumerate(texts):
            support = self.rungs.support((*path, "supports", at), text)
            if support in found:
                self.source.refuse((*path, "supports", at), "named twice", "each once")
            found.append(support)
        return tuple(found)

    def require_room(self, reserves: Sequence[Reserve], tranches: Sequence[Tranche]) -> None:
        """Refuses reserves that look at more debt services than a settlement has gas for."""
        found = 0
        for index, reserve in enumerate(reserves):
            found += looked_at(reserve, tranches)
            if found > MOST_LOOKED_AT:
                counting = "periods ahead, times lenders, twice for one paid in kind and for a part of a period"
                reason = f"reserves look at {found:,} debt services: {counting}"
                self.source.refuse(("reserve", index, "months"), reason, f"at most {MOST_LOOKED_AT:,} in all")

    def _ahead(
        self, path: Path, months: int, supports: Sequence[tuple[RungKind, int]]
    ) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
        if not any(kind in (RungKind.INTEREST, RungKind.PRINCIPAL) for kind, _ in supports):
            self.source.refuse(
                path,
                "months counts supported interest and principal, and the reserve supports neither",
                "target, or support of interest or principal",
            )
        counts = ahead(self.calendar.nominal, months)
        if max(counts) > MOST_AHEAD:
            self.source.refuse(path, f"reaches {max(counts)} periods ahead", f"at most {MOST_AHEAD} periods")
        rest = parts(self.calendar.nominal, months, counts)
        if not any(counts) and not rest:
            self.source.refuse(path, "reaches no later accrual date: its target is always 0", "more periods")
        return counts, rest

    def _targets(self, path: Path, values: Sequence[Exact]) -> tuple[int, ...]:
        found = listed_units(self.source, path, values, len(self.calendar.accrual), self.deal.decimals)
        if found[-1]:
            reason = "after the last period a reserve holds nothing"
            self.source.refuse((*path, len(found) - 1), reason, '"0" for the last period')
        if not any(found):
            self.source.refuse(path, "its target is always 0", "an amount above 0, or no reserve")
        return found

    def _fill(self, path: Path, reserve: schema.Reserve) -> int:
        assert reserve.fill is not None
        found = base_units(self.source, path, reserve.fill, self.deal.decimals)
        if not found:
            self.source.refuse(path, "nothing ever goes in", "an amount above 0, or no fill")
        return found
