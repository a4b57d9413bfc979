"""A campaign begins only where all tests pass without a mutant."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mutation.campaign import LEAST_SECONDS, Campaign
from mutation.suite import HarnessError, Run

NOTES: dict[str, Any] = {"root": "", "passed": 3, "failed": [], "not_collected": []}


def campaign(root: Path, code: int | None, **notes: object) -> Campaign:
    """One whose tests end like this without a mutant."""
    ended = Run(code, NOTES | {"root": str(root.resolve())} | notes, "")
    made = Campaign.__new__(Campaign)
    made.jobs = 1
    made.workspaces = [SimpleNamespace(root=root, baseline=lambda file, seconds: ended)]  # type: ignore[list-item]
    return made


def test_how_many_tests_pass_is_what_a_survivor_must_reach(tmp_path: Path) -> None:
    sound = campaign(tmp_path, 0)
    sound.measure(["contracts/Deal.sol", "penstock/model/deal.py"])
    assert sound.expected == {".sol": (3, LEAST_SECONDS), ".py": (3, LEAST_SECONDS)}


@pytest.mark.parametrize(
    ("code", "notes", "said"),
    [
        (1, {"failed": ["tests/test_a.py::test"]}, "do not pass: tests/test_a.py::test"),
        (None, {}, "do not pass: too slow"),
        (0, {"passed": 0}, "do not pass"),
    ],
    ids=["one fails", "too slow", "none passes"],
)
def test_a_campaign_does_not_begin_where_the_tests_do_not_pass(
    tmp_path: Path, code: int | None, notes: dict[str, object], said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        campaign(tmp_path, code, **notes).measure(["contracts/Deal.sol"])
