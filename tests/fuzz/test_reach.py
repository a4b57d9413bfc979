"""What runs reach that takes several periods alike, or a report in the scale of the deal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st

from penstock.dealfile import load, loads
from penstock.evm.test_chain import HAS_REVM
from penstock.fuzz.amounts import Choices, cash, reported
from penstock.fuzz.campaign import run_campaign
from penstock.fuzz.coverage import CAP, CAPPED, Coverage
from penstock.fuzz.driver import TestBed
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import ACTORS, FORBIDDEN, HOLDERS, Outcome, Step, allotments_of
from penstock.fuzz.strategies import FILLS, others_act, period_passes
from penstock.model.deal import settle
from penstock.model.dues import dues
from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.model.units import MAX_AMOUNT, WAD
from tests.fixtures.slow import mostly_slow

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


@pytest.mark.parametrize("seed", mostly_slow(range(10), quick=set()))
@pytest.mark.skipif(not HAS_REVM, reason="so many runs take minutes on a node")
@pytest.mark.parametrize(
    ("terms", "rung", "events"),
    [
        (BANKS, "interest:bank_a+bank_b", ("short", "drew on a reserve")),  # while a fee on the asset value takes all
        (GREENSBORO, "interest:senior", ("short",)),  # lean periods that pass the test and have emptied the reserve
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_senior_interest_is_short_in_the_normal_ladder(
    test_beds: Callable[[], TestBed], terms: DealTerms, rung: str, events: tuple[str, ...], seed: int
) -> None:
    seen = run_campaign(test_beds, st.just(terms), 100, seed).coverage.seen
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
    about = reported(expected, Choices(bytes([1, 128])))
    large = reported(expected, Choices(bytes([6, 255, 255, 0])))
    assert (reported(expected, Choices(b"")), about, large) == (0, lent, 65535 * lent)
    assert reported(expected, Choices(bytes([7, *[255] * 12, 0]))) == MAX_AMOUNT


@pytest.mark.parametrize("part", [1, 32, 64, 255])
def test_an_asset_value_is_chosen_by_what_a_fee_on_it_takes(part: int) -> None:
    """In 64ths of an even share of what was lent, to the base unit."""
    expected = expected_of(BANKS)
    value = reported(expected, Choices(bytes([2, part])))
    owed = dues(BANKS, expected.books.state, 1, 0, Report(asset_value=value))
    assert owed.fees == [1_000_000 * 10**6 * part // 64]
    assert dues(BANKS, expected.books.state, 1, 0, Report(asset_value=value - 1)).fees[0] < owed.fees[0]


def test_without_a_fee_on_it_an_asset_value_is_such_an_amount_itself() -> None:
    expected = expected_of(GREENSBORO)
    assert reported(expected, Choices(bytes([2, 64]))) == expected.around


def kinds(expected: Oracle, block: bytes) -> Iterator[Step]:
    """The steps that a block chooses, each taken before the next is chosen."""
    for step in period_passes(expected, block):
        expected.act(step)
        yield step


@pytest.mark.parametrize(("third", "periods"), [(0, []), (1, [2, 5, 8]), (2, [1, 4, 7])])
def test_of_periods_that_pass_alike_a_third_is_reported_or_none(third: int, periods: list[int]) -> None:
    expected = expected_of(BANKS)
    steps = list(kinds(expected, bytes([255, 7, 0, 0, 0, 0, 0, third, 2, 64])))
    assert [step.count for step in steps if step.what == "report"] == periods
    assert expected.books.state.period == 9


def test_lean_periods_bring_what_a_test_asks_for_each_time() -> None:
    expected = expected_of(GREENSBORO)
    ratios = []
    for step in kinds(expected, bytes([255, 128, 0, 1])):  # the second test, exactly
        if step.what == "pay":
            ratios.append(expected.settled[0].settlement.tests[1])
    assert len(ratios) == 4
    assert all(each.passed and each.value is not None and each.value - WAD // 2 < 10**12 for each in ratios)


@pytest.mark.parametrize(
    ("beyond", "event"), [(0, "met exactly"), (1, "cash kept out")], ids=["to the unit", "a unit beyond"]
)
def test_the_cap_is_filled_to_a_unit_then_wholly_then_more_comes(beyond: int, event: str) -> None:
    expected, seen = expected_of(GREENSBORO), []
    for step in kinds(expected, bytes([FILLS, 0, beyond])):
        if step.what == "pay":
            coverage = Coverage()
            coverage.count(step, Outcome(), expected)
            seen.append([each for each in CAPPED if coverage.seen[(*CAP, each)]])
    assert seen == [["a unit short"], [event], ["a period on nothing"]]


def test_three_forbidden_things_are_tried_at_once_and_others_in_other_periods() -> None:
    expected, tried = expected_of(GREENSBORO), []
    for _ in range(3):
        steps = list(others_act(expected, bytes([15, 5])))
        assert {step.what for step in steps} == {"forbidden"}
        tried.append([step.count for step in steps])
        list(kinds(expected, bytes(24)))
    assert tried == [[5, 6, 0], [6, 0, 1], [0, 1, 2]]
    assert len(FORBIDDEN) == 7


def test_what_the_issuer_does_is_met_at_once() -> None:
    expected = expected_of(GREENSBORO)
    list(kinds(expected, bytes([0, 0, 0, 14, 128])))
    owed = next(name for name in HOLDERS if expected.books.claimable(0, name))
    cut, settle = others_act(expected, bytes([12]))
    assert (cut.what, settle.what) == ("cut", "settle")
    pause, claim = others_act(expected, bytes([10]))
    assert (pause.what, claim.what) == ("pause", "claim")
    assert expected.books.claimable(claim.tranche, claim.by)
    block, claim = others_act(expected, bytes([8, 0, 3 + ACTORS.index(owed)]))
    assert (block.what, block.to, claim.what, claim.by) == ("block", owed, "claim", owed)
    (alone,) = others_act(expected, bytes([8, 0, 3 + ACTORS.index("anyone")]))
    assert (alone.what, alone.to) == ("block", "anyone"), "it has nothing to claim"
