"""A fee of a deal file: what it is charged on, its amounts, and the periods it falls due in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from penstock.dealfile import schema
from penstock.dealfile.amounts import base_units, listed_units
from penstock.dealfile.calendar import Dates
from penstock.dealfile.ladder import Names, any_of, suggest
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.dealfile.values import REPORTED
from penstock.model.calendar import add_months
from penstock.model.terms import MAX_COUPON, Fee, FeeBase, ReportField, Unit
from penstock.model.units import MAX_AMOUNT, WAD

BASES = {"collections": FeeBase.COLLECTIONS, "asset_value": FeeBase.ASSET_VALUE}
EITHER = 'one of fixed, amounts, annual with of = "collections", or of = "report:field" with cap'


@dataclass(frozen=True)
class FeeReader:
    """Reads the fees of one file. fields : those of its reports."""

    source: Source
    deal: schema.Deal
    calendar: Dates
    names: Names
    fields: Sequence[ReportField]

    def fee(self, index: int, fee: schema.Fee) -> Fee:
        """The fee of a place in the file. Raises DealFileError."""
        path: Path = ("fee", index)
        base = self._base(path, fee)
        amounts: tuple[int, ...] = ()
        if fee.amounts is not None:
            amounts = listed_units(self.source, (*path, "amounts"), fee.amounts, self._periods, self.deal.decimals)
            if not any(amounts):
                self.source.refuse((*path, "amounts"), "nothing ever falls due", "an amount above 0, or no fee")
            first, last = 1, self._periods
        else:
            first, last = self._window(path, fee)
        if fee.escalate is not None:
            amounts = self._escalated(path, fee, first, last)
            first, last = 1, self._periods
        fixed = fee.fixed if base is FeeBase.FIXED else None
        return Fee(
            id=fee.id,
            payee=fee.payee,
            base=base,
            amount=0 if fixed is None else base_units(self.source, (*path, "fixed"), fixed, self.deal.decimals),
            rate=self._rate(path, fee, base),
            tranche=self.names.lender(self.source, (*path, "of"), fee.of or "", list(BASES))
            if base is FeeBase.BALANCE
            else 0,
            cap=None if fee.cap is None else base_units(self.source, (*path, "cap"), fee.cap, self.deal.decimals),
            carry=fee.carry,
            opex=fee.opex,
            first_period=first,
            last_period=last,
            amounts=amounts,
            field=self._field((*path, "of"), fee.of or "") if base is FeeBase.REPORT else 0,
        )

    @property
    def _periods(self) -> int:
        return len(self.calendar.accrual)

    def _base(self, path: Path, fee: schema.Fee) -> FeeBase:
        """What is charged, after the keys that go together are there and no others."""
        reported = fee.of is not None and fee.of.startswith(REPORTED)
        ways = [key for key in ("fixed", "amounts", "annual") if getattr(fee, key) is not None]
        if len(ways) > 1:
            raise self.source.error((*path, ways[1]), f"not allowed together with {ways[0]}", EITHER)
        if reported and ways:
            raise self.source.error((*path, ways[0]), "not allowed with a fee that is reported", EITHER)
        if not ways and not reported:
            raise self.source.error((*path, "fixed"), "the amount is missing", EITHER)
        if fee.escalate is not None and ways != ["fixed"]:
            raise self.source.error((*path, "escalate"), "only an amount in fixed can rise", EITHER)
        if fee.amounts is not None:
            for key in ("from", "until"):
                if getattr(fee, {"from": "start"}.get(key, key)) is not None:
                    reason = "not allowed together with amounts, which name every period"
                    raise self.source.error((*path, key), reason, "0 in the periods in which nothing falls due")
        if ways and ways[0] != "annual":
            if fee.of is not None:
                raise self.source.error((*path, "of"), f"not allowed together with {ways[0]}", EITHER)
            return FeeBase.FIXED if fee.fixed is not None and fee.escalate is None else FeeBase.LISTED
        if reported:
            if fee.cap is None:
                reason = "a reported cost needs a cap: a false report could take all that is left"
                self.source.refuse((*path, "cap"), reason, "the most that falls due in a period")
            return FeeBase.REPORT
        if fee.of is None:
            bases = ", ".join([*BASES, *self.names.lenders])
            raise self.source.error((*path, "of"), "the base of the rate is missing", bases)
        base = BASES.get(fee.of, FeeBase.BALANCE)
        if base is FeeBase.ASSET_VALUE and not self.names.lenders:
            reason = "its days are counted as the most senior lender's, and there is none"
            raise self.source.error((*path, "of"), reason, "collections, or fixed")
        return base

    def _rate(self, path: Path, fee: schema.Fee, base: FeeBase) -> int:
        of_collections = base is FeeBase.COLLECTIONS
        most, words = (WAD, "at most 1 of collections") if of_collections else (MAX_COUPON, "at most 10")
        rate: int = fee.annual or 0
        if rate > most:
            self.source.refuse((*path, "annual"), "out of range", words)
        return rate

    def _field(self, path: Path, of: str) -> int:
        word = of.removeprefix(REPORTED)
        amounts = [each.id for each in self.fields if each.unit is Unit.AMOUNT]
        accepted = any_of([REPORTED + each for each in amounts], "none, the file declares no field that is an amount")
        for index, each in enumerate(self.fields):
            if each.id == word:
                if each.unit is not Unit.AMOUNT:
                    self.source.refuse(path, f"the field {word} is not an amount", accepted)
                return index
        raise self.source.error(path, f'no field is "{word}"{suggest(word, amounts)}', accepted)

    def _escalated(self, path: Path, fee: schema.Fee, first: int, last: int) -> tuple[int, ...]:
        """The amount of each period, by the whole spans of months from the fee's beginning to the period's."""
        assert fee.fixed is not None and fee.escalate is not None
        amount = base_units(self.source, (*path, "fixed"), fee.fixed, self.deal.decimals)
        rate, every, begins = fee.escalate.rate, fee.escalate.every, fee.start or self.deal.closing
        found = [0] * self._periods
        spans = 0
        for period in range(first, last + 1):
            start = self.calendar.nominal[period - 2] if period > 1 else self.deal.closing
            while add_months(begins, every * (spans + 1)) <= start:
                spans += 1
            found[period - 1] = amount * (WAD + rate) ** spans // WAD**spans
            if found[period - 1] > MAX_AMOUNT:
                reason = f"rises above what the chain can hold in period {period}"
                raise self.source.error((*path, "escalate"), reason, "a lower rate, or a later rise")
        if found[last - 1] == amount:
            reason = "the amount has not risen when the fee ends"
            self.source.refuse((*path, "escalate"), reason, "a rate above 0 and an earlier rise, or no escalate")
        return tuple(found)

    def _window(self, path: Path, fee: schema.Fee) -> tuple[int, int]:
        """First and last period whose accrual date lies in [from, until]."""
        start, end = fee.start or date.min, fee.until or date.max
        accrual = self.calendar.accrual
        due = [number for number, day in enumerate(accrual, start=1) if start <= day <= end]
        if not due:
            key = "until" if fee.until is not None and (fee.start is None or end < accrual[-1]) else "from"
            raise self.source.error(
                (*path, key),
                "no accrual date lies in the fee's window",
                f"from ≤ an accrual date ≤ until; they run from {accrual[0]} to {accrual[-1]}",
            )
        return due[0], due[-1]
