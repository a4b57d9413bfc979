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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any


class _Output(io.TextIOWrapper):
    """
    A stream whose reader may leave. label : what it is called in an error.

    The text is caught here and not below the buffer: Ctrl-C between a write below and its return would print twice.
    """

    label = ""
    reader_left = False

    def write(self, text: str) -> int:
        with self._watched():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._watched():
            super().flush()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            nothing = os.open(os.devnull, os.O_WRONLY)  # takes the rest, so that nothing fails a second time
            os.dup2(nothing, self.fileno())
            os.close(nothing)
            if error.errno != errno.EPIPE:
                raise OSError(error.errno, error.strerror, self.label) from None
            _Output.reader_left = True


def reader_left() -> bool:
    """Whether nobody reads any more what is printed: for a command that prints until it is stopped."""
    return _Output.reader_left


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
    buffer = io.BufferedWriter(io.FileIO(stream.fileno(), "w", closefd=False))
    made = _Output(buffer, stream.encoding, errors, line_buffering=stream.line_buffering)
    made.label = label
    return made
