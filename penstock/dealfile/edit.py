"""Changes values of a deal file's text and leaves the rest, comments too, as it is."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from penstock.dealfile.errors import DealFileError
from penstock.dealfile.positions import Path
from penstock.dealfile.source import parse
from penstock.extras import require


def edited(text: str, name: str, changes: Mapping[Path, str]) -> str:
    """
    The text with other values; each is given as TOML, with a comment or without, at a path.

    Raises
    ------
    ExtraMissing : without tomlkit. DealFileError : for a text that is not TOML, or one that is written so that a value
    cannot be changed in place.
    """
    require("tomlkit", "structure", "changing a deal file")
    import tomlkit

    source = parse(text, name)
    expected = deepcopy(source.data)
    document = tomlkit.parse(text)
    for path, value in changes.items():
        table = _table(document, path)
        table[path[-1]] = _like(table.get(path[-1]), tomlkit.parse(f"value = {value}")["value"])
        _table(expected, path)[path[-1]] = parse(f"value = {value}", name).data["value"]
    changed = tomlkit.dumps(document)
    if _read(changed) != expected:
        at = next(iter(changes))
        accepted = "each table under a header of its own, as docs/DEALFILE.md writes them"
        raise DealFileError(name, source.line(at), source.key(at), "", "cannot be changed in place", accepted)
    return changed


def _like(old: Any, new: Any) -> Any:
    """A table that was written under a header of its own is written so again."""
    from tomlkit import table
    from tomlkit.items import InlineTable, Table

    if not (isinstance(old, Table) and isinstance(new, InlineTable)):
        return new
    found = table()
    for key, value in new.items():
        found[key] = value
    return found


def _table(data: Any, path: Path) -> Any:
    for part in path[:-1]:
        data = data[part]
    return data


def _read(text: str) -> Any:
    try:
        return parse(text, "").data
    except DealFileError:
        return None
