"""The chain counts a tranche's coupons in one byte: the one it begins with, and its steps."""

from __future__ import annotations

from itertools import islice, product

import pytest

from penstock.dealfile import DealFileError, loads
from tests.dealfile.broken import SOUND

MONTHS = [f"{year}-{month:02}-01" for year, month in product(range(2026, 2066), range(1, 13))]
MONTHLY = SOUND.replace("months = 3\nperiods = 8\n", "months = 1\nperiods = 480\n")


def text(coupon: str, first: int, count: int) -> str:
    steps = ", ".join(f'{{ from = {month}, coupon = "0.05" }}' for month in islice(MONTHS, first, first + count))
    return MONTHLY.replace('coupon = "0.06"\n', f"{coupon}\nsteps = [{steps}]\n")


@pytest.mark.parametrize(("coupon", "first", "most"), [('coupon = "0.06"', 1, 254), ("", 0, 255)])
def test_the_coupon_counts_as_a_step(coupon: str, first: int, most: int) -> None:
    terms = loads(text(coupon, first, most))
    assert len(terms.tranches[0].coupons) == 255
    with pytest.raises(DealFileError, match=rf"{most + 1} steps; accepted: at most {most}$"):
        loads(text(coupon, first, most + 1))
