"""
A run that fails and where it is kept.

given a name that another run has
    it should keep both, and say where
given the same run once more
    it should keep one
given a folder that cannot be written
    it should print run and difference all the same, and say in one line what was not written
given Ctrl-C while the run is shrunk
    it should tell and keep the run as it is until then
"""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from penstock.cli.app import app
from penstock.fuzz import campaign
from penstock.fuzz.campaign import read_example
from penstock.model import dues
from tests.fixtures.cli import MINIMAL, ROOT

pytestmark = pytest.mark.sampled

DEAL = str(ROOT / MINIMAL)
NAME = "minimal-fuzz-11.json"


@pytest.fixture(autouse=True)
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that owes a unit too much, in a folder of its own."""
    honest = dues.current_interest
    monkeypatch.setattr(dues, "current_interest", lambda *args: honest(*args) + 1)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def fuzz() -> Result:
    found = CliRunner().invoke(app, ["fuzz", DEAL, "--examples", "8", "--seed", "11"])
    assert found.exit_code == 1
    assert found.stdout.startswith("  1. ") and ": chain " in found.stdout, "run and difference"
    return found


def test_another_story_is_not_written_over() -> None:
    Path(NAME).write_text("another")
    second = "minimal-fuzz-11-2.json"
    assert fuzz().stderr.endswith(f"penstock fuzz {DEAL} --replay {second}\n")
    assert fuzz().stderr.endswith(f"penstock fuzz {DEAL} --replay {second}\n"), "the same run has its file"
    assert Path(NAME).read_text() == "another"
    assert read_example(Path(second)) and sorted(file.name for file in Path().iterdir()) == [second, NAME]


def test_what_cannot_be_written_is_told_all_the_same() -> None:
    Path.cwd().rmdir()
    found = fuzz()
    *_, difference, _, _ = found.stdout.splitlines()
    assert found.stderr.splitlines()[1:] == [
        f"fuzz: {difference}; {NAME} could not be written: No such file or directory; "
        f"penstock fuzz {DEAL} --seed 11 finds the run again"
    ]


def test_an_interruption_keeps_the_story_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "_without_needless_steps", interrupted)
    found = fuzz()
    assert found.stdout.endswith("seed 11: the last run FAILS, interrupted before it was shrunk\n")
    assert read_example(Path(NAME))[2]
