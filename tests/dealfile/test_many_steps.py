"""The chain counts a tranche's coupons in one byte: the one it begins with, and its steps."""

from __future__ import annotations

from itertools import islice, product

import pytest

from penstock.dealfile import DealFileError, loads

MONTHS = [f"{year}-{month:02}-01" for year, month in product(range(2026, 2066), range(1, 13))]
DEAL = """
[deal]
name = "Steps"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 1
periods = 480

[[tranche]]
id = "senior"
symbol = "STP-A"
face = "100_000.00"
principal = {{ kind = "bullet" }}
{coupon}
steps = [{steps}]

[[tranche]]
id = "equity"
symbol = "STP-E"
residual = true
face = "50_000.00"

[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
"""


def text(coupon: str, first: int, count: int) -> str:
    steps = ", ".join(f'{{ from = {month}, coupon = "0.05" }}' for month in islice(MONTHS, first, first + count))
    return DEAL.format(coupon=coupon, steps=steps)


@pytest.mark.parametrize(("coupon", "first", "most"), [('coupon = "0.06"', 1, 254), ("", 0, 255)])
def test_the_coupon_counts_as_a_step(coupon: str, first: int, most: int) -> None:
    terms = loads(text(coupon, first, most))
    assert len(terms.tranches[0].coupons) == 255
    with pytest.raises(DealFileError, match=rf"{most + 1} steps; accepted: at most {most}$"):
        loads(text(coupon, first, most + 1))
