"""One tranche of a deal file: face, shares, coupon steps, principal schedule, arrears rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile import schema, values
from penstock.dealfile.amounts import base_units, listed_units
from penstock.dealfile.calendar import Dates, later_fractions
from penstock.dealfile.coupon import CouponReader
from penstock.dealfile.day_count import day_count
from penstock.dealfile.numbers import Exact
from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.format import format_amount
from penstock.model import schedule
from penstock.model.accrual import interest_down
from penstock.model.terms import MAX_COUPON, ArrearsRule, DayCount, PrincipalKind, ReportField, Tranche
from penstock.model.units import MAX_SUPPLY, WAD, DayFraction, share_decimals

EQUITY_SHARES = 1_000_000
MOST_RATIO = 1000 * WAD
RULES = {"none": ArrearsRule.NONE, "coupon": ArrearsRule.COUPON, "capitalise": ArrearsRule.CAPITALISE}
RESERVED = ("collections", "asset_value")


def tranche(
    source: Source,
    deal: schema.Deal,
    calendar: Dates,
    fields: Sequence[ReportField],
    index: int,
    file: schema.Tranche,
) -> Tranche:
    """The terms of one tranche. fields : those of the deal's reports. Raises DealFileError."""
    reader = _Reader(source, deal, calendar, fields, ("tranche", index), file)
    return reader.equity() if file.residual else reader.lender()


@dataclass(frozen=True)
class _Loan:
    """What a schedule is reckoned from. days : the part of a year that each period is."""

    face: int
    coupons: tuple[tuple[int, int], ...]
    day_count: DayCount
    days: tuple[DayFraction, ...]

    def interest(self, more: tuple[DayFraction, ...] = ()) -> schedule.Interest:
        """Interest of a balance in a period, and in `more` after the last; after the last step, at its coupon."""
        days = (*self.days, *more)
        rates = [max(step for step in self.coupons if step[0] <= period)[1] for period in range(1, len(days) + 1)]
        return lambda balance, period: interest_down(balance, rates[period - 1], days[period - 1])


@dataclass(frozen=True)
class _Reader:
    source: Source
    deal: schema.Deal
    calendar: Dates
    fields: Sequence[ReportField]
    path: Path
    file: schema.Tranche

    def equity(self) -> Tranche:
        for key in ("coupon", "steps", "day_count", "pik", "pik_until", "may_defer", "principal", "arrears"):
            if key in self.file.model_fields_set:
                self.source.refuse((*self.path, key), "equity takes only the residual", "no such key")
        face = 0 if self.file.face is None else self._amount("face", self.file.face)
        shares = self._shares(face, EQUITY_SHARES if face == 0 else None)
        return Tranche(self._id(), self.file.symbol, face, self._supply(face, shares), residual=True)

    def lender(self) -> Tranche:
        if self.file.face is None:
            raise self.source.error((*self.path, "face"), "a lender's tranche needs one", values.AMOUNT)
        face = self._amount("face", self.file.face)
        if face == 0:
            raise self.source.error((*self.path, "face"), "nothing is lent", "an amount above 0")
        supply = self._supply(face, self._shares(face, None))
        reader = CouponReader(self.source, self.deal, self.calendar, self.fields, self.path, self.file)
        coupons = reader.coupons()
        counted = day_count(self.source, self.calendar, (*self.path, "day_count"), self.file.day_count)
        days = self.calendar.fractions(counted)
        kind, amounts = self._principal(_Loan(face, coupons, counted, days))
        arrears, spread = self._arrears()
        pik, pik_last = self._pik()
        oc_ratio, oc_amount = self._target()
        return Tranche(
            id=self._id(),
            symbol=self.file.symbol,
            face=face,
            supply=supply,
            coupons=coupons,
            day_count=counted,
            principal=kind,
            schedule=amounts,
            arrears=arrears,
            spread=spread,
            pik=pik,
            pik_last=pik_last,
            oc_ratio=oc_ratio,
            oc_amount=oc_amount,
            floating=reader.floating(),
        )

    def _id(self) -> str:
        if self.file.id in RESERVED:
            self.source.refuse((*self.path, "id"), "reserved: fees use this word", "another id")
        return self.file.id

    def _amount(self, key: str, value: Exact, *at: int | str) -> int:
        return base_units(self.source, (*self.path, key, *at), value, self.deal.decimals)

    def _shares(self, face: int, default: int | None) -> int:
        """Whole shares; of a face in whole units, as many as units, unless the file says otherwise."""
        unit = 10**self.deal.decimals
        if self.file.shares is not None:
            return self.file.shares
        if default is None and face % unit:
            raise self.source.error(
                (*self.path, "shares"), "required when the face is not in whole units", "a number that divides the face"
            )
        return face // unit if default is None else default

    def _supply(self, face: int, shares: int) -> int:
        unit: int = 10 ** share_decimals(self.deal.decimals)
        supply = shares * unit
        key = "shares" if self.file.shares is not None else "face"
        if supply > MAX_SUPPLY:
            most = MAX_SUPPLY // unit
            reason = "too many shares for the chain" if key == "shares" else f"{shares} shares are too many"
            self.source.refuse((*self.path, key), reason, f"shares from 1 to {most}")
        if face % shares:
            below = face // shares * shares
            near = [format_amount(each, self.deal.decimals) for each in (below, below + shares) if each]
            self.source.refuse(
                (*self.path, "face"), f"not divisible into {shares} shares", f"{' or '.join(near)}, or other shares"
            )
        return supply

    def _principal(self, loan: _Loan) -> tuple[PrincipalKind, tuple[int, ...]]:
        principal, place = self.file.principal, (*self.path, "principal")
        if principal is None:
            raise self.source.error(place, "required", schema.PRINCIPAL)
        needed = {"custom": ("amounts",), "sculpted": ("dscr", "cfads")}.get(principal.kind, ())
        optional = {"level": ("interest_only", "amortise_over", "balloon"), "target_oc": ("ratio", "amount")}
        taken = optional.get(principal.kind, needed)
        for key in ("ratio", "amount", "amounts", "dscr", "cfads", "interest_only", "amortise_over", "balloon"):
            given = getattr(principal, key) is not None
            if (given and key not in taken) or (not given and key in needed):
                reason = f"{principal.kind} does not take this key" if given else f"{principal.kind} needs it"
                accepted = "the keys " + ", ".join(("kind", *taken)) if taken else "kind only"
                raise self.source.error((*place, key), reason, accepted)
        if principal.kind == "bullet":
            return PrincipalKind.BULLET, ()
        if principal.kind == "cash":
            return PrincipalKind.CASH, ()
        if principal.kind == "target_oc":
            return PrincipalKind.TARGET_OC, ()
        return PrincipalKind.SCHEDULE, self._schedule(principal, loan)

    def _schedule(self, principal: schema.Principal, loan: _Loan) -> tuple[int, ...]:
        face, periods = loan.face, len(loan.days)
        if principal.kind == "linear":
            return schedule.linear(face, periods)
        if principal.kind == "level":
            return self._level(principal, loan)
        if principal.kind == "custom":
            amounts = self._listed("amounts", principal.amounts or [], periods)
            if sum(amounts) > face:
                reason = f"add up to {format_amount(sum(amounts), self.deal.decimals)}, more than the face"
                accepted = f"amounts of {format_amount(face, self.deal.decimals)} in all, or less"
                self.source.refuse((*self.path, "principal", "amounts"), reason, accepted)
            return amounts
        if not principal.dscr:
            raise self.source.error((*self.path, "principal", "dscr"), "out of range", "a ratio above 0")
        return schedule.sculpted(
            face, self._listed("cfads", principal.cfads or [], periods), principal.dscr, loan.interest()
        )

    def _level(self, principal: schema.Principal, loan: _Loan) -> tuple[int, ...]:
        place: Path = (*self.path, "principal")
        face, periods, interest_only = loan.face, len(loan.days), principal.interest_only or 0
        if interest_only >= periods:
            accepted = f"at most {periods - 1}" if periods > 1 else 'no such key, or kind = "bullet"'
            raise self.source.error((*place, "interest_only"), "leaves no period for an instalment", accepted)
        if principal.balloon is not None and principal.amortise_over is not None:
            raise self.source.error((*place, "balloon"), "not allowed together with amortise_over", "one of the two")
        balloon = 0 if principal.balloon is None else self._amount("principal", principal.balloon, "balloon")
        if balloon >= face:
            accepted = f"less than the face, {format_amount(face, self.deal.decimals)}"
            self.source.refuse((*place, "balloon"), "leaves nothing to repay in instalments", accepted)
        later = interest_only + (principal.amortise_over or 0) - periods
        if later > 0 and self.calendar.regular is None:
            reason = f"{later} instalments would come after the last of dates"
            raise self.source.error((*place, "amortise_over"), reason, f"at most {periods - interest_only}, or months")
        more = later_fractions(self.deal, self.calendar, loan.day_count, later) if later > 0 else ()
        return schedule.level(face, periods, loan.interest(more), interest_only, principal.amortise_over, balloon)

    def _listed(self, key: str, amounts: list[Exact], periods: int) -> tuple[int, ...]:
        return listed_units(self.source, (*self.path, "principal", key), amounts, periods, self.deal.decimals)

    def _target(self) -> tuple[int, int]:
        """What the asset value is divided by, in wad, or the amount it exceeds balances by; zeros without a target."""
        principal, place = self.file.principal, (*self.path, "principal")
        if principal is None or principal.kind != "target_oc":
            return 0, 0
        if (principal.ratio is None) == (principal.amount is None):
            key = "ratio" if principal.ratio is None else "amount"
            reason = "the target is missing" if principal.ratio is None else "not allowed together with ratio"
            raise self.source.error((*place, key), reason, 'one of ratio = "1.25" and amount = "250_000"')
        if principal.amount is not None:
            return 0, self._amount("principal", principal.amount, "amount")
        ratio = principal.ratio or 0
        if not WAD <= ratio <= MOST_RATIO:
            self.source.refuse((*place, "ratio"), "out of range", "a ratio from 1 to 1000")
        return ratio, 0

    def _pik(self) -> tuple[int, int]:
        """The rate that joins the balance and the last period in which it does; zeros without one."""
        rate, until, accrual = self.file.pik, self.file.pik_until, self.calendar.accrual
        if rate is None:
            if until is not None:
                raise self.source.error((*self.path, "pik_until"), "there is no pik", "pik with it, or neither")
            return 0, 0
        if not 0 < rate <= MAX_COUPON:
            self.source.refuse((*self.path, "pik"), "out of range", "a rate above 0, at most 10, or no pik")
        kind = self.file.principal.kind if self.file.principal else ""
        if kind in ("level", "sculpted"):
            reason = f"a {kind} schedule does not repay what joins the balance"
            self.source.refuse((*self.path, "pik"), reason, "bullet, linear, custom, cash or target_oc principal")
        last = sum(day <= until for day in accrual) if until is not None else len(accrual)
        if not last:
            reason = "no accrual date is so early"
            self.source.refuse((*self.path, "pik_until"), reason, f"a date from {accrual[0]} on")
        return rate, last

    def _arrears(self) -> tuple[ArrearsRule, int]:
        rule = self.file.arrears
        if isinstance(rule, str):
            return RULES[rule], 0
        if rule > MAX_COUPON:
            self.source.refuse((*self.path, "arrears"), "a spread above 1000 %", "at most 10")
        return ArrearsRule.SPREAD, rule
