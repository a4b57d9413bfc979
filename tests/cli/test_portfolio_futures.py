"""
`penstock portfolio --scenarios`.

given holdings of two deals with revenue models
    each cell and each value of the JSON should be of the futures that were drawn, and the same for the same seed
given no model, another one for a deal, or a number that is none
    it should be refused in one line
"""

from __future__ import annotations

import json
import math
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

import numpy as np
import pytest

from penstock.revenue.fan import EXCEEDED, exceeded
from penstock.revenue.file import load_model
from penstock.stress.together import together
from penstock.structure.holdings import load_holdings
from tests.fixtures.cli import ROOT, penstock
from tests.fixtures.tables import tables

DEALS = ROOT / "deals"
PPA = f"{DEALS}/ppa-50m.toml,{DEALS}/ppa-50m.csv"
SUN = f"{DEALS}/greensboro-solar.toml,{DEALS}/greensboro-solar.csv"
HEADER = "deal,flows,tranche,shares,price,revenue\n"
ROWS = f"{PPA},investor,500,,ppa-50m\n{SUN},equity,250000,,greensboro-solar\n"
ASKED = ("--scenarios", "6", "--seed", "4", "--correlation", "0.5")
NAMES = ["ppa-50m investor", "greensboro-solar equity"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    found = tmp_path_factory.mktemp("held") / "held.csv"
    found.write_text(HEADER + ROWS)
    return str(found)


def coins(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def exact(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).normalize():f}"


@pytest.mark.slow
def test_every_cell_and_value(file: str) -> None:
    held = load_holdings(file)
    models = {name: load_model(name) for name in ("ppa-50m", "greensboro-solar")}
    found = together(held.holdings, models, 6, 4, 0.5)
    done = penstock("portfolio", file, *ASKED)
    assert done.exit_code == 0, done.stderr
    received, years, correlation = tables(done.stdout)[-3:]
    levels = [f"P{percent}" for percent in EXCEEDED]
    assert list(received.columns) == ["holding", *levels, "mean"] and list(years.columns) == ["year", *levels, "mean"]

    def units(values: np.ndarray) -> list[int]:  # type: ignore[type-arg]
        return [*(int(exceeded(values, percent)) for percent in EXCEEDED), int(values.sum()) // 6]

    rows = zip([*NAMES, "total"], [*found.received, found.total], strict=True)
    assert received.rows == [[name, *map(coins, units(values))] for name, values in rows]
    assert years.rows == [[str(year), *map(coins, units(values))] for year, values in found.by_year.items()]
    assert correlation.rows == [
        [f"{at + 1} {name}", *(f"{each:.2f}" for each in found.correlation[at])] for at, name in enumerate(NAMES)
    ]
    assert 0 < found.correlation[0, 1] < 1
    rates = {percent: float(exceeded(found.xirr, percent)) for percent in EXCEEDED}
    words = ", ".join(f"P{percent} {rate * 100:.2f} %" for percent, rate in rates.items())
    assert f"XIRR of all: {words}\n" in done.stdout
    assert f"{found.losing} of 6 receive less than was paid" in done.stdout

    told = json.loads(penstock("portfolio", file, *ASKED, "--json").stdout)["futures"]
    assert (told["scenarios"], told["seed"], told["correlation"][0][0]) == (6, 4, 1.0)
    assert told["shocks"] == 0.5

    def named(values: np.ndarray) -> dict[str, str]:  # type: ignore[type-arg]
        names = [*(f"p{percent}" for percent in EXCEEDED), "mean"]
        return dict(zip(names, map(exact, units(values)), strict=True))

    assert told["holdings"] == [named(each) for each in found.received]
    assert told["total"] == named(found.total)
    assert told["by_year"] == {str(year): named(values) for year, values in found.by_year.items()}
    assert told["losing"] == found.losing
    assert all(math.isclose(told["xirr"][f"p{percent}"], rate, abs_tol=1e-9) for percent, rate in rates.items())
    assert math.isclose(told["correlation"][0][1], found.correlation[0, 1], abs_tol=1e-6)


@pytest.mark.parametrize(
    ("rows", "words", "code", "expected"),
    [
        (f"{PPA},investor,500,,\n", ASKED, 2, "no row names a revenue model in a column revenue"),
        (
            f"{PPA},senior,1,,ppa-50m\n{PPA},mezz,1,,\n",
            ASKED,
            1,
            "another one of this deal is used above; accepted: ppa-50m",
        ),
        (f"{PPA},senior,1,,nowhere\n", ASKED, 1, "nowhere"),
        (ROWS, ("--scenarios", "0"), 2, "--scenarios"),
        (ROWS, ("--scenarios", "5", "--correlation", "1.5"), 2, "--correlation"),
        (ROWS, ("--scenarios", "5", "--seed", "-1"), 2, "--seed"),
    ],
)
def test_what_is_refused(rows: str, words: tuple[str, ...], code: int, expected: str, tmp_path: Path) -> None:
    (tmp_path / "held.csv").write_text(HEADER + rows)
    done = penstock("portfolio", str(tmp_path / "held.csv"), *words)
    refused_line = done.stderr.splitlines()[-1]
    assert (done.exit_code, done.stdout) == (code, "") and expected in refused_line, done.stderr
