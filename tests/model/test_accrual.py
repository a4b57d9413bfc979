"""Day counts against hand-made tables, and interest rounded down once."""

from __future__ import annotations

from datetime import date

import pytest

from penstock.model.accrual import DayFraction, day_fraction, interest_down
from penstock.model.errors import NegativeBalance
from penstock.model.terms import DayCount
from penstock.model.units import WAD

ACT_360, ACT_365F = DayCount.ACT_360, DayCount.ACT_365F
THIRTY_360, THIRTY_E_360 = DayCount.THIRTY_360, DayCount.THIRTY_E_360

# start, end, actual days, 30/360 (US), 30E/360
TABLE = [
    ("2026-01-01", "2026-02-01", 31, 30, 30),
    ("2026-01-01", "2026-04-01", 90, 90, 90),
    ("2026-01-01", "2027-01-01", 365, 360, 360),
    ("2028-01-01", "2029-01-01", 366, 360, 360),  # a leap year
    ("2026-01-15", "2026-02-28", 44, 43, 43),
    ("2026-01-31", "2026-02-28", 28, 28, 28),
    ("2026-02-28", "2026-03-31", 31, 30, 32),  # the last of February counts as a 30th: US only
    ("2026-02-28", "2026-03-30", 30, 30, 32),
    ("2028-02-28", "2028-03-31", 32, 33, 32),  # not the last of a leap February
    ("2028-02-29", "2028-03-31", 31, 30, 31),
    ("2028-02-29", "2029-02-28", 365, 360, 359),  # from one last of February to the next
    ("2026-02-28", "2028-02-29", 731, 720, 721),
    ("2026-01-30", "2026-03-31", 60, 60, 60),  # a 31st after a 30th counts as a 30th
    ("2026-01-29", "2026-03-31", 61, 62, 61),  # after a 29th it does not: US only
    ("2026-03-31", "2026-05-31", 61, 60, 60),
    ("2026-08-31", "2027-02-28", 181, 178, 178),
    ("2026-12-31", "2027-01-01", 1, 1, 1),
]


@pytest.mark.parametrize(("start", "end", "actual", "thirty", "thirty_e"), TABLE)
def test_day_counts(start: str, end: str, actual: int, thirty: int, thirty_e: int) -> None:
    dates = date.fromisoformat(start), date.fromisoformat(end)
    assert day_fraction(ACT_360, *dates) == (actual, 360)
    assert day_fraction(ACT_365F, *dates) == (actual, 365)
    assert day_fraction(THIRTY_360, *dates) == (thirty, 360)
    assert day_fraction(THIRTY_E_360, *dates) == (thirty_e, 360)


def test_interest_is_the_fraction_of_a_years_interest() -> None:
    assert interest_down(1_000_000, 6 * WAD // 100, DayFraction(90, 360)) == 15_000


def test_interest_is_rounded_down() -> None:
    assert interest_down(999, WAD // 10, DayFraction(30, 360)) == 8  # 8.325
    assert interest_down(1, WAD // 10, DayFraction(359, 360)) == 0


def test_interest_is_rounded_once() -> None:
    """Half of 5 a year for two years is 5; rounded every year it would be 4."""
    assert interest_down(5, WAD // 2, DayFraction(720, 360)) == 5


def test_a_balance_cannot_be_negative() -> None:
    with pytest.raises(NegativeBalance):
        interest_down(-1, WAD, DayFraction(1, 360))
