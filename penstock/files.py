"""Writes a file whole or not at all; reads text and JSON, and refuses the rest by name."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from penstock.errors import FileRefused


def write_whole(file: Path, text: str) -> None:
    """Replaces a file's content at once; creates its folder. Raises OSError, and leaves the old content."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".", delete=False, encoding="utf-8") as part:
        try:
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
            os.chmod(part.name, 0o644)
            os.replace(part.name, file)
        except BaseException:
            os.unlink(part.name)
            raise


def parse_json(text: str) -> Any:
    """JSON as Python values. Raises ValueError, also for JSON that is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_text(path: str | Path) -> str:
    """A file as text; a byte-order mark is dropped. Raises FileRefused."""
    name = str(path)
    try:
        raw = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise FileRefused(name, getattr(error, "strerror", None) or str(error)) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileRefused(f"{name}:{line}", f"not UTF-8 text at byte {error.start + 1}") from None
