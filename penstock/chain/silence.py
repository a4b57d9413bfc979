"""A node that gives no answer for a while: somebody who waits is told, once, also while a request hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

SILENT_SECONDS = 5.0


class Silence:
    """said : is told in a line. line : what it is told, after SILENT_SECONDS without an answer."""

    def __init__(self, said: Callable[[str], None], line: str) -> None:
        self._said, self._line = said, line
        self._since: float | None = None
        self._told = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """One request: an answer ends the silence, an exception goes on with it."""
        began = time.monotonic()
        self._since = began if self._since is None else self._since
        left = self._since + SILENT_SECONDS - began
        if left <= 0:
            self._tell()
        timer = Timer(max(left, 0.0), self._tell)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        self._since, self._told = None, False

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._said(self._line)
