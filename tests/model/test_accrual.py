"""Day counts against hand-made tables, and interest rounded down once."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.accrual import day_fraction, icma_fractions, interest_down
from penstock.model.calendar import RegularDates, month_end
from penstock.model.errors import NegativeBalance
from penstock.model.terms import DayCount
from penstock.model.units import MAX_FRACTION, WAD, DayFraction

ACT_360, ACT_365F = DayCount.ACT_360, DayCount.ACT_365F
THIRTY_360_US, THIRTY_E_360, THIRTY_365 = DayCount.THIRTY_360_US, DayCount.THIRTY_E_360, DayCount.THIRTY_365

# start, end, actual days, 30/360 US, 30E/360
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
    assert day_fraction(THIRTY_360_US, *dates) == (thirty, 360)
    assert day_fraction(THIRTY_E_360, *dates) == (thirty_e, 360)
    assert day_fraction(THIRTY_365, *dates) == (thirty_e, 365)


# ISDA, "30/360 Day Count Conventions", 22 December 2008: start, end, 30/360, 30E/360, 30E/360 (ISDA)
THIRTIES = [
    ("2006-08-20", "2007-02-20", 180, 180, 180),
    ("2006-02-28", "2006-08-31", 183, 182, 180),
    ("2006-08-31", "2007-02-28", 178, 178, 180),
    ("2007-02-28", "2007-08-31", 183, 182, 180),
    ("2007-08-31", "2008-02-29", 179, 179, 180),
    ("2008-02-29", "2008-08-31", 182, 181, 180),
    ("2006-01-31", "2006-02-28", 28, 28, 30),
    ("2006-01-30", "2006-02-28", 28, 28, 30),
    ("2006-02-28", "2006-03-03", 5, 5, 3),
    ("2006-02-14", "2006-02-28", 14, 14, 16),
    ("2006-09-30", "2006-10-31", 30, 30, 30),
    ("2006-10-31", "2006-11-28", 28, 28, 28),
    ("2007-08-31", "2008-02-28", 178, 178, 178),
    ("2008-02-28", "2008-08-30", 182, 182, 182),
    ("2008-02-28", "2008-08-31", 183, 182, 182),
    ("2007-02-26", "2008-02-29", 363, 363, 364),
    ("2008-02-29", "2009-02-28", 359, 359, 360),
    ("2008-02-28", "2008-03-31", 33, 32, 32),
]


@pytest.mark.parametrize(("start", "end", "bond", "eurobond", "isda"), THIRTIES)
def test_the_rules_of_isda(start: str, end: str, bond: int, eurobond: int, isda: int) -> None:
    dates = date.fromisoformat(start), date.fromisoformat(end)
    assert day_fraction(DayCount.THIRTY_360, *dates) == (bond, 360)
    assert day_fraction(DayCount.THIRTY_E_360, *dates) == (eurobond, 360)
    assert day_fraction(DayCount.THIRTY_E_360_ISDA, *dates) == (isda, 360)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [  # the last three dates of the same examples, where the end is the termination date
        ("2011-08-31", "2012-02-29", 179),
        ("2007-02-28", "2008-02-29", 359),
        ("2008-02-28", "2008-08-31", 182),
    ],
)
def test_30e_360_isda_leaves_the_last_february_as_it_is(start: str, end: str, days: int) -> None:
    dates = date.fromisoformat(start), date.fromisoformat(end)
    assert day_fraction(DayCount.THIRTY_E_360_ISDA, *dates, True) == (days, 360)
    others = set(DayCount) - {DayCount.THIRTY_E_360_ISDA, DayCount.ACT_ACT_ICMA}
    assert all(day_fraction(each, *dates, True) == day_fraction(each, *dates) for each in others)


# ISDA, "EMU and Market Conventions: Recent Developments", November 1998: start, end, ACT/ACT (ISDA)
@pytest.mark.parametrize(
    ("start", "end", "part"),
    [
        ("2003-11-01", "2004-05-01", "0.497724380567"),
        ("1999-02-01", "1999-07-01", "0.410958904110"),
        ("1999-07-01", "2000-07-01", "1.001377348600"),
        ("2002-08-15", "2003-07-15", "0.915068493151"),
        ("1999-07-30", "2000-01-30", "0.503892506924"),
        ("2000-01-30", "2000-06-30", "0.415300546448"),
    ],
)
def test_act_act_isda(start: str, end: str, part: str) -> None:
    found = day_fraction(DayCount.ACT_ACT_ISDA, date.fromisoformat(start), date.fromisoformat(end))
    assert found.denominator == 133_590
    assert abs(Fraction(*found) - Fraction(part)) < Fraction(1, 10**10)


# closing, first, months, month_end, and the same memo's ACT/ACT (ISMA) of the first period
@pytest.mark.parametrize(
    ("closing", "first", "months", "month_end", "part"),
    [
        ("1999-02-01", "1999-07-01", 12, False, DayFraction(12 * 150, 12 * 365)),  # a short one
        ("2002-08-15", "2003-07-15", 6, False, DayFraction(6 * (184 + 153), 12 * 184)),  # a long one
        ("2003-11-01", "2004-05-01", 6, False, DayFraction(6, 12)),  # a regular one, of 182 days
        ("2002-07-15", "2003-07-15", 6, False, DayFraction(12, 12)),  # two regular ones
        # From 10 January to 28 February of a half-year that began on 31 August, and another half-year
        ("2017-01-10", "2017-08-31", 6, True, DayFraction(6 * (181 + 49), 12 * 181)),
        # Notional quarters from 30 November: of a February without month ends
        ("1999-12-30", "2000-05-30", 3, False, DayFraction(3 * (91 + 61), 12 * 91)),
    ],
)
def test_act_act_icma_counts_notional_periods_back_from_the_first_date(
    closing: str, first: str, months: int, month_end: bool, part: DayFraction
) -> None:
    regular = RegularDates(date.fromisoformat(first), months, month_end)
    dates = [regular.at(index) for index in range(4)]
    assert icma_fractions(date.fromisoformat(closing), regular, dates) == (part, *[(months, 12)] * 3)


def test_act_act_icma_from_closing_has_regular_periods_alone() -> None:
    regular = RegularDates(date(2025, 12, 31), 6, True)
    dates = [regular.at(index) for index in (1, 2, 3)]
    assert icma_fractions(date(2025, 12, 31), regular, dates) == ((6, 12),) * 3


DAYS = st.dates(date(1970, 1, 1), date(2149, 6, 6))


@given(st.lists(DAYS, min_size=3, max_size=3, unique=True).map(sorted))
def test_act_act_isda_adds_up(days: list[date]) -> None:
    start, middle, end = days
    parts = (Fraction(*day_fraction(DayCount.ACT_ACT_ISDA, *span)) for span in pairwise((start, middle, end)))
    assert sum(parts) == Fraction(*day_fraction(DayCount.ACT_ACT_ISDA, start, end))


@given(DAYS, st.integers(1, 3000), st.integers(1, 120), st.booleans())
def test_act_act_icma_is_the_sum_of_its_days(closing: date, stub: int, months: int, at_month_ends: bool) -> None:
    """Each day is its part of the notional period that it lies in, and that is `months` / 12."""
    first = month_end(closing + timedelta(stub)) if at_month_ends else closing + timedelta(stub)
    regular = RegularDates(first, months, at_month_ends)
    total, back = Fraction(0), 0
    while regular.at(-back) > closing:
        begins, ends = regular.at(-back - 1), regular.at(-back)
        total += Fraction(months * (ends - max(begins, closing)).days, 12 * (ends - begins).days)
        back += 1
    (found,) = icma_fractions(closing, regular, [first])
    assert Fraction(*found) == total
    assert max(found) <= MAX_FRACTION


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
