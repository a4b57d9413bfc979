"""What fuzzing says at its end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from penstock.dealfile import load
from penstock.fuzz import show
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.explore import Explored

TERMS = load(Path(__file__).parents[2] / "deals" / "pf-three-tranche.toml")
HELD = "chain = model after every one, 13 checks held wherever they apply"


@pytest.mark.parametrize(
    ("stories", "steps", "said"),
    [
        (1, 1, f"1 story, 1 rule in 2 s, 0 rules/s, seed 7: {HELD}"),
        (1000, 54606, f"1,000 stories, 54,606 rules in 2 s, 27,303 rules/s, seed 7: {HELD}"),
    ],
)
def test_the_closing_line_counts_one_as_one(
    capsys: pytest.CaptureFixture[str], stories: int, steps: int, said: str
) -> None:
    coverage = Coverage()
    coverage.stories, coverage.steps = stories, steps
    show.page(TERMS, Explored(coverage, 2.0, 7, None))
    assert capsys.readouterr().out.splitlines()[-1] == said


def test_the_bar_counts_one_as_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter((0.0, 9.9, 10.0, 10.0))
    monkeypatch.setattr(show, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    coverage = Coverage()
    coverage.stories, coverage.steps = 1, 20
    with show.progress(5, 0.0, seed=7) as told:
        told(coverage)
        told(coverage)
    assert capsys.readouterr().err.splitlines() == ["seed 7", "1 story, 20 rules, 2 rules/s"]
