"""Writes a file whole or not at all; reads text and JSON, and refuses the rest by name."""

from __future__ import annotations

import codecs
import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from penstock.errors import FileNotWritten, FileRefused

STANDARD_INPUT = "-"
"""What means standard input where a command takes a file's name."""
_MARKS = {codecs.BOM_UTF8: "UTF-8", codecs.BOM_UTF16_LE: "UTF-16-LE", codecs.BOM_UTF16_BE: "UTF-16-BE"}


@contextmanager
def writing(file: Path) -> Iterator[None]:
    """Names the file in whatever the system says against writing it. Raises FileNotWritten."""
    try:
        yield
    except OSError as error:
        raise FileNotWritten(str(file), error.strerror or str(error)) from None


def write_whole(file: Path, text: str) -> None:
    """
    Replaces a file's content at once; creates its folder. A new file has the permissions that the umask leaves, one
    that is replaced keeps its own.

    Raises
    ------
    FileNotWritten : and leaves the old content.
    """
    with writing(file):
        if file.exists() and not file.is_file():  # a device or a pipe has nothing to keep whole
            file.write_text(text, encoding="utf-8")
            return
        file = file.resolve()  # what a link leads to, not the link
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{token_hex(8)}")
        try:
            with part.open("x", encoding="utf-8") as held:
                held.write(text)
                held.flush()
                os.fsync(held.fileno())
            with suppress(FileNotFoundError):
                part.chmod(stat.S_IMODE(file.stat().st_mode))
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def parse_json(text: str) -> Any:
    """JSON as Python values. Raises ValueError, also for JSON that is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_text(path: str | Path) -> str:
    """A file as text: UTF-8, or UTF-16 that begins with a byte-order mark. Raises FileRefused."""
    return decode(read_bytes(path), str(path))


def read_bytes(path: str | Path) -> bytes:
    """A file as it is. Raises FileRefused."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise FileRefused(str(path), getattr(error, "strerror", None) or str(error)) from None


def read_input(path: str | Path) -> tuple[str, bytes]:
    """What a file is called and what is in it; `-` is standard input. Raises FileRefused."""
    if str(path) != STANDARD_INPUT:
        return str(path), read_bytes(path)
    name = "standard input"
    if sys.stdin is None:
        raise FileRefused(name, "closed")
    return name, sys.stdin.buffer.read()


def decode(raw: bytes, name: str) -> str:
    """Bytes as text, without the byte-order mark; `name` is what a refusal calls them. Raises FileRefused."""
    mark = next((mark for mark in _MARKS if raw.startswith(mark)), b"")
    encoding, rest = _MARKS.get(mark, "UTF-8"), raw[len(mark) :]
    try:
        return rest.decode(encoding)
    except UnicodeDecodeError as error:
        line = rest[: error.start].decode(encoding).count("\n") + 1
        place = len(mark) + error.start + 1
        raise FileRefused(f"{name}:{line}", f"not {encoding[:6]} text at byte {place}") from None
