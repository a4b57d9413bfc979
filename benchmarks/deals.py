"""The deals of the benchmarks: 3 tranches, 240 monthly periods, 6 decimals."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date

from penstock.model import schedule
from penstock.model.accrual import day_fraction, interest_down
from penstock.model.calendar import accrual_dates
from penstock.model.terms import (
    ArrearsRule,
    DayCount,
    DealTerms,
    Fee,
    FeeBase,
    PrincipalKind,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
)
from penstock.model.units import WAD

PERIODS = 240
UNIT = 10**6
CLOSING = date(2026, 1, 1)
DATES = accrual_dates(date(2026, 2, 1), 1, PERIODS)
SHARES = 10**12

FEE, INTEREST, PRINCIPAL, ALL = RungKind.FEE, RungKind.INTEREST, RungKind.PRINCIPAL, RungKind.ALL
SWEEP, RESERVE, TRAP, RESIDUAL = RungKind.SWEEP, RungKind.RESERVE, RungKind.TRAP, RungKind.RESIDUAL


@dataclass(frozen=True)
class PlainDeal:
    """
    What Penstock and waterfall-py can both run, in whole currency units and per cents.

    A linear senior and a bullet mezzanine on 30/360, an operating fee, a debt-service reserve filled up to a fixed
    target, a DSCR lock-up. Revenue always suffices, since the two treat what is unpaid differently.
    """

    senior: int = 9_600_000
    senior_per_cent: int = 6
    mezz: int = 1_200_000
    mezz_per_cent: int = 10
    equity: int = 2_000_000
    fee: int = 5_000
    reserve_opening: int = 240_000
    reserve_target: int = 250_000
    lock_up_per_cent: int = 110
    periods: int = PERIODS


def plain_terms(plain: PlainDeal) -> DealTerms:
    amounts = schedule.linear(plain.senior * UNIT, plain.periods)
    lenders = (
        _lender("senior", plain.senior * UNIT, plain.senior_per_cent * WAD // 100, amounts),
        _lender("mezz", plain.mezz * UNIT, plain.mezz_per_cent * WAD // 100),
    )
    return DealTerms(
        name="plain",
        asset="USDC",
        decimals=6,
        closing=CLOSING,
        accrual_dates=DATES,
        payment_dates=DATES,
        tranches=(*lenders, Tranche("equity", "EQ", plain.equity * UNIT, SHARES, residual=True)),
        normal=(
            Rung(FEE, (0,)),
            Rung(INTEREST, (0,)),
            Rung(PRINCIPAL, (0,)),
            Rung(RESERVE, (0,)),
            Rung(INTEREST, (1,)),
            Rung(PRINCIPAL, (1,)),
            Rung(TRAP, test=0),
            Rung(RESIDUAL, (2,)),
        ),
        fees=(Fee("om", "operator", FeeBase.FIXED, amount=plain.fee * UNIT),),
        reserves=(
            Reserve(
                "dsra",
                plain.reserve_opening * UNIT,
                target=plain.reserve_target * UNIT,
                supports=((INTEREST, 0), (PRINCIPAL, 0)),
            ),
        ),
        tests=(Test("lockup", 0, plain.lock_up_per_cent * WAD // 100),),
    )


def full_terms() -> DealTerms:
    """A project as a bank would lend to it: level senior, six months' DSRA, PIK mezzanine swept, lock-up, default."""
    face, coupon = 7_000_000 * UNIT, 625 * WAD // 10_000
    starts = (CLOSING, *DATES)
    days = [day_fraction(DayCount.THIRTY_360, start, end) for start, end in zip(starts, DATES, strict=False)]
    amounts = schedule.level(face, PERIODS, lambda balance, period: interest_down(balance, coupon, days[period - 1]))
    lenders = (
        _lender("senior", face, coupon, amounts),
        Tranche(
            "mezz",
            "MZ",
            1_500_000 * UNIT,
            SHARES,
            ((1, 10 * WAD // 100),),
            DayCount.ACT_360,
            PrincipalKind.BULLET,
            arrears=ArrearsRule.CAPITALISE,
        ),
    )
    return DealTerms(
        name="full",
        asset="USDC",
        decimals=6,
        closing=CLOSING,
        accrual_dates=DATES,
        payment_dates=DATES,
        tranches=(*lenders, Tranche("equity", "EQ", 2_000_000 * UNIT, SHARES, residual=True)),
        normal=(
            Rung(FEE, (0,)),
            Rung(INTEREST, (0,)),
            Rung(PRINCIPAL, (0,)),
            Rung(RESERVE, (0,)),
            Rung(INTEREST, (1,)),
            Rung(PRINCIPAL, (1,)),
            Rung(TRAP, test=0),
            Rung(SWEEP, (1,), WAD // 2),
            Rung(RESIDUAL, (2,)),
        ),
        enforcement=(
            Rung(FEE, (0,)),
            Rung(INTEREST, (0,)),
            Rung(ALL, (0,)),
            Rung(INTEREST, (1,)),
            Rung(ALL, (1,)),
            Rung(RESIDUAL, (2,)),
        ),
        enforce_on=(1,),
        fees=(Fee("om", "operator", FeeBase.FIXED, amount=12_500 * UNIT, opex=True),),
        reserves=(
            Reserve(
                "dsra",
                300_000 * UNIT,
                ahead=tuple(min(6, PERIODS - period) for period in range(1, PERIODS + 1)),
                supports=((INTEREST, 0), (PRINCIPAL, 0)),
            ),
        ),
        tests=(Test("lockup", 0, 115 * WAD // 100, cure=2), Test("default", 0, 105 * WAD // 100, cure=3)),
        write_down=False,
    )


def _lender(name: str, face: int, coupon: int, amounts: tuple[int, ...] = ()) -> Tranche:
    kind = PrincipalKind.SCHEDULE if amounts else PrincipalKind.BULLET
    return Tranche(name, name, face, SHARES, ((1, coupon),), DayCount.THIRTY_360, kind, amounts, ArrearsRule.COUPON)


def plain_flows(count: int) -> list[list[int]]:
    """Months of 125,000 to 175,000, to the base unit; the last one repays the mezzanine too."""
    chance = random.Random(20261120)
    flows = [[chance.randint(125_000 * UNIT, 175_000 * UNIT) for _ in range(PERIODS)] for _ in range(count)]
    for months in flows:
        months[-1] += 1_500_000 * UNIT
    return flows


def full_flows(count: int, mean: int = 85_000) -> list[list[int]]:
    """Months of 60 to 140 % of a mean that is just enough: lock-ups, draws, sweeps and enforcement come and go."""
    chance = random.Random(20261121)
    return [
        [chance.randint(6 * mean * UNIT // 10, 14 * mean * UNIT // 10) for _ in range(PERIODS)] for _ in range(count)
    ]
