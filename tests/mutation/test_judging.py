"""What the end of a run means: a run that proves nothing is an error, never a kill."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from mutation.testing import HarnessError, Run, verdict
from mutation.verdicts import IMPORT, Verdict

ROOT = Path("/copy")
A, B = "tests/test_a.py::test_a", "tests/test_a.py::test_b"
TREE = ("tree", "/copy")
PASSED = [TREE, ("began", A), ("passed", f"{A}[1]"), ("passed", f"{A}[2]"), ("began", B), ("passed", B)]


@pytest.mark.parametrize(
    ("code", "notes", "wanted"),
    [
        (0, PASSED, (Verdict.SURVIVED, "")),
        (0, [*PASSED[:-1], ("skipped", B)], (Verdict.SURVIVED, "")),
        (1, [*PASSED[:-1], ("failed", B)], (Verdict.KILLED, B)),
        (2, [TREE, ("uncollected", "tests/test_a.py")], (Verdict.KILLED, "tests/test_a.py")),
        (4, [TREE, ("uncollected", "tests/test_a.py")], (Verdict.KILLED, "tests/test_a.py")),
        (1, [("import", "penstock.a"), ("unimportable", "penstock.a: error")], (Verdict.KILLED, IMPORT)),
        (-signal.SIGPROF, [TREE, ("began", A), ("passed", A), ("began", B)], (Verdict.TIMED_OUT, B)),
        (-signal.SIGKILL, [TREE, ("began", A)], (Verdict.TIMED_OUT, A)),
        (-signal.SIGPROF, [("import", "penstock.a")], (Verdict.TIMED_OUT, IMPORT)),
    ],
)
def test_an_end_that_decides(code: int, notes: list[tuple[str, str]], wanted: tuple[Verdict, str]) -> None:
    assert verdict(Run(code, notes), ROOT, [A, B]) == wanted


@pytest.mark.parametrize(
    ("code", "notes"),
    [
        (0, []),
        (0, [TREE]),
        (0, PASSED[:-1]),
        (0, [TREE, ("skipped", A), ("skipped", B)]),
        (0, [*PASSED, ("failed", B)]),
        (0, [("tree", "/elsewhere"), *PASSED[1:]]),
        (1, []),
        (1, [TREE]),
        (1, [("tree", "/elsewhere"), ("failed", A)]),
        (2, [TREE]),
        (3, [TREE, ("failed", A)]),
        (4, [TREE]),
        (5, [TREE]),
        (-signal.SIGSEGV, [TREE, ("began", A)]),
    ],
)
def test_an_end_that_proves_nothing_is_an_error(code: int, notes: list[tuple[str, str]]) -> None:
    with pytest.raises(HarnessError):
        verdict(Run(code, notes), ROOT, [A, B])
