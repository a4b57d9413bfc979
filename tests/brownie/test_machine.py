"""
The state machine under `brownie test`: the same rules, fewer runs, every transaction through Brownie.

    .venv/bin/brownie test tests/brownie --network anvil
"""

from __future__ import annotations

from penstock.dealfile import load
from penstock.fuzz.campaign import read_example, replay, run_campaign
from penstock.fuzz.driver import build_test_bed
from penstock.fuzz.steps import Step
from tests.brownie.browniechain import BrownieChain
from tests.fuzz.campaigns import EXAMPLES, tell
from tests.strategies import deals

STORIES, LEAST, SEED = 4, 60, 5


def test_any_deal_runs_as_the_model_says() -> None:
    chain = BrownieChain()
    test_bed = build_test_bed(chain)
    explored = run_campaign(lambda: test_bed, deals(), STORIES, SEED, length=30)
    tell(explored, SEED)
    assert explored.coverage.steps >= LEAST and chain.sent > LEAST


def test_stories_that_once_failed_hold() -> None:
    chain = BrownieChain()
    test_bed = build_test_bed(chain)
    for file in EXAMPLES:
        terms, allotments, steps, _ = read_example(file)
        assert len(replay(test_bed, terms, allotments, steps)) == len(steps)


def test_refusals_are_told_apart() -> None:
    """A step that the contracts refuse is refused by the error the model expects, not by any other."""
    terms = load("deals/minimal.toml")
    told = replay(build_test_bed(BrownieChain()), terms, 0, [Step("settle", by="anyone", count=0)])
    assert told == ["anyone settles 0 – refused: Deal_ZeroPeriods"]
