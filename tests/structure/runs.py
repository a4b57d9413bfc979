"""Runs of the example deals, and of the one in which every figure differs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from penstock.dealfile import load
from penstock.dealfile.flows import PeriodFlows, load_flows, run_flows
from penstock.model.deal import Run
from tests.fixtures.every_figure import RECEIVED, TERMS

DEALS = Path(__file__).parents[2] / "deals"
EVERY = "every-figure"
NAMES = (EVERY, "minimal", "greensboro-drought", "gpu-notes", "ppa-50m", "clo", "hosting-site")


@lru_cache
def played(name: str) -> tuple[Run, PeriodFlows]:
    """A run on the flows of that name, and the flows."""
    if name == EVERY:
        return run_flows(TERMS, RECEIVED), RECEIVED
    deal = "greensboro-solar" if name.startswith("greensboro") else name
    terms = load(DEALS / f"{deal}.toml")
    received = load_flows(DEALS / f"{name}.csv", terms)
    return run_flows(terms, received), received
