"""Shares are divisible as the asset is, to six places at most (docs/decisions/0003)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.model.examples import three_tranches


@pytest.mark.parametrize(("decimals", "of_shares"), [(0, 0), (2, 2), (6, 6), (7, 6), (18, 6)])
def test_shares_have_the_assets_decimals_to_six(decimals: int, of_shares: int) -> None:
    assert replace(three_tranches(), decimals=decimals).share_decimals == of_shares
