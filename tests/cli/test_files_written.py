"""
Files that commands write: their permissions, and what is said where they cannot be written.

given a umask
    a new file should have the permissions that it leaves; a file that is replaced keeps its own
given a full disk, or a folder that cannot be written to
    the one line should name the file and the reason, and the old content should stay
"""

from __future__ import annotations

import errno
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penstock import files
from penstock.errors import FileNotWritten
from penstock.files import write_whole
from tests.fixtures.actors import OPERATOR
from tests.fixtures.cli import ROOT, penstock, refused
from tests.fixtures.deals import DEAL, Launched, working_in


def deal_of(launched: Launched) -> str:
    return str(json.loads(Path(launched.file).read_text())["deal"])


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0o027, 0o640)])
def test_a_new_file_has_what_the_umask_leaves(
    launched: Launched, umask: Callable[[int], int], mask: int, mode: int
) -> None:
    umask(mask)
    done = penstock("watch", launched.file, "--network", launched.url, "--once", "--metrics", "m.prom")
    assert done.exit_code == 0, done.stderr
    rebuilt = ("manifest", "rebuild", deal_of(launched), "--network", launched.url, "--out", "new/m.json")
    assert penstock(*rebuilt).exit_code == 0
    assert [mode_of(Path(each)) for each in ("m.prom", "new/m.json")] == [mode, mode]
    assert mode_of(Path("new")) == 0o777 & ~mask


def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path: Path, umask: Callable[[int], int]) -> None:
    umask(0o022)
    file = tmp_path / "m.json"
    write_whole(file, "old")
    for mode in (0o600, 0o640, 0o644, 0o660):
        file.chmod(mode)
        write_whole(file, f"new {mode}")
        assert (file.read_text(), mode_of(file)) == (f"new {mode}", mode)
    assert [each.name for each in tmp_path.iterdir()] == ["m.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_what_the_system_says_names_the_file(launched: Launched, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """At the last moment: the text is written and its way to the disk fails."""

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    Path("m.prom").write_text("old")
    Path("small2.toml").write_text(DEAL)
    monkeypatch.setattr(files.os, "fsync", fail)
    network = ("--network", launched.url)
    deploy = ("deploy", "small2.toml", *network, "--payee", f"operator={OPERATOR}", "--salt", "9")
    for words, file in (
        (("watch", launched.file, *network, "--once", "--metrics", "m.prom"), "m.prom"),
        (("manifest", "rebuild", deal_of(launched), *network, "--out", "new.json"), "new.json"),
        ((*deploy, "--export", "unsigned.json"), "unsigned.json"),
        ((*deploy, "--execute"), "deployments/31337/small2.journal.jsonl"),
    ):
        line = f"{file}: not written: {os.strerror(number)}; accepted: a place that can be written to and has room"
        done = penstock(*words)
        assert done.exit_code == 1 and done.stderr.splitlines()[-1] == line, done.stderr
    assert Path("m.prom").read_text() == "old"
    assert not Path("new.json").exists() and not [each for each in Path().iterdir() if each.name.startswith(".")]


def test_a_folder_that_is_none_names_the_file(launched: Launched) -> None:
    Path("file").write_text("")
    words = ("--network", launched.url, "--out", "file/m.json")
    refused(penstock("manifest", "rebuild", deal_of(launched), *words), "file/m.json: not written: ")
    words = ("--rpc", launched.url, "--checkpoint", "file/c.jsonl")
    refused(penstock("audit", deal_of(launched), *words), "file/c.jsonl: ")


def test_a_disk_that_fills_up_names_the_file(launched: Launched) -> None:
    """A real refusal: files may have no more than 200 bytes."""
    words = ("watch", launched.file, "--network", launched.url, "--once", "--metrics", "m.prom")
    done = subprocess.run(
        [sys.executable, "-m", "penstock", *words],
        cwd=launched.folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200)),
        check=False,
    )
    assert done.returncode == 1
    reason = os.strerror(errno.EFBIG)
    assert done.stderr.splitlines()[-1].startswith(f"m.prom: not written: {reason}; accepted: ")
    assert not (launched.folder / "m.prom").exists()


def test_a_checkpoint_that_cannot_grow_names_the_file(launched: Launched, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def full(self: Path, mode: str = "r", *more: object, **rest: object) -> object:
        if self.name == "c.jsonl" and mode == "a":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, mode, *more, **rest)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    words = ("audit", deal_of(launched), "--rpc", launched.url, "--checkpoint", "c.jsonl")
    refused(penstock(*words), "c.jsonl: not written: No space left on device")


def test_a_folder_that_cannot_be_made_names_the_file(tmp_path: Path) -> None:
    with working_in(tmp_path):
        Path("file").write_text("")
        with pytest.raises(FileNotWritten, match=r"^file/run\.json: not written: "):
            write_whole(Path("file/run.json"), "")
