"""
A result on disk: a folder with one Parquet file for each block, counts beside them, and a manifest that says what
they are.

A block is written whole or not at all; a run that was interrupted finds its blocks again. DuckDB and Polars read
`scenarios/*.parquet` as one table.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_hex
from typing import Any

import numpy as np

from penstock.errors import FileNotWritten, FileRefused, PenstockError
from penstock.files import parse_json, read_text, write_whole, writing
from penstock.stress.block import Column, Outcome, Tally
from penstock.stress.study import Study
from penstock.stress.version import code_digest

MANIFEST, ROWS, COUNTS = "manifest.json", "scenarios", "counts"
_FORMAT = 1
_DIGITS = 38
_ARRAYS = ("ratios", "failing", "enforced", "locked", "enforced_years")


class AnotherStudy(PenstockError):
    """A folder with the result of another study."""

    def __init__(self, folder: Path, differs: str) -> None:
        super().__init__(
            f"{folder}: holds the result of another run ({differs}); accepted: another folder with --out, or "
            "--restart, which removes it"
        )


class WouldShrink(PenstockError):
    """A folder with more scenarios of the same study."""

    def __init__(self, folder: Path, there: int, asked: int) -> None:
        super().__init__(
            f"{folder}: holds a run of {there:,} scenarios, {asked:,} were asked for; accepted: {there:,} or more, "
            "which continues it, another folder with --out, or --restart"
        )


class NotAResult(PenstockError):
    """A folder that is not empty and is no result."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder}: not empty, and no result of `penstock stress`; accepted: a new folder with --out")


class Store:
    """The folder of one study's result."""

    def __init__(self, folder: Path, study: Study, inputs: Mapping[str, str]) -> None:
        """inputs : SHA-256 of the files the study was read from, by name."""
        self.folder, self.study, self.inputs = folder, study, dict(inputs)

    def open(self, restart: bool = False) -> list[int]:
        """
        Prepares the folder; the blocks that are there already.

        Raises
        ------
        AnotherStudy, NotAResult, FileRefused, FileNotWritten.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise FileRefused(str(self.folder), "a file; accepted: a folder, or a name for a new one")
        if self.folder.is_dir() and any(self.folder.iterdir()):
            self._require_ours(restart)
        with writing(self.folder):
            for each in (self.folder / ROWS, self.folder / COUNTS):
                each.mkdir(parents=True, exist_ok=True)
        self._write_manifest(complete=False)
        # the last block of a shorter run has fewer scenarios than it should
        return [each for each in sorted(self._blocks()) if self._whole(each)]

    def write(self, block: int, made: Outcome) -> None:
        """Raises FileNotWritten, and leaves no part of the block."""
        # counts first: a block is there when its rows are
        self._put(self._counts(block), lambda part: _save_counts(part, made))
        self._put(self._rows(block), lambda part: _save_rows(part, made.rows))

    def column(self, name: str) -> Column:
        """One column of all scenarios, in their order. Raises FileRefused for a file that cannot be read."""
        import polars

        parts = []
        for block in range(self.study.blocks):
            with _reading(self._rows(block)):
                parts.append(_column(polars.read_parquet(self._rows(block), columns=[name])[name]))
        return np.concatenate(parts)

    def tally(self) -> tuple[Tally, str]:
        """The counts of all blocks added up, and how the scenarios were settled. Raises FileRefused."""
        total, paths = None, []
        for block in range(self.study.blocks):
            tally, path = self._read_counts(block)
            paths.append(path)
            total = tally if total is None else total + tally
        assert total is not None
        return total, ", ".join(dict.fromkeys(paths))

    def _read_counts(self, block: int) -> tuple[Tally, str]:
        file = self._counts(block)
        with _reading(file), np.load(file, allow_pickle=False) as kept:
            return Tally(int(kept["scenarios"]), *(kept[name] for name in _ARRAYS)), str(kept["path"])

    def finish(self) -> None:
        """Says in the manifest that all blocks are there, with the hash of each file."""
        self._write_manifest(complete=True)

    def _require_ours(self, restart: bool) -> None:
        file = self.folder / MANIFEST
        if not file.is_file():
            raise NotAResult(self.folder)
        try:
            said = parse_json(read_text(file))
            found = said["study"]["key"]
        except (ValueError, KeyError, TypeError):
            raise NotAResult(self.folder) from None
        if restart:
            self._remove()
        elif found != self.study.key or said["study"].get("code") != code_digest():
            raise AnotherStudy(self.folder, self._difference(said))
        elif said["study"].get("scenarios", 0) > self.study.scenarios:
            raise WouldShrink(self.folder, said["study"]["scenarios"], self.study.scenarios)

    def _difference(self, said: Any) -> str:
        was, now = said["study"], self._manifest()["study"]
        names = [name for name in ("deal", "model", "seed", "scale", "factors", "code") if was.get(name) != now[name]]
        shown = [f"{name} {was.get(name)}" for name in names if name in ("deal", "model", "seed", "scale")]
        return ", ".join(shown or names) or "its files have changed"

    def _remove(self) -> None:
        with writing(self.folder):
            for each in (*self.folder.glob(f"{ROWS}/*.parquet"), *self.folder.glob(f"{COUNTS}/*.npz")):
                each.unlink()

    def _manifest(self) -> dict[str, Any]:
        study = self.study
        return {
            "format": _FORMAT,
            "study": {
                "key": study.key,
                "deal": study.terms.name,
                "model": study.model.title,
                "seed": study.seed,
                "scenarios": study.scenarios,
                "block": study.size,
                "scale": str(study.scale),
                "factors": {name: list(values) for name, values in study.factors.items()},
                "code": code_digest(),
            },
            "units": f"amounts in base units of {study.terms.asset}, {study.terms.decimals} decimals; rates a year",
            "inputs": self.inputs,
            "versions": _versions(),
        }

    def _write_manifest(self, complete: bool) -> None:
        said = self._manifest() | {"complete": complete}
        if complete:
            said["files"] = {
                str(each.relative_to(self.folder)): hashlib.sha256(each.read_bytes()).hexdigest()
                for block in range(self.study.blocks)
                for each in (self._rows(block), self._counts(block))
            }
        write_whole(self.folder / MANIFEST, json.dumps(said, indent=1) + "\n")

    def _blocks(self) -> Iterator[int]:
        for each in (self.folder / ROWS).glob("block-*.parquet"):
            digits = each.stem.removeprefix("block-")
            if digits.isdigit() and self._counts(int(digits)).is_file():
                yield int(digits)

    def _whole(self, block: int) -> bool:
        return self._read_counts(block)[0].scenarios == self.study.span(block)[1]

    def _rows(self, block: int) -> Path:
        return self.folder / ROWS / f"block-{block:06d}.parquet"

    def _counts(self, block: int) -> Path:
        return self.folder / COUNTS / f"block-{block:06d}.npz"

    def _put(self, file: Path, save: Callable[[Path], None]) -> None:
        """Writes beside the file and then renames."""
        part = file.with_name(f".{token_hex(8)}{file.suffix}")
        try:
            with writing(file):
                save(part)
                with part.open("rb+") as held:
                    os.fsync(held.fileno())
                part.replace(file)
        except FileNotWritten:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        except BaseException as error:
            part.unlink(missing_ok=True)
            if isinstance(error, Exception):  # Polars has its own errors for a full disk
                raise FileNotWritten(str(file), str(error).splitlines()[0]) from None
            raise


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """A reader fails in many ways on a damaged file. Raises FileRefused."""
    try:
        yield
    except Exception as error:
        reason = f"not read ({type(error).__name__}); accepted: remove it, and its block is computed again"
        raise FileRefused(str(file), reason) from None


def _save_rows(file: Path, rows: Mapping[str, Column]) -> None:
    import polars

    polars.DataFrame({name: _series(name, values) for name, values in rows.items()}).write_parquet(
        file, statistics=True
    )


def _series(name: str, values: Column) -> Any:
    """Whole numbers of 64 bits, decimals of 38 digits where those do not hold them, and floats."""
    import polars

    if values.dtype != object:
        return polars.Series(name, values)
    if max(map(int, values), default=0) < 2**63:
        return polars.Series(name, values.astype(np.int64))
    from decimal import Decimal

    return polars.Series(name, [Decimal(int(each)) for each in values], dtype=polars.Decimal(_DIGITS, 0))


def _column(series: Any) -> Column:
    import polars

    if isinstance(series.dtype, polars.Decimal):
        return np.array([int(each) for each in series], object)
    found: Column = series.to_numpy()
    return found


def _save_counts(file: Path, made: Outcome) -> None:
    arrays = {name: getattr(made.tally, name) for name in _ARRAYS}
    with file.open("wb") as held:
        np.savez_compressed(held, scenarios=made.tally.scenarios, path=made.path, **arrays)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("penstock", "numpy", "polars", "numba", "distributed"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
