"""Every story that once failed is lived again, and so are those an auditor would ask for first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.fuzz.campaign import ExampleRefused, read_example, replay, write_example
from penstock.fuzz.driver import TestBed
from penstock.fuzz.machine import Story

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_story_that_once_failed_holds(theatres: Callable[[], TestBed], file: Path) -> None:
    terms, allotments, steps, why = read_example(file)
    assert why
    lines = replay(theatres(), terms, allotments, steps)
    assert len(lines) == len(steps)


def test_a_story_is_kept_whole(theatres: Callable[[], TestBed], tmp_path: Path) -> None:
    terms, allotments, steps, why = read_example(EXAMPLES[0])
    story = Story(theatres(), terms, allotments)
    for step in steps:
        story.take(step)
    story.close()
    write_example(tmp_path / "again.json", story, why)
    assert read_example(tmp_path / "again.json") == (terms, allotments, steps, why)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not a story of penstock fuzz"),
        ("[]", "not a story of penstock fuzz"),
        ('{"terms": {}, "allotments": 0, "steps": [], "why": ""}', "not a story of penstock fuzz"),
    ],
)
def test_what_is_no_story_is_refused(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "story.json"
    file.write_text(content)
    with pytest.raises(ExampleRefused, match=said):
        read_example(file)


def test_a_story_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExampleRefused, match="No such file"):
        read_example(tmp_path / "none.json")
