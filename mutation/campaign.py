"""Tries mutants on several workers until none is left, time is up or somebody stops it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutation.compiler import Contracts
from mutation.judges import Judges
from mutation.mutants import Mutant
from mutation.testing import HarnessError, Stopped
from mutation.verdicts import Record, Records
from mutation.workspace import KnownTests, Workspace

OnRecord = Callable[[Mutant, Record], None]


class Campaign:
    """seconds : after so many, what is under way is stopped and decides nothing; None for as long as it takes."""

    def __init__(self, root: Path, contracts: Contracts, judges: Judges, jobs: int, seconds: float | None) -> None:
        folder = root / "build" / "mutation"
        self.known = KnownTests()
        self.judges = judges
        self.workspaces = [Workspace(root, folder / f"tree-{job}", contracts, self.known) for job in range(jobs)]
        self._stopping = threading.Event()
        self._timer = threading.Timer(seconds or 0, self._stop)
        self._timer.daemon = True
        if seconds is not None:
            self._timer.start()

    def close(self) -> None:
        self._timer.cancel()
        for workspace in self.workspaces:
            workspace.close()

    def run(self, mutants: Sequence[Mutant], records: Records, on_record: OnRecord) -> None:
        """
        Tries mutants in their order and records what becomes of each.

        Raises
        ------
        HarnessError : the first that any worker meets.
        """
        waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
        for mutant in mutants:
            waiting.put(mutant)
        with ThreadPoolExecutor(len(self.workspaces)) as pool:
            futures = [pool.submit(self._work, each, waiting, records, on_record) for each in self.workspaces]
            try:
                for future in futures:
                    future.result()
            finally:
                self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        for workspace in self.workspaces:
            workspace.stop()

    def _work(
        self, workspace: Workspace, waiting: queue.SimpleQueue[Mutant], records: Records, on_record: OnRecord
    ) -> None:
        while not self._stopping.is_set():
            try:
                mutant = waiting.get_nowait()
                begin = workspace.seconds
                verdict, by = workspace.try_mutant(mutant, self.judges.of(mutant))
            except (queue.Empty, Stopped):
                return
            except HarnessError as error:
                if self._stopping.is_set():
                    return
                self._stop()
                raise HarnessError(f"{mutant.place}: {mutant.shown}: {error}") from None
            decided = self.judges.decided(mutant, verdict, by)
            on_record(mutant, records.add(mutant, verdict, by, decided, workspace.seconds - begin))
