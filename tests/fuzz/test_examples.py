"""Every run that once failed is executed again, and so are those an auditor would ask for first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.fuzz.campaign import ExampleRefused, read_example, replay, write_example
from penstock.fuzz.driver import TestBed
from penstock.fuzz.machine import FuzzRun
from tests.fuzz.campaigns import EXAMPLES


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_story_that_once_failed_holds(test_beds: Callable[[], TestBed], file: Path) -> None:
    terms, allotments, steps, why = read_example(file)
    assert why
    lines = replay(test_beds(), terms, allotments, steps)
    assert len(lines) == len(steps)


def test_a_story_is_kept_whole(test_beds: Callable[[], TestBed], tmp_path: Path) -> None:
    terms, allotments, steps, why = read_example(EXAMPLES[0])
    run = FuzzRun(test_beds(), terms, allotments)
    for step in steps:
        run.take(step)
    run.close()
    write_example(tmp_path / "again.json", run, why)
    assert read_example(tmp_path / "again.json") == (terms, allotments, steps, why)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not a run saved by penstock fuzz"),
        ("[]", "not a run saved by penstock fuzz"),
        ('{"terms": {}, "allotments": 0, "steps": [], "why": ""}', "not a run saved by penstock fuzz"),
    ],
)
def test_what_is_no_story_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(content)
    with pytest.raises(ExampleRefused, match=said):
        read_example(file)


def test_a_story_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExampleRefused, match="No such file"):
        read_example(tmp_path / "none.json")
