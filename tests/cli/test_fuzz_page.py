"""
What fuzz says of its runs.

given runs that found no difference
    each part should say how much of what is possible was reached, and how often; the rest should be named
given one that did
    its steps should be numbered, and its reason and seed be said
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages import fuzz
from penstock.dealfile import load
from penstock.fuzz.campaign import CampaignResult
from penstock.fuzz.coverage import Coverage, reachable
from tests.fixtures.cli import MINIMAL, ROOT
from tests.fixtures.tables import tables

TERMS = load(ROOT / MINIMAL)


@pytest.fixture
def coverage() -> Coverage:
    """Every second thing that is possible, the first once, the next three times, …"""
    found = Coverage()
    for at, each in enumerate(reachable(TERMS)):
        if at % 2 == 0:
            found.seen[each] = at + 1
    found.runs, found.steps = 1, 12_345
    return found


def test_each_part_says_how_much_was_reached(coverage: Coverage, capsys: pytest.CaptureFixture[str]) -> None:
    fuzz.page(TERMS, CampaignResult(coverage, 10.0, 11, None), 9_876.6)
    text = capsys.readouterr().out
    parts, named, missed = tables(text)
    possible = list(reachable(TERMS))
    wanted = []
    for part, title in fuzz.TITLES.items():
        of_part = [each for each in possible if each[0] == part]
        seen = [coverage.seen[each] for each in of_part if coverage.seen[each]]
        if of_part:
            wanted.append([title, str(len(seen)), str(len(of_part)), f"{sum(seen):,}"])
    assert parts.title[-1] == f"{TERMS.name}: what was reached"
    assert list(parts.columns) == ["part", "reached", "of", "times"]
    assert parts.rows == wanted and len(wanted) > 3
    assert list(named.columns) == ["part", "what", "how often"]
    told = {(row[0], row[1], event) for row in named.rows for event in row[2].split(", ")}
    assert told == {
        (fuzz.TITLES[part], name, f"{event} {coverage.seen[part, name, event]:,}")
        for part, name, event in possible
        if part in fuzz.NAMED and coverage.seen[part, name, event]
    }
    assert missed.title[-1] == fuzz.NEVER
    assert {tuple(row) for row in missed.rows} == {
        (fuzz.TITLES[part], name, event) for part, name, event in possible if not coverage.seen[part, name, event]
    }
    closing, held = text.splitlines()[-2:]
    assert closing == (
        "1 run, 12,345 steps in 10 s, 1,234 steps/s beside 9,877 raw calls/s, seed 11: chain = model after every step"
    )
    assert held.startswith("invariants checked (docs/INVARIANTS.md): 01, 02, ")


@pytest.mark.parametrize(
    ("interrupted", "words"), [(False, "shrunk above"), (True, "interrupted before it was shrunk")]
)
def test_the_run_that_fails_is_shown(
    coverage: Coverage, capsys: pytest.CaptureFixture[str], interrupted: bool, words: str
) -> None:
    mismatch: Any = SimpleNamespace(run=SimpleNamespace(lines=[f"step {at}" for at in range(12)]), reason="5 is not 6")
    fuzz.page(TERMS, CampaignResult(coverage, 3.4, 7, mismatch, interrupted), 1.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  1. step 0" and lines[11] == " 12. step 11"
    assert lines[12:] == ["", "5 is not 6", "", f"1 run, 12,345 steps in 3 s, seed 7: the last run FAILS, {words}"]


def test_all_that_was_reached_leaves_nothing_to_name(coverage: Coverage, capsys: pytest.CaptureFixture[str]) -> None:
    coverage.seen.update(reachable(TERMS))
    fuzz.page(TERMS, CampaignResult(coverage, 0.0, 11, None), 1.0)
    text = capsys.readouterr().out
    assert len(tables(text)) == 2 and "not reached" not in text
    assert "in 0 s, 0 steps/s beside 1 raw calls/s" in text
