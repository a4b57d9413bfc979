"""Our contracts' interfaces, read once per process, because checking for changed sources takes a tenth of a second."""

from __future__ import annotations

from functools import cache

from penstock.evm.abi import Abi
from penstock.evm.artifacts import load_artifacts


@cache
def interfaces() -> dict[str, Abi]:
    """By contract."""
    return {name: artifact.abi for name, artifact in load_artifacts().items()}
