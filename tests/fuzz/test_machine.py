"""INV 01 to 06, 08 to 11, 13 to 16 on the bytecode: any deal, any order of what people do, compared after each step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from penstock.dealfile import load
from penstock.fuzz.campaign import run_campaign
from penstock.fuzz.driver import TestBed
from penstock.fuzz.steps import _PHRASES, FORBIDDEN
from tests.fixtures.slow import mostly_slow
from tests.fuzz.campaigns import tell
from tests.fuzz.conftest import Effort
from tests.strategies import deals

DEALS = sorted((Path(__file__).parents[2] / "deals").glob("*.toml"))
PARTS = 4
"""Tests over drawn deals, each from a seed of its own, so that they run beside each other."""

pytestmark = pytest.mark.drawn

HUNDRED = 100
# What so many runs of each test must have: every step there is, done, or refused where nobody may.
ANYBODY = [
    *(("step", what, "done") for what in _PHRASES if what != "forbidden"),
    *(("forbidden", words, "refused") for words, _ in FORBIDDEN),
]

# What a hundred runs of a deal with everything in it must reach, or they explore too little.
REACHED = [
    ("deal", "life", "several periods in one call"),
    ("deal", "life", "several periods in one call and one by one"),
    ("deal", "life", "late revenue"),
    ("cap", "cash of a life", "met exactly"),
    ("cap", "cash of a life", "a unit short"),
    ("cap", "cash of a life", "cash kept out"),
    ("cap", "cash of a life", "a period on nothing"),
    ("cap", "cash of a life", "refused"),
    ("reserve", "dsra", "drawn"),
    ("reserve", "dsra", "released"),
    ("test", "lockup", "trapped cash"),
    ("test", "lockup", "released"),
    ("test", "lockup", "cured"),
    ("tranche", "mezz", "capitalised"),
    ("call-back", "settle", "Deal_Reentered"),
    ("call-back", "claim", "Deal_Reentered"),
    ("step", "claim", "ControlledUSD_Paused"),
    ("step", "settle", "Deal_BalanceBelowLedger"),
    ("step", "transfer", "ERC7943CannotReceive"),
    ("step", "report", "SingleReporter_ReportedAlready"),
    ("step", "claim_fee", "Deal_NotPayee"),
    *(each for each in ANYBODY if each[1] not in ("cut_off", "announce_call", "let_take")),  # the deal has neither
]


QUICK = ("greensboro-solar", "hosting-site", "pf-three-tranche")
SLOW = ((), (pytest.mark.slow,))
"""The marks of a run that is made in any case, and of one that is not."""


@pytest.mark.parametrize("part", mostly_slow(range(PARTS), (0, 1)))
def test_any_deal_runs_as_the_model_says(test_beds: Callable[[], TestBed], effort: Effort, part: int) -> None:
    seed = effort.seed + 1_000_000 * part
    explored = run_campaign(test_beds, deals(), effort.runs, seed, effort.seconds)
    tell(explored, seed)
    assert explored.coverage.steps > effort.runs * 20
    if effort.runs >= HUNDRED:
        seen = explored.coverage.seen
        # Few drawn deals come to where a call is allowed; clo.toml does, and tests/contracts/test_call.py
        missed = [each for each in ANYBODY if not seen[each] and each[1] != "announce_call"]
        assert not missed
        assert any(part == "tranche" and event == "written down" for part, _, event in seen), "no loss was settled"


@pytest.mark.parametrize(
    "file", [pytest.param(each, id=each.stem, marks=SLOW[each.stem not in QUICK]) for each in DEALS]
)
def test_our_own_deals_run_as_the_model_says(test_beds: Callable[[], TestBed], effort: Effort, file: Path) -> None:
    explored = run_campaign(test_beds, st.just(load(file)), effort.runs, effort.seed)
    tell(explored, effort.seed)
    assert explored.coverage.steps > effort.runs * 20
    if effort.runs >= HUNDRED and file.stem == "greensboro-solar":
        missed = [each for each in REACHED if not explored.coverage.seen[each]]
        assert not missed
