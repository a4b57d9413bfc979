"""What fuzzing says at its end, and that it is what docs/INVARIANTS.md says of the machine."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from penstock.cli.pages import fuzz as show
from penstock.dealfile import load
from penstock.fuzz import invariants
from penstock.fuzz.campaign import CampaignResult
from penstock.fuzz.coverage import Coverage

ROOT = Path(__file__).parents[2]
TERMS = load(ROOT / "deals" / "pf-three-tranche.toml")
NUMBERS = "01, 02, 03, 04, 05, 08, 09, 10, 11, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 42, 43"
HELD = f"invariants checked (docs/INVARIANTS.md): {NUMBERS}"


@pytest.mark.parametrize(
    ("runs", "steps", "said"),
    [
        (1, 1, "1 run, 1 step in 2 s, 0 steps/s"),
        (1000, 54606, "1,000 runs, 54,606 steps in 2 s, 27,303 steps/s"),
    ],
)
def test_the_closing_line_counts_one_as_one(
    capsys: pytest.CaptureFixture[str], runs: int, steps: int, said: str
) -> None:
    coverage = Coverage()
    coverage.runs, coverage.steps = runs, steps
    show.page(TERMS, CampaignResult(coverage, 2.0, 7, None), 123_456.7)
    closing = f"{said} beside 123,457 raw calls/s, seed 7: chain = model after every step"
    assert capsys.readouterr().out.splitlines()[-2:] == [closing, HELD]


def test_the_numbers_are_those_the_machine_checks() -> None:
    rows = re.findall(r"^\| (\d\d) \|[^|]*\| (\w+)", (ROOT / "docs" / "INVARIANTS.md").read_text(), re.MULTILINE)
    assert tuple(int(number) for number, machine in rows if machine == "yes") == invariants.HELD
    sources = "".join(file.read_text() for file in (ROOT / "penstock" / "fuzz").glob("*.py"))
    named = re.findall(r"(?:Broken\(|_hold\(|INV )(\d+)", sources)
    assert {int(number) for number in named} <= set(invariants.HELD)


def test_the_bar_counts_one_as_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter((0.0, 9.9, 10.0, 10.0))
    monkeypatch.setattr(show, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    coverage = Coverage()
    coverage.runs, coverage.steps = 1, 20
    with show.progress(5, 0.0, seed=7) as told:
        told(coverage)
        told(coverage)
    assert capsys.readouterr().err.splitlines() == ["seed 7", "1 run, 20 steps, 2 steps/s"]
