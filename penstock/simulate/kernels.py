"""Kernels compiled by numba, one a structure, kept on disk; and how scenarios are run through one on every core."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penstock.files import write_whole
from penstock.simulate.kernel_source import Source, planes
from penstock.simulate.program import COLLECTIONS, report_input
from penstock.simulate.scenarios import Scenarios, Whole

CACHE = "PENSTOCK_KERNELS"
"""The environment variable that names the folder of compiled kernels."""


def cache_folder() -> Path:
    """Where compiled kernels are kept: PENSTOCK_KERNELS, or the user's cache."""
    given = os.environ.get(CACHE)
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "penstock" / "kernels"


def _numba() -> Any:
    """numba, which reads once, when it is imported, for which processor it compiles."""
    if "numba" not in sys.modules and "NUMBA_CPU_FEATURES" not in os.environ:
        import llvmlite.binding as llvm

        # Vectors as wide as the processor has: LLVM prefers 256 bits on most, which settle a third fewer scenarios
        features = llvm.get_host_cpu_features().flatten()
        os.environ["NUMBA_CPU_NAME"] = llvm.get_host_cpu_name()
        os.environ["NUMBA_CPU_FEATURES"] = f"{features},-prefer-256-bit"
    import numba

    return numba


HEAD = '''"""A deal's settlement, made by penstock.simulate; it may be deleted."""

import numpy as np
from numba import njit

from penstock.simulate.lanes import {table} as lanes

{names}

@njit(nogil=True, error_model="numpy", cache=True)
'''


@lru_cache(maxsize=256)
def compiled(text: str, bits: int) -> Callable[..., None]:
    """The kernel with this source. Of another version of penstock or numba, it is another one."""
    numba = _numba()
    from penstock.simulate import lanes

    table = "NARROW_OPERATIONS" if bits == 64 else "WIDE_OPERATIONS"
    names = "\n".join(f'{name} = lanes["{name}"]' for name in sorted(getattr(lanes, table)))
    whole = HEAD.format(table=table, names=names) + text
    seed = "\n".join([whole, numba.__version__, Path(lanes.__file__).read_text(encoding="utf-8")])
    name = f"penstock_kernel_{hashlib.sha256(seed.encode()).hexdigest()[:20]}"
    file = cache_folder() / f"{name}.py"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, whole)
    run: Callable[..., None] = _module(name, file).run
    return run


def _module(name: str, file: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@dataclass(frozen=True)
class Kernel:
    """A compiled kernel with the amounts and rates of one deal."""

    made: Source
    run: Callable[..., None]
    columns: NDArray[np.int64]
    constants: NDArray[np.int64]
    opening: NDArray[np.int64]

    @classmethod
    def of(cls, made: Source) -> Kernel:
        values, start = made.column_values(), list(made.program.variables.values())
        columns = made.array(values, (len(values), made.program.terms.periods - 1 if values else 0))
        constants = made.array(made.constants, (len(made.constants),))
        return cls(made, compiled(made.text, made.width.bits), columns, constants, made.array(start, (len(start),)))

    def settle(self, given: Scenarios, threads: int) -> tuple[Whole, Whole]:
        """The recorded numbers, columns × rows × scenarios, and those of whole runs, rows × scenarios."""
        made, program, count = self.made, self.made.program, given.count
        blocks = -(-count // made.lanes)
        rows = (len(program.rows(program.record)), len(program.rows(program.totals)))
        columns = program.terms.periods + 1 if rows[0] else 0
        record = np.empty((made.planes, columns, rows[0], blocks * made.lanes), np.int64)
        totals = np.empty((made.planes, rows[1], blocks * made.lanes), np.int64)
        arrays = {COLLECTIONS: given.collections}
        arrays |= {report_input(program.terms, name): each for name, each in given.reports.items()}
        inputs = [_words(arrays[name], made.planes) for name in program.inputs]
        late = _words(given.late, made.planes)

        def part(index: int) -> None:
            first, end = blocks * index // threads, blocks * (index + 1) // threads
            known = (self.columns, self.constants, self.opening)
            self.run(first, end, count, program.terms.periods, *inputs, late, *known, record, totals)

        if threads == 1:
            part(0)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(part, range(threads)))
        return _whole(record, count), _whole(totals, count)


def _words(array: Whole, count: int) -> NDArray[np.int64]:
    """An array as the kernel takes it: by planes of 64 bits."""
    if array.dtype != object:
        array = np.ascontiguousarray(array)
        words: NDArray[np.int64] = array[np.newaxis] if count == 1 else np.stack([array, array >> 63])
        return words
    if count == 1:
        return array.astype(np.int64)[np.newaxis]
    return planes(array, count)


def _whole(words: NDArray[np.int64], count: int) -> Whole:
    """Numbers as int64, or as Python ints where one is larger; without the lanes that no scenario has."""
    words = words[..., :count]
    if len(words) == 1 or bool((words[1] == words[0] >> 63).all()):
        narrow: Whole = words[0]
        return narrow
    low, high = words[0].astype(np.uint64).astype(object), words[1].astype(object)
    joined: Whole = high * 2**64 + low
    return joined
