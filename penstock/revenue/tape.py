"""The tape of a pool: one line an asset."""

from __future__ import annotations

from pathlib import Path

from penstock.dealfile.errors import TableError
from penstock.dealfile.table import Layout, read_table, table_text
from penstock.files import read_bytes

MOST_ASSETS = 1_000_000
_COLUMNS = ("lease", "due", "region", "offtaker")
_MOST = 10**9


class TapeError(TableError):
    """A mistake in a tape."""


def read_tape(file: Path) -> list[tuple[int, int, int]]:
    """What each asset owes a month in whole coins, its region and its offtaker. Raises FileRefused, TapeError."""
    name = str(file)
    layout = Layout(TapeError, ",".join(_COLUMNS), _COLUMNS, _COLUMNS)
    table = read_table(table_text(read_bytes(file), name), name, layout)
    found: list[tuple[int, int, int]] = []
    seen: dict[str, int] = {}
    for row in table.rows:
        lease = row.cells["lease"]
        if lease in seen:
            raise TapeError(
                name, row.line, "lease", lease, f"pledged twice: also on line {seen[lease]}", "each lease once"
            )
        seen[lease] = row.line
        figures = []
        for column in _COLUMNS[1:]:
            text = row.cells[column]
            if not (text.isascii() and text.isdigit()) or int(text[:20]) > _MOST:
                accepted = f"a whole number from 0 to {_MOST:,}"
                raise TapeError(name, row.line, column, text, "not a whole number, or too large", accepted)
            figures.append(int(text))
        found.append((figures[0], figures[1], figures[2]))
    if not sum(due for due, _, _ in found) or len(found) > MOST_ASSETS:
        raise TapeError(
            name, 1, "due", "", "nothing is due, or too many assets", f"1 to {MOST_ASSETS:,} assets that owe something"
        )
    return found
