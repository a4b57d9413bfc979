"""
How many of each a deal file may have.

given as many as may be    it should load
given one more             it should be refused, with the number
"""

from __future__ import annotations

from itertools import islice, product

import pytest

from penstock.dealfile import DealFileError, loads
from tests.dealfile.broken import SOUND

HEAD = """
deal = { name = "Full", asset = "USDC", decimals = 6, closing = 2026-01-01, months = 6, periods = 4 }
[[tranche]]
id = "senior"
symbol = "FUL-A"
face = "1000"
coupon = "0.06"
principal = { kind = "linear" }
"""
EQUITY = """
[[tranche]]
id = "equity"
symbol = "FUL-E"
residual = true
"""


def deal(kind: str, count: int) -> str:
    ladder, parts = ["interest:senior", "principal:senior"], []
    for index in range(count):
        name = f"x{index}"
        if kind == "tranche" and index < count - 2:  # senior and equity are two of them
            parts.append(f'[[tranche]]\nid = "{name}"\nsymbol = "FUL-{index}"\nface = "1"\ncoupon = "0"')
            parts.append('principal = { kind = "bullet" }')
            ladder += [f"interest:{name}", f"principal:{name}"]
        elif kind == "fee":
            parts.append(f'[[fee]]\nid = "{name}"\npayee = "p"\nfixed = "1"')
            ladder.insert(index, f"fee:{name}")
        elif kind == "reserve":
            parts.append(f'[[reserve]]\nid = "{name}"\ntarget = "1"\nopening = "1"\nsupports = ["interest:senior"]')
            ladder.append(f"reserve:{name}")
        elif kind == "test":
            parts.append(f'[[test]]\nid = "{name}"\nmetric = "dscr"\nof = "senior"\nbelow = "1.1"')
            ladder.append(f"trap?{name}")
    rungs = ", ".join(f'"{each}"' for each in [*ladder, "residual:equity"])
    return "\n".join([HEAD, *parts, EQUITY, f"[ladder]\nnormal = [{rungs}]\n"])


@pytest.mark.parametrize(("kind", "most"), [("tranche", 16), ("fee", 16), ("reserve", 4), ("test", 8)])
def test_there_are_at_most_so_many(kind: str, most: int) -> None:
    terms = loads(deal(kind, most))
    assert len(getattr(terms, f"{kind}s")) == most
    with pytest.raises(DealFileError, match=f"{most + 1} {kind}s; accepted: .*{most}"):
        loads(deal(kind, most + 1))


def test_there_are_at_most_so_many_periods() -> None:
    text = deal("fee", 0)
    assert (
        len(loads(text.replace("periods = 4", "periods = 480").replace("months = 6", "months = 1")).accrual_dates)
        == 480
    )
    with pytest.raises(DealFileError, match="from 1 to 480"):
        loads(text.replace("periods = 4", "periods = 481").replace("months = 6", "months = 1"))


def begins(face: str, decimals: int = 6, lifetime_cash: str | None = None) -> str:
    """A deal with one lender of this face, and an equity of face 0."""
    text = deal("tranche", 2).replace('face = "1000"', f'face = "{face}"')
    text = text.replace("decimals = 6", f"decimals = {decimals}")
    if lifetime_cash is None:
        return text
    return text.replace("periods = 4", f'periods = 4, lifetime_cash = "{lifetime_cash}"')


@pytest.mark.parametrize(
    ("face", "decimals", "narrow"),
    [
        ("1000", 6, True),
        ("720_575_940", 6, True),  # a hundred times of it is below 2^56 base units
        ("720_575_941", 6, False),
        ("1000", 7, True),
        ("1000", 8, False),  # 2^56 base units are less than a billion coins
        ("1", 18, False),
        ("1000", 0, True),
    ],
)
def test_a_deal_is_narrow_where_it_has_room_to_grow(face: str, decimals: int, narrow: bool) -> None:
    assert loads(begins(face, decimals)).narrow is narrow


def test_opening_reserves_count_as_what_a_deal_begins_with() -> None:
    text = deal("reserve", 1).replace('opening = "1"', 'opening = "720_574_940"')
    assert loads(text).narrow is True, "with a face of 1,000 a hundred times of it is 2^56 less a little"
    assert loads(text.replace("720_574_940", "720_574_941")).narrow is False


def test_what_a_deal_begins_with_leaves_room_for_a_hundred_times_of_it() -> None:
    # 2^96 base units of 18 decimals are 79.2 billion coins
    most = 792_281_625
    assert loads(begins(str(most), 18))
    with pytest.raises(DealFileError) as refused:
        loads(begins(str(most + 1), 18))
    assert str(refused.value).endswith(
        f"faces and openings add up to too much for these decimals; accepted: at most {most:,} in all"
    )
    # The last coin counts too
    most = (2**96 - 1) // 100
    in_one_share = begins(str(most), 0).replace("coupon", "shares = 1\ncoupon", 1)
    assert loads(in_one_share)
    with pytest.raises(DealFileError, match=f"accepted: at most {most:,} in all$"):
        loads(in_one_share.replace(str(most), str(most + 1)))
    text = deal("reserve", 1).replace("decimals = 6", "decimals = 18").replace('face = "1000"', 'face = "792281625"')
    with pytest.raises(DealFileError, match="add up to too much"):
        loads(text)


@pytest.mark.parametrize(
    ("lifetime_cash", "narrow"), [("1000", True), ("72_057_594_037.927935", True), ("72_057_594_037.927936", False)]
)
def test_a_deal_file_may_say_how_much_comes_in(lifetime_cash: str, narrow: bool) -> None:
    assert loads(begins("1000", lifetime_cash=lifetime_cash)).narrow is narrow
    assert loads(begins("1000", 8, "700_000_000")).narrow is True


def test_less_lifetime_cash_than_a_deal_begins_with_is_refused() -> None:
    with pytest.raises(DealFileError) as refused:
        loads(begins("1000", lifetime_cash="999.999999"))
    assert "deal.lifetime_cash" in str(refused.value)
    assert str(refused.value).endswith("less than faces and openings add up to; accepted: at least 1000")


# The chain counts a tranche's coupons in one byte: the one it begins with, and its steps.

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
