"""The most shares a tranche may have: what the chain holds in a holder's word, and not one more."""

from __future__ import annotations

import pytest

from penstock.dealfile import DealFileError, loads

DEAL = """
deal = {{ name = "Many", asset = "USDC", decimals = 0, closing = 2026-01-01, months = 6, periods = 4 }}
[[tranche]]
id = "senior"
symbol = "MIN-A"
face = "{face}"
shares = {shares}
coupon = "0.06"
principal = {{ kind = "linear" }}
[[tranche]]
id = "equity"
symbol = "MIN-E"
residual = true
[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
"""


def test_a_supply_fills_its_field() -> None:
    most = 2**64 - 1
    assert loads(DEAL.format(face=most, shares=most)).tranches[0].supply == most


@pytest.mark.parametrize("shares", [2**64, 2**64 + 1])
def test_a_supply_above_its_field_is_refused(shares: int) -> None:
    with pytest.raises(
        DealFileError, match=r"too many shares for the chain; accepted: shares from 1 to 18446744073709551615"
    ):
        loads(DEAL.format(face=shares, shares=shares))
