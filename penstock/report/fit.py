"""
Fits a table into a width without cutting a word or a number.

In this order, until it fits: headings and text wrap at spaces and after the + of `a+b`, into two lines; columns that
say nothing are left out, and named; addresses and hashes are shortened, unless two would look alike; text wraps into
three lines; amounts are written in whole coins, then in thousands, unless one other than zero would become 0. What
still does not fit is split into blocks of columns, each with the first column repeated and with amounts in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from penstock.report.cells import Amount, Cell, Scale, cell_text, hex_words, is_blank, shortened, words

BETWEEN = 3  # a space, a line and a space between two columns
EDGES = 2  # a space at either end
FEW_LINES, MANY_LINES = 2, 3  # of a cell; more are hard to read, and are there only where nothing else helps


@dataclass(frozen=True)
class Column:
    """number : right-aligned, and its cells are never wrapped."""

    name: str
    number: bool = False


@dataclass(frozen=True)
class Grid:
    """A table before it is fitted; every row, and the total if there is one, has a cell for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        return self.rows if self.total is None else (*self.rows, self.total)


@dataclass(frozen=True)
class Layout:
    """
    How a grid is shown.

    shown : the columns by index. short : whether addresses and hashes are shortened. lines : the most a cell may take.
    """

    grid: Grid
    shown: tuple[int, ...]
    scale: Scale = Scale.FULL
    short: bool = False
    lines: int = FEW_LINES

    @property
    def left_out(self) -> list[str]:
        """The names of the columns that say nothing and are not shown."""
        return [column.name for at, column in enumerate(self.grid.columns) if at not in self.shown]

    def text(self, cell: Cell) -> str:
        text = cell_text(cell, self.scale)
        return shortened(text) if self.short else text

    def least(self, at: int) -> int:
        """The narrowest a column can be: its longest number or word."""
        heading, *texts = self._texts(at)
        parts = texts if self.grid.columns[at].number else [word for text in texts for word, _ in words(text)]
        return max(map(cell_len, [*(word for word, _ in words(heading)), *parts]))

    def natural(self, at: int) -> int:
        """The width at which nothing in a column is wrapped."""
        return max(map(cell_len, self._texts(at)))

    def readable(self, at: int) -> int:
        """The narrowest a column can be while nothing in it takes more than `lines`."""
        width, texts = self.least(at), set(self._texts(at))
        while any(wrapped(text, width).count("\n") >= self.lines for text in texts):
            width += 1
        return width

    def fits(self, columns: Sequence[int], width: int) -> bool:
        return table_width([self.readable(at) for at in columns]) <= width

    def _texts(self, at: int) -> list[str]:
        """The heading of a column and its cells."""
        return [self.grid.columns[at].name, *(self.text(line[at]) for line in self.grid.lines)]


@dataclass(frozen=True)
class Block:
    """Columns that are printed side by side, and the width of each."""

    columns: tuple[int, ...]
    widths: tuple[int, ...]


def fit(grid: Grid, width: int) -> tuple[Layout, list[Block]]:
    """The layout of a grid, and its blocks; one block unless the grid must be split."""
    for layout in _layouts(grid):
        if layout.fits(layout.shown, width):
            return layout, [_block(layout, layout.shown, width)]
    layout = replace(layout, scale=Scale.FULL, lines=FEW_LINES)
    return layout, [_block(layout, columns, width) for columns in _split(layout, width)]


def table_width(widths: Sequence[int]) -> int:
    """Of columns of these widths, with what is between them and at the edges."""
    return sum(widths) + BETWEEN * (len(widths) - 1) + EDGES


def wrapped(text: str, width: int) -> str:
    """A text wrapped at spaces and between targets that share a rung; a word that is too long stays whole."""
    lines = [""]
    for word, glue in words(text):
        longer = f"{lines[-1]}{glue}{word}" if lines[-1] else word
        if cell_len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _layouts(grid: Grid) -> Iterator[Layout]:
    """From what shows most to what takes least room."""
    layout = Layout(grid, tuple(range(len(grid.columns))))
    yield layout
    speaking = [at for at in layout.shown[1:] if not all(is_blank(line[at]) for line in grid.lines)]
    if speaking:
        layout = replace(layout, shown=(0, *speaking))
        yield layout
    if _tells_apart(grid):
        layout = replace(layout, short=True)
        yield layout
    for scale in Scale:
        if all(cell.survives(scale) for line in grid.lines for cell in line if isinstance(cell, Amount)):
            yield replace(layout, scale=scale)
            yield replace(layout, scale=scale, lines=MANY_LINES)


def _tells_apart(grid: Grid) -> bool:
    """Whether all addresses and hashes of a grid are still different when they are shortened."""
    found = {each.lower() for line in grid.lines for cell in line for each in hex_words(cell_text(cell))}
    return len({shortened(each) for each in found}) == len(found)


def _split(layout: Layout, width: int) -> list[tuple[int, ...]]:
    """Columns for each block: the first one, and then as many others as fit, at least one."""
    first, *others = layout.shown
    blocks = [[first]]
    for at in others:
        wider = [*blocks[-1], at]
        if len(blocks[-1]) == 1 or layout.fits(wider, width):
            blocks[-1] = wider
        else:
            blocks.append([first, at])
    return [tuple(block) for block in blocks]


def _block(layout: Layout, columns: tuple[int, ...], width: int) -> Block:
    """Gives the columns that are narrower than they need what room there is, the narrowest first."""
    widths = [layout.readable(at) if layout.fits(columns, width) else layout.least(at) for at in columns]
    natural = [layout.natural(at) for at in columns]
    for _ in range(width - table_width(widths)):
        wrapping = [at for at, most in enumerate(natural) if widths[at] < most]
        if not wrapping:
            break
        widths[min(wrapping, key=widths.__getitem__)] += 1
    return Block(columns, tuple(widths))
