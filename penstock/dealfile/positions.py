"""The line of each key in a TOML text, which TOML parsers do not report.

A TOML parser has already accepted the text, so the scanner can rely on its syntax.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")
_BASIC = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LITERAL = re.compile(r"'[^']*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL)


def locate(text: str) -> dict[Path, int]:
    """The line of every table, key and list item, by path: ("tranche", 0, "face") → 12."""
    return _Scanner(text).scan()


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of a path, or of the nearest table or key that contains it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.breaks = [match.end() for match in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # how many tables each array of tables has so far

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip() < len(self.text):
            line = self._line()
            if self.text.startswith("[[", self.at):
                self.at += 2
                path = self._resolve(self._key())
                index = self.tables.get(path, 0)
                self.tables[path] = index + 1
                table = (*path, index)
                self.lines.setdefault(path, line)
                self.lines[table] = line
                self.at += 2
            elif self.text[self.at] == "[":
                self.at += 1
                table = self._resolve(self._key())
                self.lines.setdefault(table, line)
                self.at += 1
            else:
                self._pair(table)
        return self.lines

    def _pair(self, table: Path) -> None:
        line, key = self._line(), self._key()
        for length in range(1, len(key) + 1):
            self.lines.setdefault(table + key[:length], line)
        self.at += 1  # the sign
        self._value(table + key)

    def _value(self, path: Path) -> None:
        self._skip()
        start = self.text[self.at : self.at + 1]
        if start == "[":
            self._items(path, "]", inline_table=False)
        elif start == "{":
            self._items(path, "}", inline_table=True)
        elif start in ('"', "'"):
            self._string()
        else:
            self._match(_SCALAR)

    def _items(self, path: Path, end: str, inline_table: bool) -> None:
        self.at += 1
        index = 0
        while self._skip() < len(self.text) and self.text[self.at] != end:
            if inline_table:
                self._pair(path)
            else:
                item = (*path, index)
                self.lines[item] = self._line()
                self._value(item)
            index += 1
            if self.text.startswith(",", self._skip()):
                self.at += 1
        self.at += 1

    def _key(self) -> tuple[str, ...]:
        """The parts of a key, and past the blanks behind it."""
        parts = []
        while True:
            self._skip()
            if self.text[self.at] in ('"', "'"):
                quoted = self._string()
                parts.append(quoted[1:-1])
            else:
                parts.append(self._match(_BARE))
            if not self.text.startswith(".", self._skip()):
                return tuple(parts)
            self.at += 1

    def _string(self) -> str:
        for opening, pattern in (('"""', _LONG_BASIC), ("'''", _LONG_LITERAL), ('"', _BASIC), ("'", _LITERAL)):
            if self.text.startswith(opening, self.at):
                return self._match(pattern)
        raise AssertionError("not at a string")

    def _resolve(self, key: tuple[str, ...]) -> Path:
        """A table's name as a path; a name below an array of tables refers to its latest table."""
        path: Path = ()
        for position, part in enumerate(key):
            path = (*path, part)
            if path in self.tables and position < len(key) - 1:
                path = (*path, self.tables[path] - 1)
        return path

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None or not found.group():
            raise ValueError(f"unreadable at character {self.at}")
        self.at = found.end()
        return found.group()

    def _skip(self) -> int:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _line(self) -> int:
        return bisect_right(self.breaks, self.at) + 1
