"""The base class of every error a user can see."""

from __future__ import annotations

from penstock.format import one_line


class PenstockError(Exception):
    """Anything Penstock refuses; its text is the one line that is printed."""


class FileRefused(PenstockError):
    """A file that cannot be read at all: missing, a directory, not UTF-8."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{one_line(file)}: {one_line(reason)}")
        self.file, self.reason = file, reason
