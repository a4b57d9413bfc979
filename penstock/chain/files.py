"""Writing a file whole or not at all, whoever reads it meanwhile; reading JSON whatever is in it."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_whole(file: Path, text: str) -> None:
    """Puts a text in a file's place, and makes its folder. Raises OSError, and leaves what was there."""
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
    """JSON as Python values. Raises ValueError, for what is nested too deeply as well."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
