"""Reads a list of holders: one address a line, or a table with a column of them, such as `penstock holders` writes."""

from __future__ import annotations

import csv
from pathlib import Path

from penstock.addresses import is_address, is_spelled_right
from penstock.errors import PenstockError
from penstock.evm.codec import Address, checksum
from penstock.files import read_text

COLUMNS = ("holder", "address")


class HolderListRefused(PenstockError):
    """A list of holders with a line that names none."""


def read_holders(file: Path) -> list[Address]:
    """
    The addresses of a file, each once, in its order. Empty lines, and what follows a #, are not read.

    Raises
    ------
    FileRefused : when it cannot be read. HolderListRefused : for the first line without an address, and for no holder.
    """
    found: dict[Address, None] = {}
    column: int | None = None
    for number, line in enumerate(read_text(file).lstrip("\ufeff").splitlines(), 1):
        cells = [cell.strip() for cell in next(csv.reader([line.split("#")[0]], delimiter=_separator(line)), [])]
        if not any(cells):
            continue
        if column is None:
            named = [place for place, cell in enumerate(cells) if cell.lower() in COLUMNS]
            column = named[0] if named else 0
            if named:
                continue
        found[_address(file, number, cells[column] if column < len(cells) else "")] = None
    if not found:
        raise HolderListRefused(f"{file}: no holder is in it; accepted: one address a line, or a column named holder")
    return list(found)


def _separator(line: str) -> str:
    return max(",;\t", key=line.count)


def _address(file: Path, line: int, text: str) -> Address:
    if not is_address(text) or int(text, 16) == 0:
        raise HolderListRefused(
            f"{file}:{line}: {text!r} is not an address; accepted: 0x and 40 hexadecimal digits, not all zero"
        )
    right = checksum(text)
    if not is_spelled_right(text):
        raise HolderListRefused(f"{file}:{line}: {text!r} has a wrong checksum; accepted: {right}, if that is meant")
    return right
