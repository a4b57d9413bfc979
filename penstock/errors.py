"""The base class of every error a user can see."""

from __future__ import annotations

from penstock.format import one_line


class PenstockError(Exception):
    """
    Anything Penstock refuses; its text is the one line that is printed, whatever a node, contract or file put in it.

    Attributes
    ----------
    is_list : of a class whose text is a list of lines.
    """

    is_list = False

    def __init__(self, text: str) -> None:
        lines = text.split("\n") if self.is_list else [text]
        super().__init__("\n".join(map(one_line, lines)))


class FileRefused(PenstockError):
    """A file that cannot be read at all: missing, a directory, not UTF-8."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


class FileNotWritten(PenstockError):
    """A file that cannot be written: a full disk, a read-only folder."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: not written: {reason}; accepted: a place that can be written to and has room")
        self.file, self.reason = file, reason
