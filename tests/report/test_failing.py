"""
A test that fails is called by its name, whatever it does: locks up, switches to another ladder, or nothing at all.

given two tests, of which one locks up and the other is reported only
    the state of a period, of a year and of the picture should name the one that fails, or both
"""

from __future__ import annotations

from dataclasses import replace

import matplotlib
import pytest

from penstock.format import failing
from penstock.model.deal import Run, run
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.report import drawing
from penstock.report.figures import life_figure
from penstock.report.grouping import By
from penstock.report.run_page import run_page
from penstock.report.tables import console
from tests.contracts.deals import TRAPPING
from tests.fixtures.tables import tables

USD = 10**6
(LOCKUP,) = TRAPPING.tests
# The second only says that debt service is not covered twice.
WATCHED = replace(TRAPPING, tests=(LOCKUP, replace(LOCKUP, id="watch", threshold=2 * WAD)))
# Covered 1.07 times, then 1.65 times, then more than twice
LIFE: tuple[DealTerms, Run] = (WATCHED, run(WATCHED, [30_000 * USD, 45_000 * USD, 90_000 * USD, 90_000 * USD]))


def states(by: By) -> list[str]:
    page = console()
    with page.capture() as captured:
        page.print(run_page(*LIFE, by))
    (table,) = tables(captured.get())
    return [row[-1] for row in table.rows[:-1]]


@pytest.mark.parametrize(
    ("tests", "words"),
    [(["lockup"], "lockup fails"), (["a", "b"], "a and b fail"), (["a", "b", "c"], "a, b and c fail")],
)
def test_one_fails_and_several_fail(tests: list[str], words: str) -> None:
    assert failing(tests) == words


def test_the_state_of_a_period_names_the_tests_that_fail() -> None:
    assert states(By.PERIOD) == ["lockup and watch fail", "watch fails", "normal", "normal"]


def test_the_state_of_a_year_names_each_test_with_its_periods() -> None:
    assert states(By.YEAR) == ["lockup fails 1×, watch fails 2×", "normal"]


def test_the_picture_names_the_test_and_its_trap() -> None:
    terms, life = LIFE
    with matplotlib.rc_context(drawing.style()):
        figure = life_figure(terms, life.settlements)
    assert "lockup and watch fail" in {each.get_text() for each in figure.legends[0].get_texts()}
    assert figure.axes[-1].get_title(loc="left").endswith("in red, the trap of lockup")
