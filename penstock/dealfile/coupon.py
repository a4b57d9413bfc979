"""What a lender's tranche bears: a coupon and its steps, or one that follows a reported index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile import schema
from penstock.dealfile.amounts import nearest
from penstock.dealfile.calendar import Dates
from penstock.dealfile.ladder import any_of, suggest
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.format import fraction_text
from penstock.model.terms import MAX_COUPON, FloatingCoupon, ReportField, Unit

MOST_STEPS = 255  # with the coupon they begin from; the chain counts them in one byte
IN_ARREARS = "arrears"


@dataclass(frozen=True)
class CouponReader:
    """Reads the coupons of one tranche, whose place in the file is `path`. fields : those of the deal's reports."""

    source: Source
    deal: schema.Deal
    calendar: Dates
    fields: Sequence[ReportField]
    path: Path
    file: schema.Tranche

    def coupons(self) -> tuple[tuple[int, int], ...]:
        """(first period, coupon in wad), ascending from period 1. Raises DealFileError."""
        coupon, steps = self.file.coupon, self.file.steps
        if isinstance(coupon, schema.FloatingCoupon):
            if steps is not None:
                reason = "a coupon that follows an index has no steps"
                raise self.source.error((*self.path, "steps"), reason, "a rate as coupon, or no steps")
            return ((1, self._floating(coupon).at(self._rate(coupon.initial, "coupon", "initial"))),)
        if coupon is None and not steps:
            accepted = 'a rate such as "0.0625", "0" for none, or steps'
            raise self.source.error((*self.path, "coupon"), "a lender's tranche needs one", accepted)
        return self._steps([] if coupon is None else [(1, self._rate(coupon, "coupon"))], steps or [])

    def floating(self) -> FloatingCoupon | None:
        """How the coupon follows an index; None where it does not."""
        coupon = self.file.coupon
        return self._floating(coupon) if isinstance(coupon, schema.FloatingCoupon) else None

    def _floating(self, coupon: schema.FloatingCoupon) -> FloatingCoupon:
        kind = self.file.principal.kind if self.file.principal else ""
        if kind in ("level", "sculpted"):
            reason = f"a {kind} schedule needs every coupon at closing"
            self.source.refuse((*self.path, "coupon"), reason, "another kind of principal, or a rate as coupon")
        if not coupon.cap:
            self.source.refuse((*self.path, "coupon", "cap"), "the coupon would always be 0", "a rate above 0")
        margin, cap = self._rate(coupon.margin, "coupon", "margin"), self._rate(coupon.cap, "coupon", "cap")
        if 0 < cap < coupon.floor + margin:
            least = fraction_text(coupon.floor + margin)
            reason = "below floor and margin together: the index could never change the coupon"
            self.source.refuse((*self.path, "coupon", "cap"), reason, f"more than {least}, or a rate as coupon")
        return FloatingCoupon(
            field=self._index(coupon.index),
            margin=margin,
            floor=coupon.floor,
            cap=cap,
            initial=coupon.initial,
            in_arrears=coupon.reset == IN_ARREARS,
            stale=coupon.stale,
        )

    def _index(self, word: str) -> int:
        path: Path = (*self.path, "coupon", "index")
        ratios = [each.id for each in self.fields if each.unit is Unit.RATIO]
        ids = [each.id for each in self.fields]
        if word not in ratios:
            reason = f'no field is "{word}"{suggest(word, ratios)}' if word not in ids else "no ratio"
            nothing = f'a [[field]] with id = "{word}" and unit = "ratio"'
            raise self.source.error(path, reason, any_of(ratios, nothing))
        return ids.index(word)

    def _steps(self, coupons: list[tuple[int, int]], steps: Sequence[schema.CouponStep]) -> tuple[tuple[int, int], ...]:
        starts = (self.deal.closing, *self.calendar.accrual[:-1])
        most = MOST_STEPS - len(coupons)
        if len(steps) > most:
            self.source.refuse((*self.path, "steps"), f"{len(steps)} steps", f"at most {most}")
        for at, step in enumerate(steps):
            place = (*self.path, "steps", at, "from")
            if step.start not in starts:
                accepted = f"closing or an accrual date before the last, such as {nearest(starts, step.start)}"
                raise self.source.error(place, "not the first day of a period", accepted)
            period = starts.index(step.start) + 1
            if not coupons and period > 1:
                accepted = f"coupon, or a first step from {self.deal.closing}"
                raise self.source.error(place, "no coupon until then", accepted)
            if coupons and period <= coupons[-1][0]:
                before = starts[coupons[-1][0] - 1]
                self.source.refuse(place, f"not after the coupon from {before}", f"a date after {before}")
            coupons.append((period, self._rate(step.coupon, "steps", at, "coupon")))
        return tuple(coupons)

    def _rate(self, rate: int, *at: int | str) -> int:
        if rate > MAX_COUPON:
            self.source.refuse((*self.path, *at), "above 1000 %", "at most 10")
        return rate
