"""Words of tables and messages: a number and its noun agree, and what a test is for is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.deploy.replace import days_of
from penstock.format import counted, shares_of
from penstock.report.terms_text import acts_on

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 holders"), (1, "1 holder"), (2, "2 holders"), (1_234, "1,234 holders")]
)
def test_one_is_singular(number: int, words: str) -> None:
    assert counted(number, "holder") == words


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(each, "pass", "passes") for each in (1, 2)] == ["1 pass", "2 passes"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [(1_000_000, "1 share of senior"), (1_500_000, "1.50 shares of senior"), (2_000_000, "2 shares of senior")],
)
def test_one_share_is_one_share(amount: int, words: str) -> None:
    (senior, _) = load(ROOT / "deals" / "minimal.toml").tranches
    assert shares_of(senior.id, amount, 6) == words


@pytest.mark.parametrize(("seconds", "words"), [(86_400, "1 day"), (43_200, "0.5 days"), (604_800, "7 days")])
def test_a_delay_is_in_days(seconds: int, words: str) -> None:
    assert days_of(seconds) == words


def test_what_depends_on_a_test_is_told() -> None:
    terms = load(ROOT / "deals" / "pf-three-tranche.toml")
    told = {test.id: acts_on(terms, index) for index, test in enumerate(terms.tests)}
    assert told == {"default": "the ladder", "lockup": "sweep:mezz:0.5?lockup, trap?lockup"}
    idle = replace(
        terms, normal=tuple(rung for rung in terms.normal if rung.test is None), enforce_on=(), enforcement=()
    )
    assert acts_on(idle, 0) == "nothing: reported only"
