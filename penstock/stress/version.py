"""Which code computes a result: workers of another version are refused, and a result knows what made it."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from penstock.paths import PACKAGE

COMPUTES = ("model", "revenue", "simulate", "stress")
"""The parts of Penstock that a scenario's numbers come from."""


@dataclass(frozen=True)
class Version:
    """code : of the parts that compute. numpy, python : major and minor."""

    code: str
    numpy: str
    python: str

    def __str__(self) -> str:
        return f"Penstock {self.code[:12]}, NumPy {self.numpy}, Python {self.python}"


@cache
def code_digest() -> str:
    """SHA-256 of the sources that compute, in the order of their names."""
    made = hashlib.sha256()
    for part in COMPUTES:
        for file in sorted((PACKAGE / part).rglob("*.py")):
            made.update(str(file.relative_to(PACKAGE)).encode() + b"\0" + Path(file).read_bytes() + b"\0")
    return made.hexdigest()


@cache
def own_version() -> Version:
    try:
        numpy = ".".join(version("numpy").split(".")[:2])
    except PackageNotFoundError:
        numpy = "missing"
    return Version(code_digest(), numpy, ".".join(platform.python_version_tuple()[:2]))
