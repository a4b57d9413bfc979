"""Runs mutants on several workers until all are decided, time is up or somebody stops it."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mutation import suite
from mutation.compiler import Contracts
from mutation.mutants import Mutant
from mutation.results import Result, Results
from mutation.suite import HarnessError, Verdict
from mutation.workspace import Workspace
from penstock import paths
from penstock.evm import artifacts as production

# The unmutated tests take half a minute at most; another worker and other programs may slow them down.
BASELINE_SECONDS = 300.0
PATIENCE = 4
LEAST_SECONDS = 60.0

OnResult = Callable[[Mutant, Result], None]


class Campaign:
    """Workspaces and what the tests do in them without a mutant."""

    def __init__(self, root: Path, contracts: Contracts, jobs: int) -> None:
        # As mutants are compiled, so that a test which fails for that alone fails without a mutant too.
        base = base_artifacts() | contracts.reference
        folder = root / "build" / "mutation"
        self.jobs = jobs
        self.workspaces = [Workspace(root, folder / f"tree-{job}", contracts, base) for job in range(jobs)]
        self.expected: dict[str, tuple[int, float]] = {}
        self._stopping = threading.Event()

    def close(self) -> None:
        for workspace in self.workspaces:
            workspace.close()

    def measure(self, files: Sequence[str]) -> None:
        """
        Runs the tests without a mutant: all must pass, and their number is what a survivor must reach.

        Raises
        ------
        HarnessError : when they do not pass.
        """
        suffixes = sorted({Path(file).suffix: file for file in files}.items())
        with ThreadPoolExecutor(self.jobs) as pool:
            waiting = {
                suffix: pool.submit(self._measure, self.workspaces[index % self.jobs], file)
                for index, (suffix, file) in enumerate(suffixes)
            }
            self.expected = {suffix: future.result() for suffix, future in waiting.items()}

    def run(self, mutants: Sequence[Mutant], results: Results, on_result: OnResult, seconds: float | None) -> None:
        """
        Decides mutants that are not decided yet.

        Raises
        ------
        HarnessError : the first that any worker meets.
        """
        waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
        for mutant in mutants:
            waiting.put(mutant)
        end = time.monotonic() + seconds if seconds is not None else float("inf")
        with ThreadPoolExecutor(self.jobs) as pool:
            futures = [pool.submit(self._work, each, waiting, results, on_result, end) for each in self.workspaces]
            try:
                for future in futures:
                    future.result()
            finally:
                self._stopping.set()
                suite.stop_all()

    def _measure(self, workspace: Workspace, file: str) -> tuple[int, float]:
        begin = time.monotonic()
        ended = workspace.baseline(file, BASELINE_SECONDS)
        taken = time.monotonic() - begin
        passed = (ended.notes or {}).get("passed", 0)
        if suite.verdict(ended, workspace.root, passed, imports_may_fail=False) is not Verdict.SURVIVED or not passed:
            raise HarnessError(f"without a mutant the tests do not pass: {suite.killer(ended) or 'too slow'}")
        return passed, max(LEAST_SECONDS, PATIENCE * taken)

    def _work(
        self,
        workspace: Workspace,
        waiting: queue.SimpleQueue[Mutant],
        results: Results,
        on_result: OnResult,
        end: float,
    ) -> None:
        while not self._stopping.is_set() and time.monotonic() < end:
            try:
                mutant = waiting.get_nowait()
            except queue.Empty:
                return
            begin = workspace.seconds
            try:
                verdict, by = workspace.try_mutant(mutant, *self.expected[Path(mutant.file).suffix])
            except HarnessError as error:
                if self._stopping.is_set():
                    return
                self._stopping.set()
                raise HarnessError(f"{mutant.place}: {mutant.after!r}: {error}") from None
            on_result(mutant, results.add(mutant, verdict, by, workspace.seconds - begin))


def base_artifacts() -> dict[str, Any]:
    """What `compile_contracts` keeps of the unmutated contracts."""
    production.compile_contracts()
    name = production.fingerprint(production.standard_json(paths.contracts()))
    kept: dict[str, Any] = json.loads((paths.build() / "artifacts" / f"{name}.json").read_text())
    return kept
