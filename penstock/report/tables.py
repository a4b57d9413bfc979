"""Tables for people, as wide as the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from penstock.report.cells import Amount, Cell, Scale
from penstock.report.fit import Block, Column, Grid, Layout, fit, table_width, wrapped

WIDEST = 10_000


class Page(Console):
    """Standard output, where a table that cannot be made as narrow as the terminal is not cut."""

    def print(self, *objects: Any, **more: Any) -> None:
        super().print(*objects, **{"crop": False, **more})


def console() -> Page:
    """As wide as the terminal, or as COLUMNS says; without either, as in a pipe, tables have their full width."""
    width = _width()
    return Page(width=width or WIDEST, soft_wrap=width is None, highlight=False, markup=False, emoji=False)


def _width() -> int | None:
    asked = os.environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit() and int(asked):
        return min(int(asked), WIDEST)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None if sys.stdout else None
    except (OSError, ValueError):  # no terminal, or no file at all
        return None


def table(
    title: str,
    left: Sequence[str],
    right: Sequence[str] = (),
    rows: Iterable[Sequence[Cell]] = (),
    after: Sequence[str] = (),
    total: Sequence[Cell] | None = None,
    unit: str = "",
) -> RenderableType:
    """
    A table that fits the console; cells are printed literally, never as markup.

    Parameters
    ----------
    left, right, after : names of the columns: of text, then of numbers, then of text again.
    total : a last row, set apart. unit : what amounts are in, such as USDC.
    """
    columns = [Column(name) for name in left] + [Column(name, number=True) for name in right]
    columns += [Column(name) for name in after]
    cells = tuple(tuple(row) for row in rows)
    return FittedTable(title, Grid(tuple(columns), cells, None if total is None else tuple(total)), unit)


@dataclass(frozen=True)
class FittedTable:
    """A grid with a title, laid out for the width it is printed at."""

    title: str
    grid: Grid
    unit: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        layout, blocks = fit(self.grid, options.max_width)
        yield Text(self.title, style="bold")
        if layout.scale:
            yield Text(self._scale_line(layout.scale))
        for at, block in enumerate(blocks):
            if at:
                yield Text("")
            yield _drawn(layout, block)
        if layout.left_out:
            yield Text(f"left out, because zero or empty: {', '.join(layout.left_out)}")
        if layout.scale and self.grid.total:
            yield Text(self._total_line(layout, self.grid.total))

    def _scale_line(self, scale: Scale) -> str:
        if scale is Scale.WHOLE:
            return f"in whole {self.unit or 'coins'}, rounded down"
        return f"in thousands{f' of {self.unit}' if self.unit else ''}, rounded down"

    def _total_line(self, layout: Layout, total: Sequence[Cell]) -> str:
        """The sums to the last digit."""
        exact = [
            f"{self.grid.columns[at].name} {replace(cell, exact=True).text()}"
            for at in layout.shown
            if isinstance(cell := total[at], Amount)
        ]
        return f"total in full: {', '.join(exact)}"


def _drawn(layout: Layout, block: Block) -> Table:
    """A block as lines; its widths are given, so that nothing is wrapped again."""
    made = Table(header_style="bold", show_edge=False, width=table_width(block.widths))
    columns = [(at, layout.grid.columns[at], width) for at, width in zip(block.columns, block.widths, strict=True)]
    for _, column, width in columns:
        heading = Text(wrapped(column.name, width))
        made.add_column(heading, justify="right" if column.number else "left", width=width)
    for line in layout.grid.lines:
        if line is layout.grid.total:
            made.add_section()
        made.add_row(*(_drawn_cell(layout.text(line[at]), column, width) for at, column, width in columns))
    return made


def _drawn_cell(text: str, column: Column, width: int) -> Text:
    return Text(text if column.number else wrapped(text, width))


def spaced(parts: Sequence[RenderableType]) -> Group:
    """The parts of a page with an empty line between them."""
    lines: list[RenderableType] = []
    for part in parts:
        lines += [part, Text("")]
    return Group(*lines[:-1])
