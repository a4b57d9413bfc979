"""The tests of one copy of the tree, and what their end means. A run that proves nothing is an error, never a kill."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mutation.pytest_server import SECONDS_A_TEST
from mutation.verdicts import IMPORT, Verdict

HYPOTHESIS_SEED = 0
# A run as a whole: many times what all tests take together, on a machine that does other things too.
SECONDS_A_RUN = 900.0
OPTIONS = ("-x", "-q", "-n", "0", "-m", "not slow", "-p", "no:cacheprovider", f"--hypothesis-seed={HYPOTHESIS_SEED}")


class HarnessError(Exception):
    """A run that says nothing about the mutant: the campaign must stop."""


class Stopped(Exception):
    """The run was stopped, and says nothing."""


@dataclass(frozen=True)
class Run:
    """
    How a run ended.

    code : exit code, or minus the signal that ended it. notes : what pytest_server wrote down, in its order.
    """

    code: int
    notes: Sequence[tuple[str, str]]
    output: str = ""

    def all(self, what: str) -> list[str]:
        return [where for happened, where in self.notes if happened == what]

    def last(self, what: str) -> str:
        return next(reversed(self.all(what)), "")

    @property
    def seconds(self) -> float:
        return float(self.last("seconds") or 0)


class Tests:
    """A process that runs the tests of one tree, started when first asked."""

    __test__ = False

    def __init__(self, root: Path, seconds_a_test: float = SECONDS_A_TEST) -> None:
        self.root, self.seconds_a_test = root, seconds_a_test
        self._server: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._child = 0
        self._lock = threading.Lock()
        self._stopping = False

    def run(self, arguments: Sequence[str], first: Sequence[str] = ()) -> Run:
        """
        Runs tests until the first failure.

        Parameters
        ----------
        arguments : names of tests, for pytest. first : modules that are imported before.

        Raises
        ------
        Stopped : see `stop`. HarnessError : the process does not answer.
        """
        notes, output = (self.root / "build" / name for name in ("notes.txt", "output.txt"))
        notes.unlink(missing_ok=True)
        request = {
            "arguments": [*OPTIONS, *arguments],
            "first": list(first),
            "notes": str(notes),
            "output": str(output),
            "seconds": self.seconds_a_test,
        }
        server = self.start()
        assert server.stdin
        with suppress(BrokenPipeError):
            server.stdin.write(json.dumps(request) + "\n")
            server.stdin.flush()
        child = int(self._answer())
        with self._lock:
            self._child = child
        try:
            code = int(self._answer(0 if self._stopping else SECONDS_A_RUN))
        except queue.Empty:
            self._end_child()
            code = int(self._answer())
        with self._lock:
            self._child = 0
        if self._stopping:
            raise Stopped
        written = notes.read_text().splitlines() if notes.exists() else []
        parts = [line.partition(" ") for line in written]
        return Run(code, [(what, where) for what, _, where in parts], output.read_text(errors="replace"))

    def stop(self) -> None:
        """Ends the run under way, which raises Stopped, and lets no other begin."""
        self._stopping = True
        self._end_child()

    def close(self) -> None:
        if self._server:
            self._server.kill()
            self._server.wait()
            self._server = None

    def start(self) -> subprocess.Popen[str]:
        """The process, which imports the tree as it is now: no mutant may be in it."""
        if self._server is None:
            environment = {**os.environ, "PYTHONPATH": str(self.root)}
            for name in ("PENSTOCK_PROFILE", "PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS"):
                environment.pop(name, None)
            self._server = subprocess.Popen(
                (sys.executable, "-m", "mutation.pytest_server"),
                cwd=self.root,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                start_new_session=True,
            )
            threading.Thread(target=self._read, args=(self._server,), daemon=True).start()
            if self._answer() != "ready":
                raise HarnessError("the tests cannot be imported without a mutant")
        return self._server

    def _read(self, server: subprocess.Popen[str]) -> None:
        assert server.stdout
        for line in server.stdout:
            self._answers.put(line.strip())
        self._answers.put("")

    def _answer(self, seconds: float | None = None) -> str:
        """The next line of the process. Raises queue.Empty after so many seconds, HarnessError when it has ended."""
        line = self._answers.get(timeout=seconds)
        if not line:
            raise HarnessError("the process that runs the tests ended by itself")
        return line

    def _end_child(self) -> None:
        with self._lock:
            # One that has only just begun has no group of its own yet.
            for end in (os.killpg, os.kill) if self._child else ():
                with suppress(ProcessLookupError):
                    end(self._child, signal.SIGKILL)


def verdict(ended: Run, root: Path, asked: Sequence[str]) -> tuple[Verdict, str]:
    """
    What an end means, and the test that says so; of what cannot be imported any more, "import".

    Parameters
    ----------
    asked : the tests that were to run, by name. One that survives has passed each of them.

    Raises
    ------
    HarnessError : another tree was tested, a test is missing, or an end that fits nothing.
    """
    if ended.code in (-signal.SIGPROF, -signal.SIGKILL):
        return Verdict.TIMED_OUT, ended.last("began") or IMPORT
    if ended.all("unimportable"):
        return Verdict.KILLED, IMPORT
    trees = ended.all("tree")
    if trees != [str(root.resolve())]:
        raise HarnessError(f"the tests ran on {' '.join(trees) or 'nothing'}, not on the mutant's copy: {_last(ended)}")
    if ended.code == 1 and ended.all("failed"):
        return Verdict.KILLED, ended.all("failed")[0]
    if ended.code in (1, 2, 4) and ended.all("uncollected"):
        return Verdict.KILLED, ended.all("uncollected")[0]
    if ended.code != 0 or ended.all("failed"):
        raise HarnessError(f"pytest ended with exit code {ended.code}: {_last(ended)}")
    passed = {without_parameters(each) for each in ended.all("passed")}
    missing = set(asked) - passed - {without_parameters(each) for each in ended.all("skipped")}
    if missing or not passed:
        raise HarnessError(f"these tests did not run: {', '.join(sorted(missing)) or 'all'}")
    return Verdict.SURVIVED, ""


def without_parameters(node: str) -> str:
    """tests/test_a.py::TestB::test_c[1] → tests/test_a.py::TestB"""
    path, separator, rest = node.partition("::")
    return f"{path}{separator}{rest.partition('::')[0].partition('[')[0]}"


def _last(ended: Run) -> str:
    lines = [line for line in ended.output.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
