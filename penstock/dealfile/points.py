"""Whether the points in the amounts of a file are decimal signs."""

from __future__ import annotations

import re

_MAYBE_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}", re.ASCII)


class Points:
    """
    Finds amounts such as 30.000 that can be thirty or thirty thousand.

    Where the decimal sign is a comma, spreadsheets separate thousands by a point, and cells by a semicolon or a tab.
    One amount with a point that cannot separate thousands, such as 0.5, settles it for the whole file.
    """

    def __init__(self, separator: str) -> None:
        self._certain = separator == ","
        self._doubtful: tuple[int, str, str] | None = None

    def saw(self, line: int, column: str, text: str) -> None:
        """Takes note of an amount of the file."""
        if _MAYBE_THOUSANDS.fullmatch(text):
            self._doubtful = self._doubtful or (line, column, text)
        elif "." in text:
            self._certain = True

    def fault(self) -> tuple[int, str, str, str, str] | None:
        """Line, column, text, reason and what is accepted, of the first amount that can be either."""
        if self._certain or self._doubtful is None:
            return None
        text = self._doubtful[2]
        reason = "the point may be the decimal sign or separate thousands"
        return *self._doubtful, reason, f"{text.replace('.', '')}, or {text}0"
