"""Batches on their way from readings to the chain: what is published, what is signed, and signatures, as files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError
from penstock.files import parse_json, read_text, write_whole
from penstock.links.fleet import FileFault, rows, whole
from penstock.links.meters_storage import Batch
from penstock.links.readings import Interval
from penstock.links.sumtree import Leaf, Top, Tree, build


class BatchesRefused(PenstockError):
    """A file of batches, or of signatures, that is not one, or not of these batches."""


@dataclass(frozen=True)
class Batches:
    """
    Intervals of one meter that are signed and sent together.

    Attributes
    ----------
    tops : the two children of each root.
    """

    meter: int
    batches: tuple[Batch, ...]
    tops: tuple[Top, ...]


def of_intervals(meter: int, intervals: Sequence[Interval]) -> Batches:
    made = tuple(Batch(meter, each.start, each.tree.root, each.tree.total) for each in intervals)
    return Batches(meter, made, tuple(each.tree.top for each in intervals))


def leaves_text(tree: Tree) -> str:
    """What the owner publishes of a tree: key and amount, in the order of its leaves."""
    lines = [f"0x{each.key.hex()},{each.amount}" for each in tree.leaves]
    return "\n".join(["key,amount", *lines, ""])


def parse_leaves(text: str, file: str) -> Tree:
    """
    The tree of a published file.

    Raises
    ------
    FileFault : a key that is not 32 bytes, an amount that is not a whole number, or no line.
    """
    leaves = []
    for line, (key, amount) in rows(text, file, ("key", "amount")):
        units = whole(amount)
        if units is None or len(key) != 66 or not key.startswith("0x"):
            raise FileFault(file, line, f"{key},{amount}; accepted: a key of 0x and 64 digits, and a whole number")
        try:
            leaves.append(Leaf(bytes.fromhex(key[2:]), units))
        except ValueError:
            raise FileFault(file, line, f"key {key!r}; accepted: 0x and 64 hexadecimal digits") from None
    if not leaves:
        raise FileFault(file, 1, "no leaf; accepted: one or more, a line each")
    return build(leaves)


def write(made: Batches, intervals: Sequence[Interval], folder: Path) -> Path:
    """
    Writes the readings of each interval, and last the list of batches, batches.json.

    Returns
    -------
    The list's file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for each in intervals:
        write_whole(folder / f"{each.start}.csv", leaves_text(each.tree))
    rows_of = [
        {
            "start": batch.start,
            "root": "0x" + batch.root.hex(),
            "total": str(batch.total),
            "top": [f"0x{top.left.hex()}", str(top.left_sum), f"0x{top.right.hex()}", str(top.right_sum)],
        }
        for batch, top in zip(made.batches, made.tops, strict=True)
    ]
    file = folder / "batches.json"
    write_whole(
        file, json.dumps({"schema": 1, "kind": "batches", "meter": made.meter, "batches": rows_of}, indent=1) + "\n"
    )
    return file


def read(file: Path) -> Batches:
    """
    Raises
    ------
    BatchesRefused : when `penstock meters build` did not write it.
    """
    data = _data(file, "batches")
    try:
        batches, tops = [], []
        for row in data["batches"]:
            batches.append(Batch(int(data["meter"]), int(row["start"]), _bytes(row["root"]), int(row["total"])))
            left, left_sum, right, right_sum = row["top"]
            tops.append(Top(_bytes(left), int(left_sum), _bytes(right), int(right_sum)))
    except (KeyError, TypeError, ValueError) as error:
        raise BatchesRefused(f"{file}: {error!r}; accepted: the file that penstock meters build wrote") from None
    if not batches:
        raise BatchesRefused(f"{file}: no batch; accepted: one or more")
    return Batches(batches[0].meter, tuple(batches), tuple(tops))


def write_signature(file: Path, signer: str, digest: bytes, signature: bytes) -> None:
    """One reporter's signature of all batches of a list."""
    data = {"schema": 1, "kind": "signature", "signer": signer, "digest": f"0x{digest.hex()}"}
    write_whole(file, json.dumps(data | {"signature": f"0x{signature.hex()}"}, indent=1) + "\n")


def read_signatures(files: Sequence[Path], digest: bytes) -> Mapping[str, bytes]:
    """
    Signatures of a digest by their signers, in rising order.

    Raises
    ------
    BatchesRefused : a file that is no signature, or of something else.
    """
    found: dict[str, bytes] = {}
    for file in files:
        data = _data(file, "signature")
        try:
            signer, signed, signature = str(data["signer"]), _bytes(data["digest"]), _bytes(data["signature"], 65)
        except (KeyError, TypeError, ValueError) as error:
            raise BatchesRefused(f"{file}: {error!r}; accepted: the file that penstock meters sign wrote") from None
        if signed != digest:
            raise BatchesRefused(
                f"{file}: it signs 0x{signed.hex()}, and these batches on this chain are 0x{digest.hex()}; accepted: a "
                "signature of this batches.json"
            )
        found[signer] = signature
    return dict(sorted(found.items(), key=lambda each: int(each[0], 16)))


def _data(file: Path, kind: str) -> dict[str, Any]:
    accepted = f"accepted: the file that penstock meters {'build' if kind == 'batches' else 'sign'} wrote"
    try:
        data = parse_json(read_text(file))
    except ValueError as error:
        raise BatchesRefused(f"{file}: not JSON ({error}); {accepted}") from None
    if not isinstance(data, dict) or data.get("kind") != kind:
        raise BatchesRefused(f"{file}: not a file of {kind}; {accepted}")
    return data


def _bytes(text: str, length: int = 32) -> bytes:
    made = bytes.fromhex(text.removeprefix("0x"))
    if len(made) != length:
        raise ValueError(f"{len(made)} bytes where {length} are meant")
    return made
