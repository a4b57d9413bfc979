"""A meter's fleet: its devices and their capacities, from a CSV file, in the order of the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from penstock.errors import PenstockError
from penstock.links.keccak import keccak
from penstock.links.sumtree import Leaf, Tree, build

_KEY = re.compile(r"0x[0-9a-f]{64}")
MAX_CAPACITY = 2**64 - 1


class FileFault(PenstockError):
    """A line of a CSV file that cannot be used: file, line, what, and what is accepted."""

    def __init__(self, file: str, line: int, fault: str) -> None:
        super().__init__(f"{file}:{line}: {fault}")
        self.line = line


@dataclass(frozen=True)
class Fleet:
    """
    Devices in the order of their file.

    Attributes
    ----------
    names : as in the file. tree : of their capacities, in W, GPUs or tokens a second.
    """

    names: tuple[str, ...]
    tree: Tree

    @property
    def keys(self) -> tuple[bytes, ...]:
        return tuple(leaf.key for leaf in self.tree.leaves)


def key_of(device: str) -> bytes:
    """What a leaf has for a device: 0x and 64 digits are the key itself, any other name is hashed."""
    return bytes.fromhex(device[2:]) if _KEY.fullmatch(device) else keccak(device.encode())


def parse_fleet(text: str, file: str) -> Fleet:
    """
    The fleet of a CSV file with the columns device and capacity.

    Raises
    ------
    FileFault : a line without them, a device twice, a capacity that is no whole number, or no device at all.
    """
    names: dict[str, int] = {}
    leaves: dict[bytes, Leaf] = {}
    for line, (device, capacity) in rows(text, file, ("device", "capacity")):
        amount = whole(capacity)
        if amount is None:
            raise FileFault(
                file, line, f"capacity {capacity!r} is not a whole number; accepted: W, GPUs or tokens a second"
            )
        if not device:
            raise FileFault(file, line, "no device; accepted: its name, or a key of 0x and 64 digits")
        if (key := key_of(device)) in leaves:
            raise FileFault(
                file, line, f"device {device!r} is listed before, in line {names[device]}; accepted: each once"
            )
        names[device], leaves[key] = line, Leaf(key, amount)
    if not leaves:
        raise FileFault(file, 1, "no device; accepted: one or more, a line each")
    if sum(each.amount for each in leaves.values()) > MAX_CAPACITY:
        raise FileFault(file, 1, "the capacities add up to 2^64 or more")
    return Fleet(tuple(names), build(list(leaves.values())))


def rows(text: str, file: str, columns: tuple[str, ...]) -> Iterable[tuple[int, tuple[str, ...]]]:
    """
    Lines of a CSV file by number, with the values of these columns.

    Raises
    ------
    FileFault : a column is missing, or a line has more or fewer values than the first.
    """
    reader = csv.reader(io.StringIO(text, newline=""))
    head = [each.strip() for each in next(reader, [])]
    missing = [each for each in columns if each not in head]
    if missing:
        accepted = f"accepted: {', '.join(columns)}"
        raise FileFault(
            file, 1, f"no column {missing[0]!r}; the first line has {', '.join(head) or 'nothing'}; {accepted}"
        )
    places = [head.index(each) for each in columns]
    for values in reader:
        if not values:
            continue
        if len(values) != len(head):
            raise FileFault(file, reader.line_num, f"{len(values)} values; accepted: {len(head)}, as in the first line")
        yield reader.line_num, tuple(values[place].strip() for place in places)


def whole(text: str) -> int | None:
    """A whole number of 0 or more; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() else None


def shared_devices(fleets: dict[str, Fleet]) -> list[tuple[str, list[str]]]:
    """Devices that several fleets list, by key, with the names of the fleets: the chain cannot see that."""
    owners: dict[bytes, list[str]] = {}
    for name, fleet in fleets.items():
        for key in fleet.keys:
            owners.setdefault(key, []).append(name)
    return [("0x" + key.hex(), names) for key, names in owners.items() if len(names) > 1]
