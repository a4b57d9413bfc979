"""
A lender who is not repaid at maturity.

given late revenue that pays the rest, or a part of it
    simulate should say what was unpaid at the last period, and what late revenue paid of whom
given no late revenue
    it should say only what is unpaid at the end
given a lender repaid in time
    late revenue should be no matter
"""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from penstock.dealfile import load
from penstock.model.deal import run
from penstock.report.tables import console, run_page

TERMS = load(Path(__file__).parents[2] / "deals" / "minimal.toml")
USD = 10**6


def told(*collections: int, late: int = 0) -> list[str]:
    """What stands under the table, without the line of conservation."""
    page: Console = console()
    with page.capture() as said:
        page.print(run_page(TERMS, run(TERMS, [each * USD for each in collections], late=late * USD)))
    return said.get().rpartition("\n\n")[2].splitlines()[:-1]


@pytest.mark.parametrize(
    ("late", "lines"),
    [
        (10_000, ["unpaid at the last period: senior 5,750 principal and 0 interest; late revenue paid 5,750"]),
        (
            5_000,
            [
                "unpaid at the last period: senior 5,750 principal and 0 interest; late revenue paid 5,000",
                "unpaid at the end: senior 750 principal and 0 interest",
            ],
        ),
        (0, ["unpaid at the end: senior 5,750 principal and 0 interest"]),
    ],
)
def test_what_the_last_period_left_unpaid_is_told(late: int, lines: list[str]) -> None:
    # 25,750 are due at the end.
    assert told(28_000, 27_250, 26_500, 20_000, late=late) == lines


def test_a_lender_repaid_in_time_is_not_mentioned() -> None:
    assert told(28_000, 27_250, 26_500, 25_750, late=500) == []
