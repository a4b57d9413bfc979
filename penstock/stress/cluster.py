"""The same blocks on a Dask cluster. The study is sent to each worker once; a block's request is a number."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from penstock.errors import PenstockError
from penstock.stress.compute import AnotherVersion, Computed, compute
from penstock.stress.study import Study
from penstock.stress.version import Version, own_version

CONNECT_SECONDS = 15


class NoCluster(PenstockError):
    """A scheduler that cannot be used."""

    def __init__(self, address: str, reason: str, accepted: str) -> None:
        super().__init__(f"{address}: {reason}; accepted: {accepted}")


class LostWorkers(PenstockError):
    """A block whose workers went away one after another."""

    def __init__(self, block: int) -> None:
        super().__init__(
            f"block {block}: worker after worker was lost while it computed it; accepted: workers with enough memory. "
            "Blocks that are there are kept: run the same command again"
        )


@dataclass(frozen=True)
class Cluster:
    """Workers of a Dask cluster. sent : the study, on every worker."""

    client: Any
    sent: Any

    @property
    def count(self) -> int:
        """Threads of all workers there are now."""
        return sum(self.client.nthreads().values()) or 1

    def submit(self, block: int) -> Future[Computed]:
        asked = self.client.submit(compute_there, self.sent, block, pure=False, retries=0)
        answer: Future[Computed] = Future()
        answer.set_running_or_notify_cancel()

        def hand_on(done: Any) -> None:
            try:
                answer.set_result(done.result())
            except BaseException as error:  # a worker's own refusals, and Dask's
                answer.set_exception(LostWorkers(block) if type(error).__name__ == "KilledWorker" else error)

        asked.add_done_callback(hand_on)
        answer.asked = asked  # type: ignore[attr-defined]  # Dask forgets what nobody holds
        return answer


def compute_there(study: Study, block: int) -> Computed:
    """What a worker does."""
    from distributed import get_worker

    return compute(study, block, str(get_worker().address))


def version_there() -> Version:
    return own_version()


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """
    A client of a scheduler, all of whose workers run this version.

    Raises
    ------
    NoCluster : when nobody answers there, or there are no workers. AnotherVersion : of a worker.
    """
    from distributed import Client

    try:
        client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NoCluster(address, f"no Dask scheduler ({reason})", "the address that `dask scheduler` prints") from None
    try:
        for worker, version in sorted(_versions(client, address).items()):
            if version != own_version():
                raise AnotherVersion(worker, version, own_version())
        yield client
    finally:
        client.close()


def cluster(client: Any, study: Study) -> Cluster:
    """Sends a study to every worker, once."""
    return Cluster(client, client.scatter(study, broadcast=True, hash=False))


def _versions(client: Any, address: str) -> dict[str, Version]:
    try:
        found: dict[str, Version] = client.run(version_there)
    except Exception as error:  # whatever a worker without Penstock answers
        reason = f"a worker does not run this Penstock ({type(error).__name__})"
        raise NoCluster(address, reason, f"workers with {own_version()}") from None
    if not found:
        raise NoCluster(address, "no workers", f"at least one, started with `dask worker {address}`")
    return found
