"""The promote of a deal file: two classes of equity, and the tiers in which they share the residual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile import schema, values
from penstock.dealfile.amounts import base_units
from penstock.dealfile.calendar import Dates
from penstock.dealfile.day_count import day_count
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.format import fraction_text
from penstock.model.terms import MAX_COUPON, MAX_TIERS, Promote, Tier, TierKind
from penstock.model.units import WAD

PATH: Path = ("promote",)
REST = 'a last tier such as {investor = "0.70"}'


def promote(source: Source, deal: schema.Deal, calendar: Dates, file: schema.DealFile) -> Promote | None:
    """The terms of the promote, if there is one. Raises DealFileError."""
    if file.promote is None:
        return None
    if file.call is not None:
        # Who calls the deal ends its periods: the sponsor would stop the hurdles, and what comes later would be promote
        reason = "it ends the periods in which the hurdles of the promote grow"
        source.refuse(("call",), reason, "no such table, or no [promote]")
    return _Reader(source, deal, calendar, [each.id for each in file.tranche], file.promote).promote()


@dataclass(frozen=True)
class _Reader:
    source: Source
    deal: schema.Deal
    calendar: Dates
    tranches: Sequence[str]
    file: schema.Promote

    def promote(self) -> Promote:
        investor, sponsor = self.tranches[-2:]
        for key, place, expected in (("investor", "last but one", investor), ("sponsor", "last", sponsor)):
            if getattr(self.file, key) != expected:
                self.source.refuse((*PATH, key), f"not the {place} tranche", expected)
        capital = base_units(self.source, (*PATH, "capital"), self.file.capital, self.deal.decimals)
        if capital == 0:
            self.source.refuse((*PATH, "capital"), "no return is due on nothing", "an amount above 0")
        if self.file.co_invest >= WAD:
            self.source.refuse((*PATH, "co_invest"), "leaves the investor no capital", "a part from 0, below 1")
        counted = day_count(self.source, self.calendar, (*PATH, "day_count"), self.file.day_count)
        return Promote(capital, self.file.co_invest, counted, self._tiers())

    def _tiers(self) -> tuple[Tier, ...]:
        path, files = (*PATH, "tiers"), self.file.tiers
        if not 1 <= len(files) <= MAX_TIERS:
            raise self.source.error(path, f"{len(files)} tiers", f"1 to {MAX_TIERS} tiers")
        found: list[Tier] = []
        for index, file in enumerate(files):
            found.append(self._tier((*path, index), file, found, last=index == len(files) - 1))
        return tuple(found)

    def _tier(self, path: Path, file: schema.PromoteTier, above: Sequence[Tier], last: bool) -> Tier:
        if file.until is not None and file.catch_up is not None:
            raise self.source.error((*path, "catch_up"), "not allowed together with until", "a tier for each")
        if file.sponsor is not None and file.catch_up is None:
            raise self.source.error((*path, "sponsor"), "only of a catch-up", 'the other part, investor = "0.80"')
        if file.until is not None or file.catch_up is not None:
            if last:
                key = "until" if file.until is not None else "catch_up"
                self.source.refuse((*path, key), "nobody gets what is left after it", REST)
            return (
                self._hurdle(path, file, file.until, above)
                if file.until is not None
                else self._catch_up(path, file, above)
            )
        if not last:
            self.source.refuse(
                path, "takes all that is left, and tiers come below", "until or catch_up, or no such tier"
            )
        if file.investor is None:
            raise self.source.error((*path, "investor"), "required in the last tier", values.RATE)
        return Tier(TierKind.REST, 0, self._part((*path, "investor"), file.investor))

    def _hurdle(self, path: Path, file: schema.PromoteTier, rate: int, above: Sequence[Tier]) -> Tier:
        earlier = max((each.rate for each in above if each.kind is TierKind.HURDLE), default=-1)
        if rate > MAX_COUPON:
            self.source.refuse((*path, "until"), "out of range", "a rate from 0 to 10")
        if rate <= earlier:
            reason = "the capital side has that return already when the tiers above end"
            self.source.refuse((*path, "until"), reason, f'a rate above "{fraction_text(earlier)}"')
        capital = WAD if file.investor is None else self._part((*path, "investor"), file.investor)
        if capital == 0:
            self.source.refuse((*path, "investor"), "the hurdle would never be reached", "a part above 0")
            capital = WAD
        return Tier(TierKind.HURDLE, rate, capital)

    def _catch_up(self, path: Path, file: schema.PromoteTier, above: Sequence[Tier]) -> Tier:
        target, sponsor = file.catch_up or 0, WAD if file.sponsor is None else file.sponsor
        if file.investor is not None:
            raise self.source.error((*path, "investor"), "a catch-up says what the sponsor gets", "sponsor, or neither")
        if not any(each.kind is TierKind.HURDLE for each in above):
            self.source.refuse((*path, "catch_up"), "no hurdle comes before it", "a tier with until above it")
        if not 0 < target < WAD:
            self.source.refuse((*path, "catch_up"), "out of range", "a part of profit above 0, below 1")
        earlier = max((each.rate for each in above if each.kind is TierKind.CATCH_UP), default=0)
        if earlier and target <= earlier:
            reason = "the catch-up above gives the sponsor that part already"
            self.source.refuse((*path, "catch_up"), reason, f'a part above "{fraction_text(earlier)}"')
        if not target < sponsor <= WAD:
            key = "catch_up" if file.sponsor is None else "sponsor"
            reason = "with no more than the part it is to have, the sponsor never catches up"
            self.source.refuse((*path, key), reason, f'a part above "{fraction_text(target)}", at most 1')
            sponsor = max(sponsor, min(target + 1, WAD))
        return Tier(TierKind.CATCH_UP, target, max(0, WAD - sponsor))

    def _part(self, path: Path, part: int) -> int:
        if part > WAD:
            self.source.refuse(path, "more than all", "a part from 0 to 1")
        return min(part, WAD)
