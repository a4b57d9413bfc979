"""docs/MUTATION.md says what the results say, on one screen; the targets are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutation import explained, summary
from mutation.targets import TARGETS, Target, files_of, modules_of, target_of
from mutation.verdicts import FILE, Records, Verdict

ROOT = Path(__file__).parents[2]


def test_the_page_shows_the_figures_of_the_results_on_one_screen() -> None:
    text = (ROOT / summary.PAGE).read_text()
    shown = text.partition(summary.MARKS[0])[2].partition(summary.MARKS[1])[0].strip()
    assert shown == summary.figures(Records(ROOT / FILE), explained.load(ROOT)), "run make mutation, or fix the table"
    assert len(text.splitlines()) < 60


def test_results_are_small_and_only_of_targets() -> None:
    records = list(Records(ROOT / FILE))
    assert records
    assert (ROOT / FILE).stat().st_size < 100 * len(records)
    assert all(each.verdict in Verdict and each.key and each.file for each in records)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_target_has_files_and_tests(target: Target) -> None:
    files = files_of(ROOT, target)
    assert files and all(target_of(each) == target for each in files)
    assert modules_of(ROOT, target)


def test_interfaces_and_mocks_are_no_target() -> None:
    files = [each for target in TARGETS for each in files_of(ROOT, target)]
    assert len(files) == len(set(files))
    assert not [each for each in files if "/mocks/" in each or "/interfaces/" in each or each.endswith("/errors.py")]
