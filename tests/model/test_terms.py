"""What terms are where nobody says otherwise."""

from __future__ import annotations

from penstock.model.terms import MAX_PERIODS, Fee, FeeBase, Reserve, Rung, RungKind, Test
from penstock.model.units import WAD


def test_a_fee_is_due_in_every_period_without_cap_or_carry() -> None:
    told = Fee("f", "p", FeeBase.FIXED, 0, 0, 0, None, False, False, 1, MAX_PERIODS)
    assert Fee("f", "p", FeeBase.FIXED) == told


def test_a_reserve_aims_at_nothing_and_supports_nothing() -> None:
    assert Reserve("r", 5) == Reserve("r", 5, (), 0, ())


def test_a_test_is_cured_by_one_pass() -> None:
    assert Test("t", 0, WAD) == Test("t", 0, WAD, 1)


def test_a_rung_takes_all_and_acts_always() -> None:
    assert Rung(RungKind.TRAP) == Rung(RungKind.TRAP, (), WAD, None)
