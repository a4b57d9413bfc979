"""Reads tables as people have them: CSV by comma, semicolon or tab, of a spreadsheet or of pandas; UTF-8 or UTF-16."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from penstock.dealfile.errors import TableError, shown
from penstock.errors import FileRefused
from penstock.files import decode

SEPARATORS = (",", ";", "\t")
OTHER_SEPARATORS = {"|": "vertical bars", ":": "colons", " ": "spaces"}
_ACCEPTED_SEPARATORS = "commas, semicolons or tabs"
_ACCEPTED_FILE = 'text; in a spreadsheet, File, Save As, "CSV UTF-8 (comma delimited)"'
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MIMETYPE_AT = 38  # of an OpenDocument file, whose first part it is
_MOST_NAMED = 8


@dataclass(frozen=True)
class Layout:
    """
    What a table of one kind must look like.

    columns : the names that are read. required : those that must be there. header : as refusals show it.
    index : the column that a first one without a name is, or None; of pandas, which leaves the index without a name.
    unlisted : names that are read too, and that no message suggests.
    """

    error: type[TableError]
    header: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    index: str | None = None
    unlisted: tuple[str, ...] = ()

    def reads(self, name: str) -> bool:
        return name in self.columns or name in self.unlisted


@dataclass(frozen=True)
class Row:
    """The cells of a row by their column, without the spaces around them."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """
    rows : at least one. separator : what is between cells. notes : what was left out, one line each.
    """

    rows: tuple[Row, ...]
    separator: str
    notes: tuple[str, ...]


def table_text(raw: bytes, name: str) -> str:
    """The text of a table's file. Raises FileRefused, for a spreadsheet with how to save it."""
    what = _binary_kind(raw)
    if what:
        raise FileRefused(name, f"{what}, not text; accepted: {_ACCEPTED_FILE}")
    try:
        text = decode(raw, name)
    except FileRefused as refused:
        raise FileRefused(
            refused.file, f"{refused.reason}; accepted: UTF-8, or UTF-16 with a byte-order mark"
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        reason = "a zero byte: no text, or UTF-16 without a byte-order mark"
        raise FileRefused(f"{name}:{line}", f"{reason}; accepted: UTF-8, or UTF-16 with a byte-order mark")
    return text


def read_table(text: str, name: str, layout: Layout) -> Table:
    """The rows of a table's text; `name` is what refusals call the file. Raises the layout's error."""
    return _Reader(name, layout).read(text)


def column_name(text: str) -> str:
    """A column's name as it is compared: "Asset Value " → "asset_value"."""
    return "_".join(text.strip().lower().replace("-", " ").split())


def _binary_kind(raw: bytes) -> str | None:
    """What a file is that is not text, if that can be seen."""
    if raw.startswith(_OLD_WORKBOOK):
        return "a workbook of an old Excel (.xls)"
    if not raw.startswith(b"PK\x03\x04"):
        return None
    try:
        names = zipfile.ZipFile(io.BytesIO(raw)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        names = []
    if any(each.startswith("xl/") for each in names):
        return "an Excel workbook (.xlsx)"
    if raw[_MIMETYPE_AT:].startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return "an OpenDocument spreadsheet (.ods)"
    return "a zip archive, as spreadsheets are"


def _count_upwards(cells: Sequence[str]) -> bool:
    """Whether cells are whole numbers, each above the one before, as row numbers are."""
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 20 for cell in cells):
        return False
    return all(int(one) < int(other) for one, other in pairwise(cells))


class _Reader:
    def __init__(self, name: str, layout: Layout) -> None:
        self.name, self.layout, self.separator = name, layout, ","

    def read(self, text: str) -> Table:
        self.separator = self._separator(text)
        lines = list(self._lines(text, self.separator))
        if not lines:
            raise self._refuse(1, "", "empty", self.layout.header)
        (at, header), *rows = lines
        names = [column_name(cell) for cell in header]
        if names[0] or not rows:
            self._check_names(at, header, names)
        if not rows:
            accepted = f"{self.layout.header} and rows"
            raise self._refuse(at, self._joined(header), "a header without rows", accepted)
        rows = [(line, self._fitted(line, cells, len(names))) for line, cells in rows]
        numbered = False
        if not names[0]:
            first = [cells[0] for _, cells in rows]
            numbered = _count_upwards(first)
            if any(first) and not numbered:
                names[0] = self._index(at, header, names)
            self._check_names(at, header, names)
        self._check_nameless(names, rows)
        found = tuple(Row(line, dict(zip(names, cells, strict=True))) for line, cells in rows)
        return Table(found, self.separator, self._notes(header, names, numbered))

    def _separator(self, text: str) -> str:
        """What separates the names of the header: the one that gives the columns which must be there."""
        best, most = ",", 0
        for separator in SEPARATORS:
            try:
                header = next((cells for _, cells in self._lines(text, separator)), [])
            except TableError:
                continue
            names = [column_name(cell) for cell in header]
            needed = set(self.layout.required) - ({self.layout.index} if names[:1] == [""] else set())
            if needed.issubset(names):
                return separator
            if len(names) > most:
                best, most = separator, len(names)
        return best

    def _lines(self, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
        """Every line that is not blank, with its number; but for a first line `sep=;`, which is for Excel."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise self._refuse(line, "", f"not CSV: {error}", self.layout.header) from None
            if cells is None:
                return
            cells = [cell.strip() for cell in cells]
            if any(cells) and not (line == 1 and cells[0] == "sep="):
                yield line, cells
            line = reader.line_num + 1

    def _refuse(self, line: int, value: str, reason: str, accepted: str) -> TableError:
        return self.layout.error(self.name, line, "", value, reason, accepted)

    def _joined(self, cells: Sequence[str]) -> str:
        """A line as it was written, but for its quotes."""
        return self.separator.join(cells)

    def _fitted(self, line: int, cells: list[str], width: int) -> list[str]:
        """The cells of a row, as many as the header has; empty ones beyond it are dropped."""
        kept = cells[:width] if not any(cells[width:]) else cells
        if len(kept) != width:
            reason = f"{len(kept)} {'value' if len(kept) == 1 else 'values'}"
            raise self._refuse(line, self._joined(cells), reason, f"{width} values, as in the header")
        return kept

    def _index(self, line: int, header: Sequence[str], names: Sequence[str]) -> str:
        """What a first column without a name is."""
        if self.layout.index is None or self.layout.index in names:
            reason = "the first column has no name and does not count the rows"
            raise self._refuse(line, self._joined(header), reason, f"a name for it, or {self.layout.header}")
        return self.layout.index

    def _check_names(self, line: int, header: Sequence[str], names: Sequence[str]) -> None:
        layout, written = self.layout, self._joined(header)
        if len(names) == 1:
            if any(sign in written for sign in SEPARATORS):
                raise self._refuse(line, written, "the whole line is in quotes", "cells, each in quotes or none")
            other = next((words for sign, words in OTHER_SEPARATORS.items() if sign in written.strip()), None)
            if other:
                raise self._refuse(line, written, f"columns separated by {other}", _ACCEPTED_SEPARATORS)
        for needed in layout.required:
            if needed not in names:
                close = get_close_matches(needed, names)
                like = f'; is it "{close[0]}"?' if close else ""
                raise self._refuse(line, written, f'no column "{needed}"{like}', layout.header)
        for at, name in enumerate(names):
            if layout.reads(name) and name in names[:at]:
                raise self._refuse(line, name, "the same column twice", layout.header)
            close = get_close_matches(name, layout.columns, cutoff=0.8)
            if not layout.reads(name) and close and close[0] not in names:
                accepted = f"{close[0]}, or a name less like it"
                raise self._refuse(line, header[at], f'did you mean "{close[0]}"?', accepted)

    def _check_nameless(self, names: Sequence[str], rows: Sequence[tuple[int, list[str]]]) -> None:
        """An unquoted amount such as 1,000 would leave its second half in a column that spreadsheets add."""
        for line, cells in rows:
            for name, cell in list(zip(names, cells, strict=True))[1:]:
                if cell and not name:
                    accepted = "a name in the header; amounts have no commas"
                    raise self._refuse(line, cell, "a value in a column without a name", accepted)

    def _notes(self, header: Sequence[str], names: Sequence[str], numbered: bool) -> tuple[str, ...]:
        columns = self.layout.columns
        left_out = []
        if numbered:
            left_out.append("the first column, which counts the rows")
        for name, text in zip(names, header, strict=True):
            if name and not self.layout.reads(name):
                close = get_close_matches(name, [each for each in columns if each not in names], cutoff=0.5)
                left_out.append(shown(text) + (f" (did you mean {close[0]}?)" if close else ""))
        if not left_out:
            return ()
        more = len(left_out) - _MOST_NAMED
        words = ", ".join(left_out[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return (f"not read: {words}; columns that are read: {', '.join(columns)}",)
