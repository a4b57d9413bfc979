"""
Many scenarios of one deal, to the base unit: `simulate(terms, collections)`.

Needs NumPy and, for speed, numba: the extra `simulate`. docs/SIMULATOR.md says how it works and how fast it is.
"""

from __future__ import annotations

from penstock.extras import require

require("numpy", "simulate", "simulating scenarios")

from penstock.simulate.runs import Runs  # noqa: E402
from penstock.simulate.scenarios import UNREPORTED, Scenarios, scenarios  # noqa: E402
from penstock.simulate.series import SERIES, Series  # noqa: E402
from penstock.simulate.stream import simulate, stream  # noqa: E402
from penstock.simulate.ways import Way  # noqa: E402

__all__ = ["SERIES", "UNREPORTED", "Runs", "Scenarios", "Series", "Way", "scenarios", "simulate", "stream"]
