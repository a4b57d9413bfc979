"""
What check prints of a deal.

given a deal whose payment dates are rolled
    average life should be counted from closing to payment dates, and the last repayment be on one of them
    the tranches, the total debt service and the calendar should hold the schedule's figures
"""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from penstock.model.accrual import interest_down
from penstock.model.dues import days_of
from tests.fixtures.cli import penstock
from tests.fixtures.every_figure import DEAL, TERMS
from tests.fixtures.tables import Printed, tables

LENDERS = TERMS.tranches[:-1]
PERIODS = range(1, TERMS.periods + 1)


@pytest.fixture
def page(tmp_path: Path) -> dict[str, Printed]:
    (tmp_path / "deal.toml").write_text(DEAL)
    done = penstock("check", str(tmp_path / "deal.toml"), "--schedule")
    assert done.exit_code == 0, done.stderr
    return {each.title[0].split(",")[0]: each for each in tables(done.stdout)}


def short(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def schedule(lender: int) -> list[tuple[int, int, int]]:
    """Interest, principal and balance of each period, by the words of docs/SPEC.md: linear or at the end."""
    tranche = LENDERS[lender]
    balance, rows = tranche.face, []
    for period in PERIODS:
        interest = interest_down(balance, tranche.coupon(period), days_of(TERMS, period, tranche.day_count))
        part = tranche.face // TERMS.periods if lender < 2 else 0
        principal = balance if period == TERMS.periods else part
        balance -= principal
        rows.append((interest, principal, balance))
    return rows


def test_the_tranches(page: dict[str, Printed]) -> None:
    capital = sum(each.face for each in TERMS.tranches)
    for at, tranche in enumerate(LENDERS):
        weighted = sum(
            Fraction(principal) * (TERMS.payment_dates[period - 1] - TERMS.closing).days
            for period, (_, principal, _) in zip(PERIODS, schedule(at), strict=True)
        )
        life = int(weighted / tranche.face / 365 * 100)
        face, of_capital, shares, average, final = page["Tranches"].row(tranche.id)[5:]
        assert (face, shares) == (short(tranche.face), f"{tranche.supply // 10**6:,}")
        assert of_capital == f"{tranche.face * 1000 // capital / 10} %"
        assert average == f"{life // 100}.{life % 100:02d}"
        assert final == str(TERMS.payment_dates[-1]) != str(TERMS.accrual_dates[-1])
    assert page["Tranches"].row("equity")[-2:] == ["–", "–"]


def test_the_average_life_of_this_deal_depends_on_the_date_it_is_counted_to() -> None:
    """To accrual dates, or from the first period's end, it would be another one."""
    by_accrual, by_payment = (
        [
            sum(
                principal * (days[period - 1] - TERMS.closing).days
                for period, (_, principal, _) in zip(PERIODS, schedule(at), strict=True)
            )
            for at in range(3)
        ]
        for days in (TERMS.accrual_dates, TERMS.payment_dates)
    )
    assert all(one != other for one, other in zip(by_accrual, by_payment, strict=True))


def test_the_total_debt_service(page: dict[str, Printed]) -> None:
    sums = [(sum(row[0] for row in schedule(at)), sum(row[1] for row in schedule(at))) for at in range(3)]
    rows = [(name.id, *each) for name, each in zip(LENDERS, sums, strict=True)]
    rows.append(("total", sum(each[0] for each in sums), sum(each[1] for each in sums)))
    assert page["Total debt service"].rows == [
        [name, short(interest), short(principal), short(interest + principal)] for name, interest, principal in rows
    ]


def test_the_calendar(page: dict[str, Printed]) -> None:
    found = page["Payment calendar"]
    starts = [TERMS.closing, *TERMS.accrual_dates]
    for period in PERIODS:
        dates = [str(TERMS.accrual_dates[period - 1]), str(TERMS.payment_dates[period - 1])]
        days = (starts[period] - starts[period - 1]).days
        amounts = [amount for at in range(3) for amount in schedule(at)[period - 1]]
        service = sum(amount for at in range(3) for amount in schedule(at)[period - 1][:2])
        assert found.rows[period - 1] == [str(period), *dates, str(days), *map(short, [*amounts, service])]
    assert len(found.rows) == TERMS.periods
