"""
The gas of settlements that compute the most: reserves that look ahead ask for every lender's coming periods.

given lenders with as many coupon steps and periods as a deal's code has room for, and four reserves that look as far
ahead as they can
    a period should settle within the gas that mainnet allows a transaction
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.dealfile.reserve import MOST_LOOKED_AT, looked_at
from penstock.evm.chain import Contract
from penstock.model import schedule
from penstock.model.calendar import timestamp
from penstock.model.terms import MAX_RESERVES, DayCount, DealTerms, PrincipalKind, Reserve, Rung
from penstock.onchain.launch import System
from tests.model.examples import INTEREST, PER_CENT, PRINCIPAL, RESERVE, RESIDUAL, deal_of, lender
from tests.parity.books import ChainBook

TRANSACTION_CAP = 16_777_216
"""Gas of one transaction on mainnet. Source: EIP-7825."""


def looking_ahead(
    count: int, periods: int, steps: int, ahead: int, scheduled: bool, pik: bool = False, parts: bool = False
) -> DealTerms:
    """
    Every lender is scheduled, its coupon moves in each of the first periods, and all reserves support it. pik : it is
    paid in kind, too. parts : a part of one more period counts.
    """
    principal = PrincipalKind.SCHEDULE if scheduled else PrincipalKind.BULLET
    counts = (DayCount.ACT_360, DayCount.THIRTY_360)
    lenders = [
        replace(
            lender(face=10**6 + place, principal=principal, day_count=counts[place % 2]),
            id=f"t{place}",
            symbol=f"T{place}",
            coupons=tuple((1 + step, 10 * PER_CENT + step) for step in range(steps)),
            schedule=schedule.linear(10**6 + place, periods) if scheduled else (),
            pik=PER_CENT if pik else 0,
            pik_last=periods if pik else 0,
        )
        for place in range(count)
    ]
    supports = tuple((kind, place) for place in range(count) for kind in (INTEREST, PRINCIPAL))
    looks = tuple(min(ahead, periods - period) for period in range(1, periods + 1))
    return deal_of(
        *lenders,
        normal=(
            *(Rung(kind, (place,)) for place in range(count) for kind in (INTEREST, PRINCIPAL)),
            *(Rung(RESERVE, (place,)) for place in range(MAX_RESERVES)),
            Rung(RESIDUAL, (count,)),
        ),
        periods=periods,
        months=1,
        reserves=tuple(
            Reserve(f"r{place}", 0, looks, supports=supports, parts=((1, 2),) * periods if parts else ())
            for place in range(MAX_RESERVES)
        ),
    )


@pytest.mark.parametrize(
    ("count", "periods", "steps", "ahead", "scheduled", "pik", "parts"),
    [
        (7, 300, 70, 120, True, False, False),
        (7, 480, 195, 255, False, False, False),
        (7, 480, 100, 255, True, False, False),
        (15, 300, 40, 119, True, False, False),
        (15, 300, 40, 59, True, True, False),
        (15, 250, 40, 58, True, False, True),
        (15, 250, 40, 28, True, True, True),
    ],
)
def test_a_period_fits_a_transaction(
    system: System,
    asset_of: dict[int, Contract],
    reporter: Contract,
    count: int,
    periods: int,
    steps: int,
    ahead: int,
    scheduled: bool,
    pik: bool,
    parts: bool,
) -> None:
    terms = looking_ahead(count, periods, steps, ahead, scheduled, pik, parts)
    book = ChainBook(system, asset_of[terms.decimals], reporter, terms)
    system.chain.set_time(timestamp(terms.payment_dates[0]))
    assert MOST_LOOKED_AT // 3 < sum(looked_at(each, terms.tranches) for each in terms.reserves) <= MOST_LOOKED_AT
    gas = book.deal.send("settle", 1).gas_used
    print(f"{count} lenders, {periods} periods: {gas:,} gas")
    assert gas < TRANSACTION_CAP
