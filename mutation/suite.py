"""The tests that are to find a mutant, quickest first, and what their end means."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from mutation.witness import NOTES
from penstock import paths

HYPOTHESIS_SEED = 0
MOST_MEMORY = 6 * 2**30
_running: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()

# Nodes take longer than all the rest and run the same bytecode.
SOLIDITY = (
    "tests/parity/test_parity.py",
    "tests/parity/test_bounds.py",
    "tests/contracts",
    "--ignore=tests/contracts/test_on_nodes.py",
)
PYTHON = (
    "tests/model",
    "tests/vectors",
    "tests/parity/test_parity.py",
    "tests/parity/test_bounds.py",
    "tests/properties",
    "tests/dealfile",
    "tests/flows",
    "tests/cli/test_cli.py",
)


class Verdict(str, Enum):
    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    INVALID = "invalid"


class HarnessError(Exception):
    """The run says nothing about the mutant: it must stop."""


@dataclass(frozen=True)
class Run:
    """
    How a killing run ended.

    code : None when it was stopped, minus SIGALRM when one test was. notes : the witness's, None when it left none.
    """

    code: int | None
    notes: Mapping[str, Any] | None
    output: str


def files(root: Path) -> list[Path]:
    """Every file that can decide: of the folders the tests are in, and what all tests share."""
    folders = {
        str(Path(name).parent if name.endswith(".py") else name) for name in (*SOLIDITY, *PYTHON) if "=" not in name
    }
    found = [each for folder in folders for each in (root / folder).rglob("*") if each.is_file()]
    found += (root / "tests").glob("*.py")
    return sorted(each for each in found if "__pycache__" not in each.parts)


def tests_for(file: str) -> tuple[str, ...]:
    """Arguments for pytest; of a module of the model, the tests named after it first."""
    if file.endswith(".sol"):
        return SOLIDITY
    own = f"tests/model/test_{Path(file).stem}.py"
    return (own, *PYTHON) if (paths.root() / own).exists() else PYTHON


def run(root: Path, arguments: Sequence[str], seconds: float, program: Sequence[str] | None = None) -> Run:
    """Runs the tests of a tree, until the first failure. `program` stands for `python -m pytest`."""
    notes = root / "build" / "notes.json"
    notes.unlink(missing_ok=True)
    command = [
        *(program or (sys.executable, "-m", "pytest")),
        *("-x", "-q", "-n", "0", "-p", "mutation.witness", "-p", "no:cacheprovider"),
        f"--hypothesis-seed={HYPOTHESIS_SEED}",
        *arguments,
    ]
    environment = {**os.environ, "PYTHONPATH": str(root), NOTES: str(notes)}
    for name in ("PENSTOCK_PROFILE", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=_limit_memory,
        start_new_session=True,
    )
    with _lock:
        _running.add(process)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return Run(None, None, "")
    finally:
        _end(process)
    return Run(process.returncode, json.loads(notes.read_text()) if notes.exists() else None, output)


def verdict(ended: Run, root: Path, expected: int, imports_may_fail: bool) -> Verdict:
    """
    What an end means. A run that proves nothing is an error, never a kill.

    Parameters
    ----------
    expected : tests that pass in the unmutated tree. imports_may_fail : the mutant is Python, and can keep test
        modules from being imported at all, which kills it.

    Raises
    ------
    HarnessError : no tests, no notes, another tree, fewer tests than expected, or an exit code that fits nothing.
    """
    if ended.code in (None, -signal.SIGALRM):
        return Verdict.TIMED_OUT
    if ended.notes is None:
        raise HarnessError(f"pytest left no notes (exit code {ended.code}): {_last(ended.output)}")
    tested = ended.notes["root"]
    if tested != str(root.resolve()):
        raise HarnessError(f"the tests ran on {tested}, not on the mutant's copy")
    if ended.code == 0 and not ended.notes["failed"]:
        if ended.notes["passed"] != expected:
            raise HarnessError(f"{ended.notes['passed']} tests passed, {expected} pass without a mutant")
        return Verdict.SURVIVED
    if ended.code == 1 and ended.notes["failed"]:
        return Verdict.KILLED
    if ended.code in (1, 2) and ended.notes["not_collected"] and imports_may_fail:
        return Verdict.KILLED
    raise HarnessError(f"pytest ended with exit code {ended.code}: {_last(ended.output)}")


def importable(root: Path) -> bool:
    """Whether what every test needs can be imported. Without it pytest does not even begin."""
    command = [sys.executable, "-c", "import tests.conftest"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False).returncode != 1


def killer(ended: Run) -> str:
    """The test that found the mutant."""
    notes = ended.notes or {}
    return next(iter([*notes.get("failed", ()), *notes.get("not_collected", ())]), "")


def stop_all() -> None:
    """Ends every run under way; whoever waits for one sees an end that proves nothing."""
    with _lock:
        running = list(_running)
    for process in running:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    with _lock:
        _running.discard(process)


def _last(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"


def _limit_memory() -> None:
    # A mutant may append for ever.
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
