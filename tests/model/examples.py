"""Small deals for tests to vary: whole currency units, 30/360, round numbers."""

from __future__ import annotations

from datetime import date

from penstock.model.calendar import accrual_dates
from penstock.model.terms import (
    ArrearsRule,
    DayCount,
    DealTerms,
    Fee,
    PrincipalKind,
    ReportField,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
)
from penstock.model.units import WAD

PER_CENT = WAD // 100

FEE, INTEREST, PRINCIPAL, ALL = RungKind.FEE, RungKind.INTEREST, RungKind.PRINCIPAL, RungKind.ALL
SWEEP, RESERVE, TRAP, RESIDUAL = RungKind.SWEEP, RungKind.RESERVE, RungKind.TRAP, RungKind.RESIDUAL


def lender(
    name: str = "senior",
    face: int = 1000,
    coupon: int = 10 * PER_CENT,
    principal: PrincipalKind = PrincipalKind.BULLET,
    schedule: tuple[int, ...] = (),
    arrears: ArrearsRule = ArrearsRule.COUPON,
    spread: int = 0,
    day_count: DayCount = DayCount.THIRTY_360,
) -> Tranche:
    coupons = ((1, coupon),)
    return Tranche(name, name.upper(), face, face, coupons, day_count, principal, schedule, arrears, spread)


def equity(face: int = 100) -> Tranche:
    return Tranche("equity", "EQUITY", face, face, residual=True)


def deal_of(
    *lenders: Tranche,
    normal: tuple[Rung, ...],
    periods: int = 4,
    months: int = 12,
    enforcement: tuple[Rung, ...] = (),
    enforce_on: tuple[int, ...] = (),
    fees: tuple[Fee, ...] = (),
    reserves: tuple[Reserve, ...] = (),
    tests: tuple[Test, ...] = (),
    fields: tuple[ReportField, ...] = (),
    write_down: bool = False,
) -> DealTerms:
    """A deal from 2026-01-01 with whole years unless told, so that 10 % of 1000 is 100 a period."""
    closing = date(2026, 1, 1)
    dates = accrual_dates(date(2026 + months // 12, 1 + months % 12, 1), months, periods)
    return DealTerms(
        name="example",
        asset="USD",
        decimals=0,
        closing=closing,
        accrual_dates=dates,
        payment_dates=dates,
        tranches=(*lenders, equity()),
        normal=normal,
        enforcement=enforcement,
        enforce_on=enforce_on,
        fees=fees,
        reserves=reserves,
        tests=tests,
        fields=fields,
        write_down=write_down,
    )


def one_lender(*more: Rung, tranche: Tranche | None = None, **parts: object) -> DealTerms:
    """One lender and equity: interest, principal, whatever `more` says, then the residual."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), *more, Rung(RESIDUAL, (1,)))
    return deal_of(tranche or lender(), normal=rungs, **parts)  # type: ignore[arg-type]


def three_tranches(periods: int = 4, months: int = 12, coupon: int = 10 * PER_CENT) -> DealTerms:
    """Senior, mezzanine and equity, each lender paid interest then principal."""
    return deal_of(
        lender("senior", 1000, coupon),
        lender("mezz", 500, coupon),
        normal=(
            Rung(INTEREST, (0,)),
            Rung(PRINCIPAL, (0,)),
            Rung(INTEREST, (1,)),
            Rung(PRINCIPAL, (1,)),
            Rung(RESIDUAL, (2,)),
        ),
        periods=periods,
        months=months,
    )
