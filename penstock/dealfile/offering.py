"""The offering of a deal file: what is sold before the deal exists, for how much and by when."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.dealfile import schema
from penstock.dealfile.amounts import base_units
from penstock.dealfile.ladder import any_of
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.format import format_amount
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.offering_terms import Lot, OfferingTerms
from penstock.model.terms import DealTerms
from penstock.model.units import MAX_AMOUNT

PATH: Path = ("offering",)
MOST_PRICE, MOST_UNITS = 2**88 - 1, 2**40 - 1
"""What a contract keeps."""


def read_offering(source: Source, file: schema.DealFile, terms: DealTerms) -> OfferingTerms | None:
    """The terms of the offering, if there is one. Raises DealFileError."""
    return None if file.offering is None else _Reader(source, file.offering, terms).read()


@dataclass(frozen=True)
class _Reader:
    source: Source
    file: schema.Offering
    terms: DealTerms

    def read(self) -> OfferingTerms:
        file, terms = self.file, self.terms
        if file.deadline > terms.closing:
            self.source.refuse((*PATH, "deadline"), "after the deal's closing", f"{terms.closing} or before")
        ends_at = timestamp(file.deadline) + file.grace * SECONDS_PER_DAY
        if ends_at > timestamp(terms.payment_dates[0]):
            reason = "the deal could be launched after its first payment date"
            self.source.refuse((*PATH, "grace"), reason, f"days that end by {terms.payment_dates[0]}")
        made = OfferingTerms(
            lots=self._lots(),
            shares_per_unit=file.unit * 10**terms.share_decimals,
            deadline_at=timestamp(file.deadline),
            grace_ends_at=ends_at,
            soft_cap=base_units(self.source, (*PATH, "soft_cap"), file.soft_cap, terms.decimals),
            project=file.project,
            underwriter=file.underwriter,
            canceller=file.cancel,
            fees=tuple(
                (fee.payee, base_units(self.source, (*PATH, "fees", at, "amount"), fee.amount, terms.decimals))
                for at, fee in enumerate(file.fees)
            ),
            opening=terms.opening,
        )
        self._sums(made)
        return made

    def _lots(self) -> tuple[Lot, ...]:
        ids = [each.id for each in self.terms.tranches]
        lots: list[Lot] = []
        for at, each in enumerate(self.file.tranches):
            path = (*PATH, "tranches", at)
            if each.id not in ids:
                self.source.refuse((*path, "id"), "no tranche has this id", any_of(ids, "none"))
            tranche = ids.index(each.id)
            if lots and tranche <= lots[-1].tranche:
                self.source.refuse(
                    (*path, "id"), "not in the order of the tranches, each once", "the deal file's order"
                )
            lots.append(self._lot(path, each, tranche))
        if not lots:
            self.source.refuse((*PATH, "tranches"), "nothing is sold", "at least one tranche")
        return tuple(lots)

    def _lot(self, path: Path, file: schema.OfferedTranche, tranche: int) -> Lot:
        whole = 10**self.terms.share_decimals
        units, rest = divmod(self.terms.tranches[tranche].supply, self.file.unit * whole)
        if rest or units > MOST_UNITS:
            shares = self.terms.tranches[tranche].supply // whole
            reason = f"does not divide the {shares:,} shares of {file.id}" if rest else "makes too many units"
            self.source.refuse((*PATH, "unit"), reason, f"a number that divides them into at most {MOST_UNITS:,} units")
        price = base_units(self.source, (*path, "price"), file.price, self.terms.decimals)
        if price == 0:
            self.source.refuse((*path, "price"), "no price", "an amount above 0")
        if price > MOST_PRICE:
            most_text = format_amount(MOST_PRICE, self.terms.decimals)
            self.source.refuse((*path, "price"), "too large", f"at most {most_text}")
        most = units if file.most is None else file.most
        if most > units:
            self.source.refuse((*path, "most"), f"there are {units:,} units", f"at most {units:,}")
        if file.least > most:
            self.source.refuse((*path, "least"), "more than a holder may have", f"at most {most:,}")
        return Lot(tranche, price, units, file.least, most)

    def _sums(self, made: OfferingTerms) -> None:
        def shown(amount: int) -> str:
            return format_amount(amount, self.terms.decimals)

        if made.proceeds > MAX_AMOUNT:
            self.source.refuse((*PATH, "tranches"), "all units cost more than a deal can keep", "lower prices")
        if made.soft_cap > made.proceeds:
            self.source.refuse((*PATH, "soft_cap"), "more than all units cost", f"at most {shown(made.proceeds)}")
        if made.to_project < 0:
            reason = "fees and opening reserves are more than all units cost"
            self.source.refuse((*PATH, "tranches"), reason, f"at least {shown(made.proceeds - made.to_project)} in all")
