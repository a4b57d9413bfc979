"""A run says whether every unit is accounted for, what is still held included."""

from __future__ import annotations

from penstock.model import deal
from penstock.model.terms import Reserve, Rung
from tests.model.examples import INTEREST, RESERVE, one_lender


def test_what_a_reserve_holds_counts() -> None:
    reserve = Reserve("dsra", 0, target=50, supports=((INTEREST, 0),))
    told = deal.run(one_lender(Rung(RESERVE, (0,)), reserves=(reserve,)), [140])

    assert told.state.held == 40
    assert told.conserved


def test_a_unit_more_or_less_does_not_go_unnoticed() -> None:
    for change in (-1, 1):
        told = deal.run(one_lender(), [140])
        told.state.credited[0] += change
        assert not told.conserved
