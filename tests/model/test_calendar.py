"""Months keep their day or clip it; rolled dates are business days, and modified rolls keep their month."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.calendar import (
    RegularDates,
    Roll,
    accrual_dates,
    add_months,
    day_number,
    is_business_day,
    roll_date,
    timestamp,
)

DAYS = st.dates(date(1970, 1, 10), date(2149, 5, 1))
ROLLS = st.sampled_from([roll for roll in Roll if roll is not Roll.NONE])


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(start: date, months: int, end: date):
    assert add_months(start, months) == end


def test_a_clipped_month_does_not_stick():
    assert accrual_dates(date(2026, 1, 31), 1, 4) == (
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    )


def test_month_ends_are_the_last_days_of_their_months():
    dates = accrual_dates(date(2025, 12, 31), 6, 5, month_end=True)
    assert [f"{day:%d %b}" for day in dates] == ["31 Dec", "30 Jun", "31 Dec", "30 Jun", "31 Dec"]
    leap = accrual_dates(date(2027, 2, 28), 12, 2, month_end=True)
    assert leap == (date(2027, 2, 28), date(2028, 2, 29))


def test_dates_are_counted_backwards_by_the_same_rule():
    assert RegularDates(date(2026, 6, 30), 3, month_end=True).at(-1) == date(2026, 3, 31)
    assert RegularDates(date(2026, 6, 30), 3, month_end=False).at(-1) == date(2026, 3, 30)


@given(DAYS, st.integers(1, 120), st.integers(-3, 3))
def test_a_month_end_is_followed_by_no_day_of_its_month(day: date, months: int, index: int):
    regular = RegularDates(date(2050, 1, 1) + (day - date(1970, 1, 1)) / 2, months, month_end=True)
    assert (regular.at(index) + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("day", "roll", "rolled"),
    [
        (date(2026, 1, 31), Roll.NONE, date(2026, 1, 31)),  # a Saturday
        (date(2026, 1, 31), Roll.FOLLOWING, date(2026, 2, 2)),
        (date(2026, 1, 31), Roll.MODIFIED_FOLLOWING, date(2026, 1, 30)),
        (date(2026, 1, 31), Roll.PRECEDING, date(2026, 1, 30)),
        (date(2026, 2, 1), Roll.PRECEDING, date(2026, 1, 30)),  # a Sunday
        (date(2026, 2, 1), Roll.MODIFIED_PRECEDING, date(2026, 2, 2)),
        (date(2026, 2, 3), Roll.FOLLOWING, date(2026, 2, 3)),
    ],
)
def test_each_roll(day: date, roll: Roll, rolled: date):
    assert roll_date(day, roll) == rolled


def test_holidays_are_no_business_days():
    holidays = (date(2026, 12, 25), date(2026, 12, 28))
    assert roll_date(date(2026, 12, 25), Roll.FOLLOWING, holidays) == date(2026, 12, 29)
    assert roll_date(date(2026, 12, 28), Roll.PRECEDING, holidays) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("day", "roll", "holiday", "rolled"),
    [
        # A Saturday at the month's end, and the Friday before it is a holiday; then the same at a month's beginning.
        (date(2026, 1, 31), Roll.MODIFIED_FOLLOWING, date(2026, 1, 30), date(2026, 1, 29)),
        (date(2026, 8, 1), Roll.MODIFIED_PRECEDING, date(2026, 8, 3), date(2026, 8, 4)),
    ],
)
def test_a_modified_roll_that_turns_back_keeps_to_the_holidays(day: date, roll: Roll, holiday: date, rolled: date):
    assert roll_date(day, roll, (holiday,)) == rolled


@given(DAYS, ROLLS, st.sets(st.integers(-9, 9), max_size=6))
def test_a_rolled_date_is_a_business_day_and_rolls_no_further(day: date, roll: Roll, offsets: set[int]):
    holidays = {day + timedelta(days=offset) for offset in offsets}
    rolled = roll_date(day, roll, holidays)
    assert is_business_day(rolled, holidays)
    assert roll_date(rolled, roll, holidays) == rolled


@given(DAYS, st.integers(0, 40), ROLLS)
def test_rolling_never_changes_the_order_of_days(day: date, later: int, roll: Roll):
    assert roll_date(day, roll) <= roll_date(day + timedelta(days=later), roll)


@given(DAYS, st.sampled_from([Roll.MODIFIED_FOLLOWING, Roll.MODIFIED_PRECEDING]))
def test_a_modified_roll_keeps_the_month(day: date, roll: Roll):
    assert (roll_date(day, roll).year, roll_date(day, roll).month) == (day.year, day.month)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_a_day_begins_at_midnight_utc_wherever_the_machine_is(zone: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert timestamp(date(2026, 7, 1)) == 1_782_864_000
    finally:
        monkeypatch.undo()
        time.tzset()


@given(DAYS)
def test_a_day_is_counted_from_1970_as_the_chain_counts(day: date):
    assert timestamp(day) == day_number(day) * 86_400
    assert 0 <= day_number(day) < 2**16


def test_the_last_day_the_chain_holds():
    assert day_number(date(2149, 6, 6)) == 2**16 - 1
