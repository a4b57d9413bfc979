"""
How many of each a deal file may have.

given as many as may be    it should load
given one more             it should be refused, with the number
"""

from __future__ import annotations

import pytest

from penstock.dealfile import DealFileError, loads

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


@pytest.mark.parametrize(("kind", "most"), [("tranche", 8), ("fee", 16), ("reserve", 4), ("test", 8)])
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
