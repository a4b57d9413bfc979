"""
How many periods a run settles.

given a deal with cash waiting
    one overdue period should settle, or as many as were asked for, never more than are overdue
given none
    no period should settle unless it was asked for
given a deal that holds less than its ledger
    nothing should settle, and the amount be said
given all periods settled
    what came late should settle once
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.model.cut_off import NEVER_CUT_OFF, CutOff, take_cut
from penstock.operate.deployments import ShortOfLedger, Snapshot
from penstock.operate.settle import NoRevenue, due

PERIODS = 8


def snapshot(waiting: int, overdue: int, settled: int = 2, cut: CutOff = NEVER_CUT_OFF) -> Snapshot:
    state: Any = SimpleNamespace(period=settled, cut=cut, take_cut=partial(take_cut, settled, cut))
    return Snapshot(block=1, now=1, state=state, waiting=waiting, overdue=overdue, next_payment_at=1)


@pytest.mark.parametrize(
    ("waiting", "overdue", "most", "empty", "periods"),
    [
        (5, 0, None, False, 0),
        (0, 0, None, True, 0),
        (5, 1, None, False, 1),
        (1, 3, None, False, 1),
        (5, 3, 2, False, 2),
        (5, 3, 4, False, 3),
        (5, 3, None, True, 3),
        (0, 3, None, True, 3),
        (0, 3, 1, True, 1),
    ],
)
def test_so_many_periods_settle(waiting: int, overdue: int, most: int | None, empty: bool, periods: int) -> None:
    assert due(PERIODS, snapshot(waiting, overdue), 6, most, empty) == periods


@pytest.mark.parametrize("most", [None, 1, 3])
def test_without_revenue_no_period_settles_unless_asked_for(most: int | None) -> None:
    with pytest.raises(NoRevenue) as refused:
        due(PERIODS, snapshot(0, 1), 6, most)
    assert refused.value.period == 3
    assert str(refused.value).startswith("no revenue has been received for period 3; accepted: --pay AMOUNT")


@pytest.mark.parametrize(("at", "waiting"), [(0, 7), (3, 0)])
def test_what_came_after_a_cut_off_is_no_revenue_of_the_period(at: int, waiting: int) -> None:
    with pytest.raises(NoRevenue) as refused:
        due(PERIODS, snapshot(waiting, 2, cut=CutOff(3, at)), 6)
    assert str(refused.value).startswith("period 3 was cut off before any revenue came; accepted: --pay 0")
    assert due(PERIODS, snapshot(7, 2, cut=CutOff(2, 0)), 6) == 1, "an earlier period's cut-off is history"
    assert due(PERIODS, snapshot(7, 2, cut=CutOff(3, 4)), 6) == 1


@pytest.mark.parametrize("overdue", [0, 1])
def test_a_deal_that_holds_less_than_its_ledger_says_how_much(overdue: int) -> None:
    for settled in (2, PERIODS):
        with pytest.raises(ShortOfLedger) as refused:
            due(PERIODS, snapshot(-1_000_000_001, overdue, settled), 6, empty=True)
        assert str(refused.value) == "the deal holds 1,000.000001 less than its ledger: nothing can be settled"


@pytest.mark.parametrize(("waiting", "periods"), [(0, 0), (1, 1)])
def test_after_the_last_period_what_is_late_settles(waiting: int, periods: int) -> None:
    assert due(PERIODS, snapshot(waiting, 0, PERIODS), 6, most=3, empty=True) == periods
