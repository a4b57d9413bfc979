"""What runs reach that takes several periods alike, or a report in the scale of the deal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from penstock.dealfile import load, loads
from penstock.evm.test_chain import HAS_REVM
from penstock.fuzz.amounts import Choices, cash, reported
from penstock.fuzz.campaign import run_campaign
from penstock.fuzz.driver import TestBed
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import allotments_of
from penstock.fuzz.strategies import period_passes
from penstock.model.deal import settle
from penstock.model.terms import DealTerms
from penstock.model.units import MAX_AMOUNT

GREENSBORO = load(Path(__file__).parents[2] / "deals" / "greensboro-solar.toml")
BANKS = loads("""
[deal]
name = "Two Banks"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 6
periods = 12
[[tranche]]
id = "bank_a"
symbol = "BNK-A"
face = "6_000_000.00"
coupon = "0.06"
principal = { kind = "linear" }
[[tranche]]
id = "bank_b"
symbol = "BNK-B"
face = "4_000_000.00"
coupon = "0.07"
principal = { kind = "linear" }
[[tranche]]
id = "equity"
symbol = "BNK-E"
face = "2_000_000.00"
residual = true
[[fee]]
id = "manager"
payee = "manager"
annual = "0.001"
of = "asset_value"
[[reserve]]
id = "dsra"
months = 6
opening = "500_000.00"
supports = ["interest:bank_a", "interest:bank_b"]
[[test]]
id = "default"
metric = "dscr"
of = "bank_b"
below = "0.90"
cure = 2
[ladder]
normal = ["fee:manager", "interest:bank_a+bank_b", "principal:bank_a+bank_b", "reserve:dsra", "residual:equity"]
enforcement = ["interest:bank_a+bank_b", "all:bank_a+bank_b", "fee:manager", "residual:equity"]
enforce_on = ["default"]
""")


@pytest.mark.skipif(not HAS_REVM, reason="so many runs take minutes on a node")
@pytest.mark.parametrize(
    ("terms", "rung", "events"),
    [
        (GREENSBORO, "interest:senior", ("short",)),  # lean periods that pass the test and have emptied the reserve
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_senior_interest_is_short_in_the_normal_ladder(
    test_beds: Callable[[], TestBed], terms: DealTerms, rung: str, events: tuple[str, ...]
) -> None:
    seen = run_campaign(test_beds, st.just(terms), 100, seed=0).coverage.seen
    assert [event for event in events if not seen["normal ladder", rung, event]] == []


def expected_of(terms: DealTerms) -> Oracle:
    return Oracle(terms, allotments_of(terms, 0), now=0)


def test_a_block_of_the_kind_lets_periods_pass_alike_and_a_plain_one_lets_one() -> None:
    expected = expected_of(GREENSBORO)
    assert [step.what for step in period_passes(expected, bytes(24))] == ["wait", "pay"]
    steps = []
    for step in period_passes(expected, bytes([255, 1])):
        assert expected.act(step).error == ""
        steps.append(step)
    assert [step.what for step in steps] == ["wait", "pay"] * 3
    assert expected.books.state.period == 3


@pytest.mark.parametrize("test", range(2))
def test_cash_to_a_test_just_passes_it(test: int) -> None:
    for aside, passed in ((0, True), (2, False)):  # exactly, and a base unit less
        expected = expected_of(GREENSBORO)
        amount = cash(expected, Choices(bytes([5, test, aside])))
        assert settle(GREENSBORO, expected.books.state, amount).tests[test].passed is passed


def test_reports_are_small_about_the_face_and_beyond_any_revenue() -> None:
    expected = expected_of(BANKS)
    lent = 12_000_000 * 10**6
    about = reported(expected, Choices(bytes([2, 128])))
    large = reported(expected, Choices(bytes([4, 255, 255, 0])))
    assert (reported(expected, Choices(b"")), about, large) == (0, lent, 65535 * lent)
    assert reported(expected, Choices(bytes([7, *[255] * 12, 0]))) == MAX_AMOUNT
