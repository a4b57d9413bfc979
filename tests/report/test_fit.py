"""
Tables that fit.

given a width at which a table fits
    it should be printed as it is
given less
    text should wrap at spaces and between targets that share a rung, numbers never
    then columns that say nothing should be left out and named
    then addresses should be shortened, unless two would look alike
    then text should wrap into three lines
    then amounts should lose their decimals, and then be in thousands, unless one other than zero would become 0; the
    total should be said in full
    at last the table should be split, with the first column repeated and amounts in full
given any table and any width
    no line should be longer, every number should be whole, and nothing that says something should be missing
given a pipe
    it should have its full width
"""

from __future__ import annotations

import io
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType

from penstock.format import exact_money
from penstock.report.cells import Amount, Cell, Ratio, Scale, Shares, cell_text, is_blank, shortened
from penstock.report.fit import Grid, fit, table_width, wrapped
from penstock.report.tables import FittedTable, Page, console, table
from tests.fixtures.tables import Printed, tables

USD = 10**6
A, B = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ALIKE = A[:20] + "0000" + A[24:]


def money(amount: float | int) -> Amount:
    return Amount(int(amount * USD), 6)


def printed(page: RenderableType, width: int) -> str:
    out = io.StringIO()
    Page(file=out, width=width, highlight=False, markup=False, emoji=False).print(page)
    return out.getvalue()


def shown(page: RenderableType, width: int) -> Printed:
    text = printed(page, width)
    assert max(map(cell_len, text.splitlines())) <= width, text
    (found,) = tables(text)
    return found


FOUR = table(
    "Four",
    ("holder", "rung"),
    ("arrears", "trapped", "paid"),
    [
        (A, "interest of senior", money(0), money(0), money(1_234_567.89)),
        (B, "principal of senior", money(0), money(0), money(45_000)),
    ],
    total=("total", "", money(0), money(0), money(1_279_567.89)),
    unit="USDC",
)


def test_a_table_that_fits_is_printed_as_it_is():
    found = shown(FOUR, 200)
    assert found.title == ["Four"]
    assert list(found.columns) == ["holder", "rung", "arrears", "trapped", "paid"]
    assert found.columns["paid"] == ["1,234,567.89", "45,000.00", "1,279,567.89"]
    assert found.columns["rung"] == ["interest of senior", "principal of senior"]
    assert found.after == []


def test_text_wraps_first():
    found = shown(FOUR, 99)
    assert found.columns["rung"] == ["interest of", "senior", "principal of", "senior"]
    assert list(found.columns) == ["holder", "rung", "arrears", "trapped", "paid"]


def test_then_columns_that_say_nothing_are_left_out_and_named():
    found = shown(FOUR, 82)
    assert list(found.columns) == ["holder", "rung", "paid"]
    assert found.columns["holder"] == [A, B, "total"]
    assert found.after == ["left out, because zero or empty: arrears, trapped"]


def test_then_addresses_are_shortened():
    found = shown(FOUR, 60)
    assert found.columns["holder"] == ["0x3C44…93BC", "0x7099…79C8", "total"]
    assert found.columns["paid"] == ["1,234,567.89", "45,000.00", "1,279,567.89"]


def test_then_amounts_lose_their_decimals_and_the_total_is_said_in_full():
    found = shown(FOUR, 39)
    assert found.title == ["Four", "in whole USDC, rounded down"]
    assert found.columns["paid"] == ["1,234,567", "45,000", "1,279,567"]
    assert found.after[-1] == "total in full: paid 1,279,567.89"


def test_then_they_are_in_thousands():
    found = shown(FOUR, 36)
    assert found.title == ["Four", "in thousands of USDC, rounded down"]
    assert found.columns["paid"] == ["1,234", "45", "1,279"]


def test_at_last_the_table_is_split_and_amounts_are_in_full():
    found = shown(FOUR, 30)
    assert found.title == ["Four"]
    assert list(found.columns) == ["holder", "rung", "paid"]
    assert found.columns["paid"] == ["1,234,567.89", "45,000.00", "1,279,567.89"]
    assert printed(FOUR, 30).count("0x3C44…93BC") == 2


def test_text_takes_three_lines_before_amounts_lose_anything():
    row = ("code", "code of the deal, its shares, its implementation and the factory", money(1_234.56))
    page = table("Checks", ("check", "of what"), ("compared",), [row])
    lines = {width: shown(page, width).columns["of what"] for width in (84, 54, 53, 47)}
    assert {width: len(each) for width, each in lines.items()} == {84: 2, 54: 2, 53: 3, 47: 3}
    assert "\n\n" in printed(page, 46) and "\n\n" not in printed(page, 47)  # what is narrower is split


def test_a_column_that_says_nothing_goes_before_text_takes_three_lines():
    row = ("code of the deal, its shares, its implementation and the factory", money(0), money(1))
    page = table("Checks", ("of what",), ("none", "paid"), [row])
    found = shown(page, 44)
    assert list(found.columns) == ["of what", "paid"] and len(found.columns["of what"]) == 2
    assert found.after == ["left out, because zero or empty: none"]


def test_addresses_that_would_look_alike_are_not_shortened():
    page = table("Alike", ("holder", "what"), ("paid",), [(A, "one", money(1)), (ALIKE, "two", money(2))])
    assert shortened(A) == shortened(ALIKE)
    found = shown(page, 54)  # split rather than shortened
    assert found.columns["holder"] == [A, ALIKE]
    other = table("Others", ("holder", "what"), ("paid",), [(A, "one", money(1)), (B, "two", money(2))])
    assert shown(other, 54).columns["holder"] == ["0x3C44…93BC", "0x7099…79C8"]


def test_an_address_in_the_name_of_a_file_is_not_shortened():
    assert shortened(f"deployments/1/{A}.json") == f"deployments/1/{A}.json"
    assert shortened(f"{A} (MockUSD)") == "0x3C44…93BC (MockUSD)"
    assert shortened("0x" + "ab" * 32) == "0xabab…abab"


@pytest.mark.parametrize(
    ("small", "titles"),
    [
        (0.9, {"Small"}),
        (999, {"Small", "in whole coins, rounded down"}),
        (1_000, {"Small", "in whole coins, rounded down", "in thousands, rounded down"}),
    ],
)
def test_no_amount_but_zero_becomes_zero(small: float, titles: set[str]):
    """A scale that would hide an amount is passed over: the table is split instead."""
    page = table("Small", ("tranche",), ("paid", "claimed"), [("senior", money(10**9), money(small))])
    found = [shown(page, width) for width in range(28, 45)]
    assert {each.title[-1] for each in found} == titles
    assert all({"0", "0.00"}.isdisjoint(each.columns["claimed"]) for each in found)


def test_targets_that_share_a_rung_are_wrapped_between():
    rung = "interest:senior+mezzanine+junior?lockup"
    assert wrapped(rung, 24) == "interest:senior+\nmezzanine+junior?lockup"
    assert wrapped(rung, 60) == rung and wrapped("coupon + 2.00 %", 60) == "coupon + 2.00 %"
    assert wrapped("coupon +2 now", 6) == "coupon\n+2 now", "a sign is part of its number"


def test_a_percentage_is_one_word():
    page = table("Rates", ("tranche", "coupon"), rows=[("senior", "9.00 %, 10.00 % from 2031-01-01")])
    for width in range(22, 60):
        assert not any(cell.startswith("%") for cell in shown(page, width).columns["coupon"])


@pytest.mark.parametrize(
    ("cell", "full", "whole", "thousands"),
    [
        (Amount(1_234_567_891_234, 6), "1,234,567.89", "1,234,567", "1,234"),
        (Amount(-1_234_567_891_234, 6), "-1,234,567.89", "-1,234,567", "-1,234"),
        (Amount(1_000_000_000_001, 6, exact=True), "1,000,000.000001", "1,000,000", "1,000"),
        (Amount(1_234_567, 0), "1,234,567", "1,234,567", "1,234"),
        (Amount(0, 18), "0.00", "0", "0"),
        (Shares(1_234_560_000, 6), "1,234.56", "1,234.56", "1,234.56"),
        (Ratio(1_109_999_999_999_999_999), "1.10", "1.10", "1.10"),
        (Ratio(None), "–", "–", "–"),
        (1_234_567, "1,234,567", "1,234,567", "1,234,567"),
        ("text 1234567", "text 1234567", "text 1234567", "text 1234567"),
    ],
)
def test_cells(cell: Cell, full: str, whole: str, thousands: str):
    assert [cell_text(cell, scale) for scale in Scale] == [full, whole, thousands]


@pytest.mark.parametrize("cell", ["", "–", 0, Amount(0, 6), Shares(0, 6), Ratio(None)])
def test_cells_that_say_nothing(cell: Cell):
    assert is_blank(cell)


@pytest.mark.parametrize("cell", ["0", "-", 1, Amount(1, 18), Amount(-1, 18), Shares(1, 6), Ratio(0), "no"])
def test_cells_that_say_something(cell: Cell):
    """A hundredth of a cent is shown as 0.00, and yet its column stays."""
    assert not is_blank(cell)


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("200", 200), ("", None), ("0", None), ("wide", None)])
def test_the_width_is_that_of_columns_and_none_in_a_pipe(monkeypatch: pytest.MonkeyPatch, columns: str, width: int):
    monkeypatch.setenv("COLUMNS", columns)
    made = console()
    assert made.width == (width or 10_000)
    with made.capture() as taken:
        made.print(FOUR)
        made.print("word " * 3_000)
    lines = taken.get().splitlines()
    if width is None:
        assert len(lines) == len(printed(FOUR, 10_000).splitlines()) + 1
    else:
        assert max(map(cell_len, lines)) <= width


def test_the_width_of_a_terminal_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((97, 20)))
    with open(os.devnull, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        assert console().width == 97


WORDS = st.sampled_from(["interest", "principal", "of", "the", "senior", "mezz", "6.25 %", A, B, "–", "2026-04-01"])
TEXT = st.lists(WORDS, max_size=6).map(" ".join)
AMOUNTS = st.one_of(st.just(0), st.integers(-(10**14), 10**14), st.integers(-(10**6), 10**6))
NUMBER: st.SearchStrategy[st.SearchStrategy[Cell]] = st.sampled_from(
    [
        AMOUNTS.map(lambda units: Amount(units, 6)),
        AMOUNTS.map(lambda units: Amount(units, 6, exact=True)),
        st.integers(0, 10**9),
        st.integers(0, 10**9).map(lambda units: Shares(units, 6)),
        st.one_of(st.none(), st.integers(0, 10**20)).map(Ratio),
        st.just(Amount(0, 6)),
        st.just("–"),
    ]
)


@st.composite
def grids(draw: st.DrawFn) -> FittedTable:
    kinds = draw(st.lists(NUMBER, min_size=1, max_size=7))
    texts = draw(st.integers(1, 3))
    rows = draw(st.lists(st.tuples(*[TEXT] * texts, *kinds, TEXT), min_size=1, max_size=5))
    total = draw(st.one_of(st.none(), st.tuples(*[TEXT] * texts, *kinds, TEXT)))
    left, right = [f"text {at}" for at in range(texts)], [f"number {at}" for at in range(len(kinds))]
    made = table("Title", left, right, rows, ("state",), total, "USDC")
    assert isinstance(made, FittedTable)
    return made


@given(made=grids(), width=st.integers(12, 220))
def test_whatever_the_table_and_the_width(made: FittedTable, width: int):
    grid, text = made.grid, printed(made, width)
    (found,) = tables(text)
    scale = {"in wh": Scale.WHOLE, "in th": Scale.THOUSANDS}.get(found.title[-1][:5], Scale.FULL)
    short = "…" in text
    missing = dict.fromkeys(column.name for column in grid.columns if column.name not in found.columns)
    for at, column in enumerate(grid.columns):
        cells = [line[at] for line in grid.lines]
        if column.name in missing:
            assert all(map(is_blank, cells)) and at
            continue
        texts = [cell_text(cell, scale) for cell in cells]
        texts = [shortened(each) for each in texts] if short else texts
        if column.number:
            assert found.columns[column.name] == [each for each in texts if each]
        else:
            assert found.words(column.name) == " ".join(texts).split()
        if scale:
            pairs = zip(cells, texts, strict=True)
            assert not any(isinstance(cell, Amount) and cell.units and each in ("0", "-0") for cell, each in pairs)
    notes = " ".join(" ".join(found.after).split())
    if missing:
        assert f"left out, because zero or empty: {', '.join(missing)}" in notes
    if scale and grid.total:
        for column, cell in zip(grid.columns, grid.total, strict=True):
            if isinstance(cell, Amount) and column.name not in missing:
                assert f"{column.name} {exact_money(cell.units, 6)}" in notes
    if max(map(cell_len, text.splitlines())) > width:
        assert narrowest(grid, short) > width


@given(made=grids(), width=st.integers(12, 220))
def test_no_cell_takes_more_lines_than_it_may_where_there_is_room(made: FittedTable, width: int):
    layout, blocks = fit(made.grid, width)
    for block in blocks:
        heights = [
            wrapped(layout.text(line[at]), wide).count("\n") + 1
            for at, wide in zip(block.columns, block.widths, strict=True)
            for line in layout.grid.lines
            if not layout.grid.columns[at].number
        ]
        assert max(heights) <= layout.lines or not layout.fits(block.columns, width)


def narrowest(grid: Grid, short: bool) -> int:
    """Of the blocks of two columns, the first one and another, the widest: nothing is narrower."""

    def least(at: int) -> int:
        texts = [cell_text(line[at]) for line in grid.lines]
        texts = [shortened(each) for each in texts] if short else texts
        parts = grid.columns[at].name.split()
        if grid.columns[at].number:
            parts += texts
        else:
            parts += " ".join(texts).replace(" %", "_%").split()
        return max(map(cell_len, parts))

    return max(table_width([least(0), least(at)]) for at in range(1, len(grid.columns)))
