"""Kernels that the tests compile are kept below build/, and compiled once for all of them."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("PENSTOCK_KERNELS", str(Path(__file__).parents[2] / "build" / "kernels"))
