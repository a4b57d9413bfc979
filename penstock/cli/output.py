"""
Standard output and error that a reader may leave, as in `penstock status … | head -1`.

What is printed after that is dropped, and the command ends as it would have: its exit code says what it found or did,
and a transaction that it sent is followed to its end. A full disk behind them is named.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import IO, Any


class _Left(io.FileIO):
    """A descriptor whose reader may leave. name : in what is said of it."""

    reader_left = False

    def __init__(self, descriptor: int, label: str) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.label = label

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError as error:
            nothing = os.open(os.devnull, os.O_WRONLY)  # takes the rest, so that nothing fails a second time
            os.dup2(nothing, self.fileno())
            os.close(nothing)
            if error.errno != errno.EPIPE:
                raise OSError(error.errno, error.strerror, self.label) from None
            _Left.reader_left = True
            return len(data)


def reader_left() -> bool:
    """Whether nobody reads any more what is printed: for a command that prints until it is stopped."""
    return _Left.reader_left


def flush() -> None:
    """Prints what is left now, while a failure can still be reported."""
    if sys.stdout is not None:  # as it is where a shell closed it
        sys.stdout.flush()


def guard() -> None:
    """Puts both in place, unless something else has taken theirs."""
    # A terminal that lacks a character still shows the numbers.
    sys.stdout = _guarded(sys.stdout, sys.__stdout__, "standard output", "replace")
    sys.stderr = _guarded(sys.stderr, sys.__stderr__, "standard error", "backslashreplace")


def _guarded(stream: Any, original: IO[str] | None, label: str, errors: str) -> Any:
    if stream is not original or not isinstance(stream, io.TextIOWrapper):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
        return stream
    stream.flush()
    buffer = io.BufferedWriter(_Left(stream.fileno(), label))
    return io.TextIOWrapper(buffer, stream.encoding, errors, line_buffering=stream.line_buffering)
