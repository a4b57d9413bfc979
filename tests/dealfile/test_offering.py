"""
[offering]
├── given every key, its terms should be exact, in base units, units and seconds
├── given the least, the rest should be as the page says
└── given none, there should be no offering, and the deal's terms be the same
"""

from __future__ import annotations

from datetime import date

from penstock.dealfile import loads, loads_offering
from penstock.model.calendar import timestamp
from penstock.model.offering_terms import Lot, OfferingTerms
from tests.dealfile.broken import OFFERING, SOUND

USD = 10**6
FULL = SOUND.replace("[ladder]", OFFERING.replace("grace = 10", 'grace = 10\ncancel = "sponsor"') + "[ladder]", 1)
LEAST = """
[offering]
deadline = 2026-01-01
grace = 1
project = "project"
tranches = [{ id = "mezz", price = "0.97" }, { id = "equity", price = 1 }]
"""


def test_every_key_is_exact() -> None:
    deadline = timestamp(date(2025, 12, 31))
    assert loads_offering(FULL) == OfferingTerms(
        lots=(Lot(0, 1_000 * USD, 800, 5, 600),),
        shares_per_unit=1_000 * USD,
        deadline_at=deadline,
        grace_ends_at=deadline + 10 * 86_400,
        soft_cap=400_000 * USD,
        project="project",
        underwriter="bank",
        canceller="sponsor",
        fees=(("arranger", 2_000 * USD),),
    )


def test_what_is_not_said_is_as_the_page_says() -> None:
    found = loads_offering(SOUND + LEAST)
    assert found is not None
    assert found.lots == (Lot(1, 970_000, 150_000, 1, 150_000), Lot(2, USD, 1_000_000, 1, 1_000_000))
    assert (found.shares_per_unit, found.soft_cap, found.underwriter, found.canceller) == (USD, 0, None, None)
    assert (found.proceeds, found.to_project) == (1_145_500 * USD, 1_145_500 * USD)
    assert found.labels == ("project",)


def test_opening_reserves_come_from_the_proceeds() -> None:
    text = (SOUND + LEAST).replace("months = 6\nsupports", 'months = 6\nopening = "1_000"\nsupports')
    found = loads_offering(text)
    assert found is not None
    assert (found.opening, found.to_project) == (1_000 * USD, 1_144_500 * USD)


def test_a_deal_is_the_same_with_and_without() -> None:
    assert loads_offering(SOUND) is None
    assert loads(FULL) == loads(SOUND)
