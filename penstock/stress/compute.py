"""Computes the blocks of a study on some workers, and keeps each as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from penstock.errors import PenstockError
from penstock.stress.block import Outcome, outcome
from penstock.stress.store import Store
from penstock.stress.study import Study
from penstock.stress.version import Version, own_version

AHEAD = 2
"""Blocks asked for ahead of each worker: enough to keep it busy, and few enough to hold in memory."""

Progress = Callable[[int], None]
"""Is called with the number of scenarios that are there."""


class AnotherVersion(PenstockError):
    """A worker that runs other code."""

    def __init__(self, worker: str, found: Version, ours: Version) -> None:
        super().__init__(
            f"{worker}: runs {found}; here it is {ours}; accepted: workers of the same version, for others could give "
            "other numbers"
        )
        self.worker, self.found, self.ours = worker, found, ours


@dataclass(frozen=True)
class Computed:
    """A block that a worker computed. by : its version. worker : what it is called."""

    block: int
    made: Outcome
    by: Version
    worker: str


class Workers(Protocol):
    """Where blocks are computed."""

    @property
    def count(self) -> int:
        """How many blocks are computed at once."""

    def submit(self, block: int) -> Future[Computed]: ...


def compute(study: Study, block: int, worker: str = "this process") -> Computed:
    """One block, from its scenarios to its rows. Raises TooMuchCash."""
    given, runs = study.block(block)
    return Computed(block, outcome(study.terms, given, runs, study.span(block)[0]), own_version(), worker)


@dataclass(frozen=True)
class Threads:
    """Workers that are threads of this process."""

    study: Study
    pool: ThreadPoolExecutor
    count: int

    def submit(self, block: int) -> Future[Computed]:
        return self.pool.submit(compute, self.study, block)


@contextmanager
def threads(study: Study, count: int) -> Iterator[Threads]:
    """Threads until the end of the context; blocks that have not begun by then are dropped."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="stress")
    try:
        yield Threads(study, pool, count)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run(study: Study, store: Store, workers: Workers, there: Iterable[int], progress: Progress) -> None:
    """
    Computes the blocks that are missing and writes each when it is there, in whatever order they come.

    there : blocks that need not be computed.

    Raises
    ------
    TooMuchCash, FileNotWritten, AnotherVersion : blocks written before stay.
    """
    done = set(there)
    todo = iter([block for block in range(study.blocks) if block not in done])
    made = sum(study.span(block)[1] for block in done)
    progress(made)
    asked: set[Future[Computed]] = set()
    try:
        while True:
            while len(asked) < AHEAD * max(workers.count, 1) and (block := next(todo, None)) is not None:
                asked.add(workers.submit(block))
            if not asked:
                break
            ready, asked = wait(asked, return_when=FIRST_COMPLETED)
            for each in ready:
                found = each.result()
                if found.by != own_version():
                    raise AnotherVersion(found.worker, found.by, own_version())
                store.write(found.block, found.made)
                made += study.span(found.block)[1]
                progress(made)
    finally:
        for each in asked:
            each.cancel()
    store.finish()
