"""
One run at a time has a deployment, and its lock leaves no file behind.

given a run that ended, well or not
    no file should be left
given a holder that removes its file between our opening and our locking it
    the lock of the nameless file should count for nothing: who has the file of that name has the deployment
given a holder that was killed
    its file should keep nobody out
given many at once, for long
    no two should ever be inside together
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from penstock.deploy import journal
from penstock.deploy.journal import Busy, locked

ROOT = Path(__file__).parents[2]


def test_no_file_is_left(tmp_path: Path) -> None:
    with locked(tmp_path / "a.journal.jsonl"):
        assert [each.name for each in tmp_path.iterdir()] == ["a.journal.lock"]
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="half-way"), locked(tmp_path / "a.journal.jsonl"):
        raise ValueError("half-way")
    assert not list(tmp_path.iterdir())


def test_a_file_removed_while_we_open_it_locks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, theirs, really = tmp_path / "a.journal.lock", list[IO[str]](), fcntl.flock

    def late(held: Any, how: int) -> None:
        if not theirs:
            file.unlink()  # the holder before us is done, and the next one is quicker than we
            theirs.append(file.open("w"))
            theirs[0].write("process 7")
            theirs[0].flush()
            really(theirs[0], fcntl.LOCK_EX)
        really(held, how)

    monkeypatch.setattr(journal.fcntl, "flock", late)
    with pytest.raises(Busy, match="process 7 is deploying"), locked(tmp_path / "a.journal.jsonl"):
        pytest.fail("two hold it")
    assert file.read_text() == "process 7", "what is another's stays"
    theirs[0].close()


def test_a_killed_holder_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "a.journal.lock").write_text("process 7")
    with locked(tmp_path / "a.journal.jsonl"):
        assert (tmp_path / "a.journal.lock").read_text() == f"process {os.getpid()}"
    assert not list(tmp_path.iterdir())


INSIDE = """
import os, sys
from pathlib import Path
from penstock.deploy.journal import Busy, locked
folder, entered = Path(sys.argv[1]), 0
print("ready", flush=True)
sys.stdin.readline()
while entered < 300:
    try:
        with locked(folder / "a.journal.jsonl"):
            os.close(os.open(folder / "inside", os.O_CREAT | os.O_EXCL))
            entered += 1
            os.unlink(folder / "inside")
    except Busy:
        pass
"""


@pytest.mark.slow
def test_no_two_are_inside_together(tmp_path: Path) -> None:
    words, env = [sys.executable, "-c", INSIDE, str(tmp_path)], {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    runs = [subprocess.Popen(words, env=env, text=True, **pipes) for _ in "1234"]
    assert [run.stdout.readline() for run in runs if run.stdout] == ["ready\n"] * 4
    for run in runs:  # they begin together
        assert run.stdin
        run.stdin.write("go\n")
        run.stdin.flush()
    assert [run.communicate() for run in runs] == [("", "")] * 4
    assert [run.returncode for run in runs] == [0] * 4
    assert not list(tmp_path.iterdir())
