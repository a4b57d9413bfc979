"""
The same blocks on a Dask cluster: a real scheduler and real workers, each a process, on the loopback.

a cluster
    it should give the same files to the byte as threads do
    it should do so when a worker is killed half-way
    it should be refused when a worker runs other code, or there is none, or nobody answers
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.stress.cluster import NoCluster, cluster, connected
from penstock.stress.compute import AnotherVersion, run
from penstock.stress.store import Store
from penstock.stress.study import Study
from tests.fixtures.cli import ROOT, penstock, refused
from tests.stress.results import computed, files, silent

pytestmark = pytest.mark.slow
PATIENCE = 60.0


@contextmanager
def process(*words: str, path: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """A program of Dask's, stopped at the end. path : where it finds Penstock."""
    environment = {**os.environ, "PYTHONPATH": str(path), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "20s"}
    made = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield made
    finally:
        made.kill()
        made.wait()


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler without workers."""
    file = tmp_path / "scheduler.json"
    words = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    with process(*words, "--scheduler-file", str(file)):
        yield json.loads(waited(lambda: file.exists() and file.read_text()))["address"]


def waited(found: Callable[[], object]) -> str:
    """What a call gives once it gives something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if value := found():
            return str(value)
        time.sleep(0.05)
    raise AssertionError("nothing happened")


def worker(scheduler: str, path: Path = ROOT):
    words = ("distributed.cli.dask_worker", scheduler, "--nworkers", "1", "--nthreads", "1", "--no-dashboard")
    return process(*words, "--no-nanny", "--local-directory", str(path / "build" / "dask"), path=path)


def wait_for_workers(scheduler: str, count: int) -> None:
    from distributed import Client

    with Client(scheduler, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=PATIENCE)


def test_a_cluster_gives_the_same_bytes_even_when_a_worker_is_killed(
    small: Study, scheduler: str, tmp_path: Path
) -> None:
    study = replace(small, scenarios=140)
    computed(study, tmp_path / "threads", workers=2)
    with worker(scheduler) as doomed, worker(scheduler):
        wait_for_workers(scheduler, 2)
        with connected(scheduler) as client:
            store = Store(tmp_path / "cluster", study, {"deal.toml": "0" * 64})
            run(study, store, cluster(client, study), store.open(), silent)
            assert files(tmp_path / "cluster") == files(tmp_path / "threads")
            seen: list[int] = []

            def kill_half_way(made: int) -> None:
                seen.append(made)
                if len(seen) == 8:
                    doomed.kill()
                    doomed.wait()

            store = Store(tmp_path / "killed", study, {"deal.toml": "0" * 64})
            run(study, store, cluster(client, study), store.open(), kill_half_way)
            assert seen[-1] == 140 and len(client.scheduler_info()["workers"]) == 1, "one worker is left"
    assert files(tmp_path / "killed") == files(tmp_path / "threads")


def test_a_worker_of_another_version_is_refused(small: Study, scheduler: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(
        ROOT / "penstock", other / "penstock", symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "deals")
    )
    with (other / "penstock" / "revenue" / "draws.py").open("a") as file:
        file.write("# another release\n")
    with worker(scheduler), worker(scheduler, other):
        wait_for_workers(scheduler, 2)
        with pytest.raises(AnotherVersion, match="accepted: workers of the same version"), connected(scheduler):
            pass


def test_the_command_computes_on_a_cluster(scheduler: str, tmp_path: Path) -> None:
    from tests.stress.deals import small_deal, small_model

    deal, model = small_deal(tmp_path), small_model(tmp_path)
    words = ["stress", str(deal), "--revenue", str(model), "--scenarios", "30", "--json", "--no-breakeven"]
    with worker(scheduler):
        wait_for_workers(scheduler, 1)
        there = penstock(*words, "--out", str(tmp_path / "cluster"), "--scheduler", scheduler)
    here = penstock(*words, "--out", str(tmp_path / "threads"))
    assert there.exit_code == here.exit_code == 0, there.stderr
    assert there.stdout == here.stdout and files(tmp_path / "cluster") == files(tmp_path / "threads")


def test_a_scheduler_without_workers_is_refused(scheduler: str, tmp_path: Path) -> None:
    with pytest.raises(NoCluster, match="no workers; accepted: at least one, started with"), connected(scheduler):
        pass


def test_an_address_where_nobody_answers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.stress.deals import small_deal, small_model

    monkeypatch.setattr("penstock.stress.cluster.CONNECT_SECONDS", 1)
    words = [
        "stress",
        str(small_deal(tmp_path)),
        "--revenue",
        str(small_model(tmp_path)),
        "--out",
        str(tmp_path / "none"),
    ]
    done = penstock(*words, "--scheduler", "tcp://127.0.0.1:1")
    refused(done, "tcp://127.0.0.1:1: no Dask scheduler", "accepted: the address that `dask scheduler` prints")
    refused(penstock(*words, "--scheduler", "nowhere"), "nowhere: no Dask scheduler")
