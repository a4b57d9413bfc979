"""
reserves of a deal file
    months that are no whole number of periods: a part of the next period's debt service, rounded up on the sum
    targets one by one, a limit on what goes in, a rung that takes a fraction
    what they read in the terms is read back as a deal file
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.dealfile import DealFileError, loads
from penstock.dealfile.from_terms import refusals
from penstock.model.deal import run
from penstock.model.dues import dues
from penstock.model.report import NOTHING_REPORTED
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms

USD = 10**6
DEAL = """
[deal]
name = "Reserves"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = {months}
periods = {periods}

[[tranche]]
id = "a"
symbol = "A"
face = "1_000_000.00"
coupon = "0.0700003"
day_count = "30/360 US"
principal = {{ kind = "linear" }}

[[tranche]]
id = "b"
symbol = "B"
face = "300_001"
coupon = "0.09"
day_count = "ACT/360"
principal = {{ kind = "bullet" }}

[[tranche]]
id = "equity"
symbol = "E"
residual = true

[[reserve]]
id = "dsra"
{reserve}
supports = ["interest:a", "principal:a", "interest:b"]

[ladder]
normal = [
  "interest:a", "principal:a", "interest:b", "principal:b", "{rung}", "residual:equity",
]
"""


def deal(months: int = 12, periods: int = 4, reserve: str = "months = 6", rung: str = "reserve:dsra") -> DealTerms:
    return loads(DEAL.format(months=months, periods=periods, reserve=reserve, rung=rung))


def target(terms: DealTerms, period: int) -> int:
    state = replace(opening_state(terms), period=period - 1)
    return dues(terms, state, period, 0, NOTHING_REPORTED).targets[0]


def of_whole(months: int, periods: int, whole: int, period: int) -> int:
    """What a reserve for so many whole periods holds."""
    return target(deal(months, periods, f"months = {whole * months}"), period)


@pytest.mark.parametrize("period", [1, 2, 3])
def test_months_within_a_year_are_a_part_of_its_debt_service(period: int) -> None:
    year = of_whole(12, 4, 1, period)
    assert target(deal(12, 4, "months = 6"), period) == -(-year // 2)
    assert year * 7 % 12  # so that rounding shows
    assert target(deal(12, 4, "months = 7"), period) == year * 7 // 12 + 1


def test_nine_months_on_half_years_are_one_and_a_half() -> None:
    terms = deal(6, 6, "months = 9")
    assert (terms.reserves[0].ahead, terms.reserves[0].parts[:4]) == ((1, 1, 1, 1, 1, 0), ((3, 6),) * 4)
    for period in (1, 2, 3, 4):
        one, two = (of_whole(6, 6, whole, period) for whole in (1, 2))
        assert target(terms, period) == one + -(-(two - one) // 2)
    assert target(terms, 5) == of_whole(6, 6, 1, 5), "behind the last period there is none"
    assert target(terms, 6) == 0


def test_whole_periods_have_no_part() -> None:
    assert deal(6, 6, "months = 12").reserves[0].parts == ()


def test_what_goes_in_is_limited_whatever_was_drawn() -> None:
    terms = deal(12, 4, 'target = "50_000"\nfill = "20_000"')
    life = run(terms, [10**6 * USD, 10**6 * USD, 0, 10**6 * USD])
    held = [each.reserves[0] // USD for each in life.settlements]
    assert held[:2] == [20_000, 40_000]
    assert life.settlements[2].flows.drawn[0] == 40_000 * USD and held[2] == 0
    assert life.conserved


def test_a_rung_of_a_reserve_may_take_a_fraction() -> None:
    plenty = deal(12, 4, 'target = "900_000"', "reserve:dsra:0.25")
    (first, *_) = run(plenty, [10**6 * USD] * 4).settlements
    left = 10**6 * USD - sum(first.flows.interest) - sum(first.flows.principal)
    assert first.reserves[0] == left // 4


def test_targets_are_held_as_listed_and_released_at_the_end() -> None:
    terms = deal(12, 4, 'targets = ["3_000", "0", "7_000.5", "0"]')
    life = run(terms, [10**6 * USD] * 4)
    assert [each.reserves[0] for each in life.settlements] == [3_000 * USD, 0, 7_000_500_000, 0]
    assert life.settlements[1].released[0] == 3_000 * USD


@pytest.mark.parametrize(
    ("months", "reserve", "rung"),
    [
        (12, "months = 6", "reserve:dsra"),
        (6, "months = 9", "reserve:dsra"),
        (3, "months = 10", "reserve:dsra:0.5"),
        (12, 'targets = ["3_000", "0", "7_000.5", "0"]\nfill = "1"', "reserve:dsra"),
    ],
)
def test_terms_are_read_back(months: int, reserve: str, rung: str) -> None:
    terms = deal(months, 4, reserve, rung)
    assert refusals(terms) == ([], terms)


def test_terms_with_adjusted_dates_are_read_back() -> None:
    text = DEAL.format(months=6, periods=9, reserve="months = 9", rung="reserve:dsra")
    terms = loads(text.replace("decimals = 6", 'decimals = 6\nroll = "modified_following"\naccrue = "adjusted"'))
    words, again = refusals(terms)
    assert (words, again) == ([], terms)


def test_a_reserve_with_a_limit_has_one_rung() -> None:
    text = DEAL.format(months=12, periods=4, reserve='target = "9"\nfill = "1"', rung="reserve:dsra")
    twice = text.replace('"reserve:dsra",', '"reserve:dsra", "reserve:dsra:0.5",')
    with pytest.raises(DealFileError, match=r"a second rung of a reserve with fill.*accepted: one rung for it"):
        loads(twice)


def test_a_deal_of_one_period_has_no_coming_debt_service() -> None:
    with pytest.raises(DealFileError, match=r"months = 6: reaches no later accrual date.*accepted: more periods"):
        deal(12, 1)
