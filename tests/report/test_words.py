"""Words of tables and messages: a number and its noun agree, and what a test is for is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.deploy.replace import days_of
from penstock.format import counted, exact_money, is_plain, one_line, shares_of
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Solar – 5 MW, ÄÖ 日本 שלום \\", "Solar – 5 MW, ÄÖ 日本 שלום \\"),
        ("a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"),
        ("\x1b[31m \x9b31m \x07 \x7f", "\\u001b[31m \\u009b31m \\u0007 \\u007f"),
        ("\u2028 \u2029 \x85", "\\u2028 \\u2029 \\u0085"),
        ("\u202a\u202b\u202c\u202d\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"),
        ("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", "\\u2066\\u2067\\u2068\\u2069\\u200e\\u200f\\u061c"),
        ("\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f", "\\u200b\\u200c\\u200d\\u2060\\ufeff\\u00ad\\u034f"),
        ("\u00a0\u2003\u3000\u2800\u3164\u115f\uffa0", "\\u00a0\\u2003\\u3000\\u2800\\u3164\\u115f\\uffa0"),
        ("\ufe0f\U000e0100\U000e0041\ud800", "\\ufe0f\\U000e0100\\U000e0041\\ud800"),
    ],
)
def test_a_text_of_others_is_seen_whole_and_on_one_line(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert is_plain(text) == (text == shown) and is_plain(shown)


def test_an_amount_below_zero_keeps_its_digits() -> None:
    assert [exact_money(each, 6) for each in (-1_500_000_001, -1, 0, 1)] == [
        "-1,500.000001",
        "-0.000001",
        "0",
        "0.000001",
    ]
