"""Debt service that a cash flow covers so many times, where it does not divide evenly."""

from __future__ import annotations

from penstock.model.schedule import sculpted
from penstock.model.units import WAD


def test_debt_service_is_rounded_down() -> None:
    """100 at 0.7 times is 142.86: 142, of which 20 are interest."""
    assert sculpted(200, [100, 0], 7 * WAD // 10, lambda balance, period: balance // 10) == (122, 78)
