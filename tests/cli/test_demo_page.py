"""
What demo says while it plays and at the end.

given transactions of several kinds
    each should have its count, its mean and its highest gas, in the order of a deal's life
given a picture, or none
    its file should be named, or how to have one
given no terminal
    a line a year should say how far it is
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages.demo import closing_page, progress
from penstock.report.tables import console
from tests.fixtures.every_figure import TERMS
from tests.fixtures.tables import tables

GAS = {"settle": [300_000, 200_001, 100_000], "launch": [1_500_000], "claim": [40_001, 40_002], "deploy": [9]}


def closing(picture: Path | None, **more: Any) -> tuple[list[list[str]], list[str]]:
    finished: Any = SimpleNamespace(
        **{
            "gas": GAS,
            "periods_compared": 8,
            "transactions": 1_234,
            "trades": 1,
            "client": "Anvil",
            "conserved": "conserved: all of it",
            **more,
        }
    )
    shown = console()
    with shown.capture() as taken:
        shown.print(closing_page(finished, 12.6, picture))
    (table,) = tables(taken.get())
    assert list(table.columns) == ["transaction", "count", "mean", "max"]
    return table.rows, taken.get().split("\n\n")[-1].splitlines()


def test_each_kind_of_transaction_has_its_gas() -> None:
    rows, lines = closing(Path("/elsewhere/life.png"))
    assert rows == [
        ["launch", "1", "1,500,000", "1,500,000"],
        ["settle", "3", "200,000", "300,000"],
        ["claim", "2", "40,001", "40,002"],
    ]
    assert lines == [
        "chain = model after each of 8 periods: state, cash, shares, claimable, wallets",
        "1,234 transactions, 1 trade on Anvil, 13 s",
        "conserved: all of it",
        "picture: /elsewhere/life.png",
    ]


def test_a_picture_below_the_working_directory_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert closing(tmp_path / "out" / "life.png")[1][-1] == "picture: out/life.png"
    assert closing(None)[1][-1].startswith("no picture: ")


def test_a_line_a_year_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a deal with four periods a year, each once, with its beginning and its end."""
    with progress(TERMS) as report:
        for settled in (0, 1, 2, 3, 4, 4, 5, 7, 8):
            report("settle", settled)
    assert capsys.readouterr().err.splitlines() == [f"{settled}/8 periods, settle" for settled in (0, 4, 8)]
