"""
What a command prints into: a reader that leaves, a full disk.

given a reader that is gone, as in `penstock … | head -1`
    the command should end as it would have: 0 where all is well, 1 where it refused or found something, without a word
given a watch, which ends only when it is stopped
    it should end
given a disk that is full behind standard output
    it should say so, and exit 1
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.evm import networks
from tests.fixtures.cli import MINIMAL, ROOT
from tests.fixtures.deals import Launched

pytestmark = pytest.mark.sampled

FULL = Path("/dev/full")


def unread(*words: str, both: bool = False, folder: Path = ROOT) -> tuple[int, str]:
    """
    Exit code and what is on stderr of a command whose standard output nobody reads any more.

    both : whether nobody reads stderr either, as in `2>&1 | head -1`.
    """
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "penstock", *words],
            cwd=folder,
            env={"PYTHONPATH": str(ROOT)},
            stdout=writer,
            stderr=writer if both else subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        os.close(writer)
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("both", [False, True])
def test_a_reader_that_leaves_changes_no_exit_code(both: bool) -> None:
    flows = MINIMAL.replace(".toml", ".csv")
    assert unread("simulate", MINIMAL, "--flows", flows, both=both) == (0, "")
    assert unread("check", MINIMAL, "--schedule", both=both) == (0, "")
    assert unread("--help", both=both) == (0, "")
    code, said = unread("check", "none.toml", both=both)
    assert (code, said) == (1, "" if both else "none.toml: No such file or directory\n")


def test_an_audit_says_by_its_exit_code_what_it_found(launched: Launched) -> None:
    deal = json.loads(Path(launched.file).read_text())["deal"]
    words = ("audit", deal, "--rpc", launched.url)
    assert unread(*words, folder=launched.folder) == (0, "")
    networks.connect(launched.url).ask("anvil_setStorageAt", deal, f"0x{7:064x}", f"0x{1:064x}")
    assert unread(*words, folder=launched.folder) == (1, "")


def test_a_watch_ends_when_nobody_reads_it(launched: Launched) -> None:
    words = ("watch", launched.file, "--network", launched.url, "--from-block", "0", "--poll", "0.05")
    code, said = unread(*words, folder=launched.folder)
    assert (code, said) == (0, "watching 1 deal from block 0\n")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_standard_output_is_named() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "penstock", "check", MINIMAL],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "standard output: No space left on device\n")


def test_a_standard_output_that_is_closed_is_no_fault() -> None:
    words = [sys.executable, "-m", "penstock", "check", MINIMAL]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *words], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
