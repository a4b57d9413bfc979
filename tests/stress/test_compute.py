"""
Blocks on workers, and results on disk.

a result
    it should be the same, to the byte, for any number of workers and in whatever order blocks come (invariant 25)
    it should be the same as scenarios drawn and settled one by one
    it should be read by Polars and DuckDB as one table
    it should have a manifest with seed, versions and the hash of each file
an interrupted run
    it should keep its blocks and compute the rest; a longer run too
a disk that is full
    it should be one line, and leave the blocks that are there and no part of another
a folder of something else
    it should be refused, and left alone
a worker of another version
    it should be refused
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import polars
import pytest

from penstock.errors import FileNotWritten, FileRefused
from penstock.stress.block import columns, outcome
from penstock.stress.compute import AnotherVersion, Computed, compute, run, threads
from penstock.stress.store import AnotherStudy, NotAResult, Store, WouldShrink
from penstock.stress.study import RECORDED, Study
from penstock.stress.version import Version, own_version
from tests.stress.results import computed, files, silent


class Backwards:
    """A worker that is done with the blocks it was asked for in the reverse order."""

    count = 3

    def __init__(self, study: Study) -> None:
        self.study, self.asked = study, []

    def submit(self, block: int) -> Future[Computed]:
        answer: Future[Computed] = Future()
        self.asked.append((block, answer))
        if len(self.asked) == 6 or block == self.study.blocks - 1:
            for each, waiting in reversed(self.asked):
                waiting.set_result(compute(self.study, each))
            self.asked = []
        return answer


def test_inv_25_results_do_not_depend_on_blocks_or_workers(small: Study, tmp_path: Path) -> None:
    one = computed(small, tmp_path / "one")
    computed(small, tmp_path / "four", workers=4)
    backwards = Store(tmp_path / "backwards", small, {"deal.toml": "0" * 64})
    run(small, backwards, Backwards(small), backwards.open(), silent)
    assert files(tmp_path / "one") == files(tmp_path / "four") == files(tmp_path / "backwards")
    whole = outcome(small.terms, *replace(small, size=60).block(0))
    for name in columns(small.terms):
        assert np.array_equal(one.column(name), whole.rows[name], equal_nan=name != "scenario")
    tally, path = one.tally()
    for name in ("ratios", "failing", "enforced", "locked", "enforced_years"):
        assert np.array_equal(getattr(tally, name), getattr(whole.tally, name))
    assert tally.scenarios == 60 and path == whole.path


def test_polars_and_duckdb_read_a_result_as_one_table(small: Study, tmp_path: Path) -> None:
    store = computed(small, tmp_path / "made")
    pattern = str(tmp_path / "made" / "scenarios" / "*.parquet")
    table = polars.read_parquet(pattern).sort("scenario")
    assert table.columns == columns(small.terms) and table["scenario"].to_list() == list(range(60))
    assert table["mezz_loss"].to_list() == store.column("mezz_loss").tolist()
    lost, total, most = duckdb.sql(
        f"SELECT count(*) FILTER (mezz_loss > 0), sum(collected), max(mezz_loss) FROM '{pattern}'"
    ).fetchall()[0]
    losses = store.column("mezz_loss").tolist()
    assert lost == sum(each > 0 for each in losses) and most == max(losses)
    assert total == sum(store.column("collected").tolist())


def test_amounts_above_64_bits_are_exact_decimals(small: Study, tmp_path: Path) -> None:
    from penstock.dealfile import load
    from tests.stress.deals import small_deal

    wide = Study(load(small_deal(tmp_path, ("decimals = 6", "decimals = 18"))), small.model, small.seed, 9, size=7)
    store = computed(wide, tmp_path / "made")
    pattern = str(tmp_path / "made" / "scenarios" / "*.parquet")
    given = [int(each) for block in range(2) for each in wide.block(block)[0].collections.sum(axis=1)]
    assert min(given) > 2**63 and store.column("collected").tolist() == given
    assert [int(each) for each in polars.read_parquet(pattern).sort("scenario")["collected"]] == given
    rows = duckdb.sql(f"SELECT collected FROM '{pattern}' ORDER BY scenario").fetchall()
    assert [int(each) for (each,) in rows] == given


def test_a_manifest_says_what_a_result_is(small: Study, tmp_path: Path) -> None:
    computed(small, tmp_path / "made")
    said = json.loads((tmp_path / "made" / "manifest.json").read_text())
    assert said["complete"] is True and said["inputs"] == {"deal.toml": "0" * 64}
    study = said["study"]
    assert (study["seed"], study["scenarios"], study["block"], study["scale"]) == (4, 60, 7, "1")
    assert study["deal"] == "Small plant" and study["key"] == small.key and study["code"] == own_version().code
    assert {"python", "numpy", "polars", "penstock"} <= set(said["versions"])
    there = {name: digest for name, digest in files(tmp_path / "made").items() if name != "manifest.json"}
    assert said["files"] == there and len(there) == 2 * 9


class Stopped(Exception):
    pass


def stopping(after: int) -> Callable[[int], None]:
    seen = []

    def progress(made: int) -> None:
        seen.append(made)
        if len(seen) > after:
            raise Stopped

    return progress


def test_an_interrupted_run_keeps_its_blocks(small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "made"
    store = Store(folder, small, {"deal.toml": "0" * 64})
    with threads(small, 2) as pool, pytest.raises(Stopped):
        run(small, store, pool, store.open(), stopping(after=4))
    kept = files(folder)
    assert json.loads((folder / "manifest.json").read_text())["complete"] is False
    again = Store(folder, small, {"deal.toml": "0" * 64})
    there = again.open()
    assert 4 <= len(there) < 9
    asked: list[int] = []
    monkeypatch.setattr(
        "penstock.stress.compute.compute", lambda study, block: asked.append(block) or compute(study, block)
    )
    with threads(small, 1) as pool:
        run(small, again, pool, there, silent)
    assert sorted(asked + there) == list(range(9)), "no block is computed twice"
    made = files(folder)
    assert all(made[name] == digest for name, digest in kept.items() if name != "manifest.json")
    computed(small, tmp_path / "other")
    assert made == files(tmp_path / "other")


def test_a_longer_run_continues_a_shorter_one(small: Study, tmp_path: Path) -> None:
    computed(replace(small, scenarios=24), tmp_path / "made")
    store = Store(tmp_path / "made", small, {"deal.toml": "0" * 64})
    there = store.open()
    assert there == [0, 1, 2], "the fourth block had three scenarios of seven"
    with threads(small, 1) as pool:
        run(small, store, pool, there, silent)
    computed(small, tmp_path / "other")
    assert files(tmp_path / "made") == files(tmp_path / "other")
    with pytest.raises(WouldShrink, match="holds a run of 60 scenarios, 24 were asked for"):
        Store(tmp_path / "made", replace(small, scenarios=24), {}).open()


def test_a_half_written_pair_of_files_is_computed_again(small: Study, tmp_path: Path) -> None:
    computed(small, tmp_path / "made")
    before = files(tmp_path / "made")
    (tmp_path / "made" / "counts" / "block-000003.npz").unlink()
    (tmp_path / "made" / "scenarios" / "block-000005.parquet").unlink()
    computed(small, tmp_path / "made")
    assert files(tmp_path / "made") == before


def test_a_full_disk_is_one_line_and_leaves_whole_blocks(
    small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, fsync, written = tmp_path / "made", os.fsync, []

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    store = Store(folder, small, {"deal.toml": "0" * 64})
    with (
        threads(small, 1) as pool,
        pytest.raises(FileNotWritten, match="not written: No space left on device") as refused,
    ):
        run(small, store, pool, store.open(), silent)
    assert "\n" not in str(refused.value)
    assert not list(folder.rglob(".*")), "no part of a file"
    monkeypatch.undo()
    computed(small, folder)
    computed(small, tmp_path / "other")
    assert files(folder) == files(tmp_path / "other")


def test_a_file_that_is_damaged_is_named(small: Study, tmp_path: Path) -> None:
    store = computed(small, tmp_path / "made")
    (tmp_path / "made" / "scenarios" / "block-000002.parquet").write_bytes(b"PAR1")
    with pytest.raises(FileRefused, match=r"block-000002.parquet: not read \(.*\); accepted: remove it"):
        store.column("collected")


@pytest.mark.parametrize("other", ["seed", "scale", "terms", "model"])
def test_a_folder_of_another_study_is_refused(small: Study, tmp_path: Path, other: str) -> None:
    from fractions import Fraction

    from penstock.revenue.file import load_model
    from tests.stress.deals import small_model, terms_of

    changes = {
        "seed": lambda: {"seed": 5},
        "scale": lambda: {"scale": Fraction("0.5")},
        "terms": lambda: {"terms": terms_of(tmp_path, ('"0.06"', '"0.07"'))},
        "model": lambda: {"model": load_model(small_model(tmp_path, ("0.988", "0.98")))},
    }
    computed(small, tmp_path / "made")
    before = files(tmp_path / "made")
    changed = replace(small, **changes[other]())
    with pytest.raises(AnotherStudy, match="holds the result of another run") as refused:
        Store(tmp_path / "made", changed, {}).open()
    if other in ("seed", "scale"):
        assert {"seed": "seed 4", "scale": "scale 1"}[other] in str(refused.value)
    assert files(tmp_path / "made") == before
    store = Store(tmp_path / "made", changed, {})
    assert store.open(restart=True) == []


def test_a_folder_that_is_no_result_is_left_alone(small: Study, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "thesis.txt").write_text("years of work")
    for restart in (False, True):
        with pytest.raises(NotAResult, match="not empty, and no result"):
            Store(tmp_path / "made", small, {}).open(restart)
    (tmp_path / "made" / "manifest.json").write_text("{")
    with pytest.raises(NotAResult):
        Store(tmp_path / "made", small, {}).open(restart=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileRefused, match="a file; accepted: a folder"):
        Store(tmp_path / "file", small, {}).open()
    assert (tmp_path / "made" / "thesis.txt").read_text() == "years of work"


def test_a_worker_of_another_version_is_refused(small: Study, tmp_path: Path) -> None:
    class Stranger(Backwards):
        def submit(self, block: int) -> Future[Computed]:
            answer: Future[Computed] = Future()
            answer.set_result(
                replace(compute(self.study, block), by=Version("f" * 64, "2.4", "3.11"), worker="tcp://w")
            )
            return answer

    store = Store(tmp_path / "made", small, {})
    with pytest.raises(
        AnotherVersion, match=r"tcp://w: runs Penstock ffffffffffff, NumPy 2\.4, Python 3\.11; here it is"
    ):
        run(small, store, Stranger(small), store.open(), silent)
    assert not list((tmp_path / "made").rglob("*.parquet"))


def test_what_a_worker_needs_is_small(small: Study) -> None:
    import pickle

    assert len(pickle.dumps(small)) < 40_000 and pickle.loads(pickle.dumps(small)).key == small.key
    made = compute(small, 0).made
    again = pickle.loads(pickle.dumps(made))
    assert np.array_equal(again.tally.ratios, made.tally.ratios) and again.tally.ratios.dtype == np.int64
    assert len(pickle.dumps(made.tally)) < made.tally.ratios.nbytes // 20
    assert "collections" not in RECORDED
