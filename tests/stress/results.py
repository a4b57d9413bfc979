"""Results of small studies for tests."""

from __future__ import annotations

import hashlib
from pathlib import Path

from penstock.stress.compute import run, threads
from penstock.stress.store import Store
from penstock.stress.study import Study


def silent(made: int) -> None:
    pass


def computed(study: Study, folder: Path, workers: int = 1) -> Store:
    store = Store(folder, study, {"deal.toml": "0" * 64})
    there = store.open()
    with threads(study, workers) as pool:
        run(study, store, pool, there, silent)
    return store


def files(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.rglob("*.*"))
        if each.is_file()
    }
