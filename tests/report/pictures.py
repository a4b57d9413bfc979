"""Lives of deals to draw, and the picture of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from penstock.dealfile import load, loads
from penstock.dealfile.flows import load_flows, loads_flows
from penstock.model.deal import Settlement, run
from penstock.model.terms import DealTerms
from penstock.report import drawing
from penstock.report.figures import life_figure
from tests.fixtures.every_figure import DEAL, FLOWS

DEALS = Path(__file__).parents[2] / "deals"
GREENSBORO = load(DEALS / "greensboro-solar.toml")
THREE = load(DEALS / "pf-three-tranche.toml")
MINIMAL = load(DEALS / "minimal.toml")
TESTED = loads(
    (DEALS / "minimal.toml").read_text().replace('"residual:equity"', '"trap?lockup", "residual:equity"')
    + '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.2"\n'
)
EVERY = loads(DEAL)
USD = 10**6


def lived(terms: DealTerms, text: str) -> list[Settlement]:
    found = loads_flows(text, terms)
    return run(terms, found.collections, found.reports, found.late).settlements


def greensboro(name: str) -> list[Settlement]:
    found = load_flows(DEALS / name, GREENSBORO)
    return run(GREENSBORO, found.collections).settlements


def failing() -> list[Settlement]:
    """Years without revenue, some with a little, one with much."""
    revenue = [0] * 40
    for period, amount in {0: 200, 1: 150, 4: 90, 8: 310, 12: 600, 16: 100, 24: 1_200, 32: 30}.items():
        revenue[period] = amount * 1_000 * USD
    return run(THREE, revenue).settlements


def picture(terms: DealTerms, settlements: Sequence[Settlement], flows: str = "flows.csv") -> Figure:
    with matplotlib.rc_context(drawing.style()):
        figure = life_figure(terms, settlements, flows)
        figure.canvas.draw()
    return figure


LIVES = {
    "base case": lambda: (GREENSBORO, greensboro("greensboro-solar.csv")),
    "drought": lambda: (GREENSBORO, greensboro("greensboro-drought.csv")),
    "minimal": lambda: (MINIMAL, lived(MINIMAL, (DEALS / "minimal.csv").read_text())),
    "failing": lambda: (THREE, failing()),
    "every figure": lambda: (EVERY, lived(EVERY, FLOWS)),
    "a DSCR of 6x": lambda: (
        TESTED,
        run(TESTED, [each * USD for each in (175_000, 160_000, 165_000, 162_000)]).settlements,
    ),
    # Covered just as often as the test wants, then less
    "at the threshold": lambda: (TESTED, run(TESTED, [each * USD for each in (33_600, 30_000, 40_000)]).settlements),
    "nothing": lambda: (THREE, run(THREE, [0] * 40).settlements),
    "one base unit": lambda: (THREE, run(THREE, [1] * 40, late=1).settlements),
    "a flood": lambda: (MINIMAL, run(MINIMAL, [30 * 10**15] * 4).settlements[:2]),
    "late revenue only": lambda: (MINIMAL, run(MINIMAL, [0] * 4, late=500 * USD).settlements),
    "a long name": lambda: (replace(MINIMAL, name="A long name " * 12), run(MINIMAL, [USD] * 4).settlements),
}
