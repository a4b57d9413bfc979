"""Until when the calls of a deal's periods can be announced: to the second, a day before the payment date."""

from __future__ import annotations

from penstock.model.call import NOTICE
from penstock.onchain.call_dates import first_in_time, latest_announcement
from tests.fixtures.every_figure import TERMS


def test_it_is_a_day_before_the_payment_date() -> None:
    assert NOTICE == 86_400
    assert latest_announcement(TERMS, 1) == 1_774_915_200  # 2026-03-31 00:00 UTC


def test_the_first_period_in_time() -> None:
    second, last = latest_announcement(TERMS, 2), latest_announcement(TERMS, TERMS.periods)
    assert [first_in_time(TERMS, 2, at) for at in (second, second + 1)] == [2, 3]
    assert [first_in_time(TERMS, 1, at) for at in (last, last + 1)] == [TERMS.periods, None]
