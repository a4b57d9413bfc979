"""
A test that fails is called by its name, whatever it does: locks up, switches to another ladder, or nothing at all.

given two tests, of which one locks up and the other is reported only
    the state of a period, of a year and of the picture should name the one that fails, or both
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from rich.console import Console, RenderableType

from penstock.dealfile import load
from penstock.format import failing
from penstock.model.deal import Run, run
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.report.figures import draw_life
from penstock.report.tables import run_page
from penstock.report.years import years_page
from tests.contracts.deals import TRAPPING

ROOT = Path(__file__).parents[2]
USD = 10**6
(LOCKUP,) = TRAPPING.tests
# The second only says that debt service is not covered twice.
WATCHED = replace(TRAPPING, tests=(LOCKUP, replace(LOCKUP, id="watch", below=2 * WAD)))
# Covered 1.07 times, then 1.65 times, then more than twice
LIFE: tuple[DealTerms, Run] = (WATCHED, run(WATCHED, [30_000 * USD, 45_000 * USD, 90_000 * USD, 90_000 * USD]))


def printed(page: RenderableType) -> list[str]:
    console = Console(width=200, record=True, file=None, markup=False)
    with console.capture() as captured:
        console.print(page)
    return captured.get().splitlines()


def states(lines: list[str]) -> list[str]:
    rows = [line for line in lines if re.match(r" \d{4}", line)]
    return [row.split("│")[-1].strip() for row in rows]


@pytest.mark.parametrize(
    ("tests", "words"),
    [(["lockup"], "lockup fails"), (["a", "b"], "a and b fail"), (["a", "b", "c"], "a, b and c fail")],
)
def test_one_fails_and_several_fail(tests: list[str], words: str) -> None:
    assert failing(tests) == words


def test_the_state_of_a_period_names_the_tests_that_fail() -> None:
    assert states(printed(run_page(*LIFE))) == ["lockup and watch fail", "watch fails", "normal", "normal"]


def test_the_state_of_a_year_names_each_test_with_its_periods() -> None:
    terms, life = LIFE
    assert states(printed(years_page(terms, life.settlements))) == ["lockup fails 1, watch fails 2", "normal"]


def test_enforcement_is_what_it_is_called() -> None:
    terms = load(ROOT / "deals" / "pf-three-tranche.toml")
    life = run(terms, [1] * terms.periods)
    found = states(printed(years_page(terms, life.settlements)))
    assert any(each.startswith("enforcement ") for each in found)
    assert not any("lock" in each and "lockup" not in each for each in found)


def test_the_picture_names_the_test_and_its_trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = Figure.legend

    def legend(figure: Figure, handles: Any, labels: list[str], **how: Any) -> Any:
        drawn.extend([*labels, *(axes.get_title(loc="left") for axes in figure.axes)])
        return real(figure, handles, labels, **how)

    monkeypatch.setattr(Figure, "legend", legend)
    terms, life = LIFE
    draw_life(terms, life.settlements, tmp_path / "life.png")
    assert "lockup and watch fail" in drawn
    assert any(each.endswith("and, in red, the trap of lockup") for each in drawn), drawn
