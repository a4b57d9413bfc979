"""Holds batches against the published readings, the fleet and the chain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.files import read_text
from penstock.links.batches import Batches, parse_leaves
from penstock.links.fleet import Fleet
from penstock.links.meters_storage import HOUR, Unit, interval_id
from penstock.links.readings import utc


@dataclass(frozen=True)
class OnChain:
    """
    What the chain says.

    Attributes
    ----------
    meter : fleet root, capacity, interval and unit of a meter. record : root and total of a batch.
    """

    meter: Callable[[int], tuple[bytes, int, int, int]]
    record: Callable[[int], tuple[bytes, int]]


def faults(made: Batches, fleet: Fleet, folder: Path, chain: OnChain | None) -> list[str]:
    """Everything that is wrong, a line each; empty where all is as it should be."""
    found = []
    interval, unit = None, Unit.PRODUCED
    if chain is not None:
        root, capacity, interval, number = chain.meter(made.meter)
        unit = Unit(number)
        if (root, capacity) != (fleet.tree.root, fleet.tree.total):
            found.append(
                f"the fleet has root 0x{fleet.tree.root.hex()} and capacity {fleet.tree.total:,}; meter {made.meter} "
                f"has 0x{root.hex()} and {capacity:,}"
            )
    for batch in made.batches:
        file = folder / f"{batch.start}.csv"
        tree, at = parse_leaves(read_text(file), str(file)), utc(batch.start)
        if (tree.root, tree.total) != (batch.root, batch.total):
            found.append(f"{at}: the readings have root 0x{tree.root.hex()} and total {tree.total:,}, the batch others")
        if [each.key for each in tree.leaves] != list(fleet.keys):
            found.append(f"{at}: {_other_devices(fleet, [each.key for each in tree.leaves])}")
        elif interval is not None:
            for leaf, device in zip(tree.leaves, fleet.tree.leaves, strict=True):
                most = device.amount * interval // (HOUR if unit <= Unit.REDUCED else 1)
                if leaf.amount > most:
                    found.append(f"{at}: device 0x{leaf.key.hex()} has {leaf.amount:,}, above its capacity's {most:,}")
        if chain is not None and chain.record(interval_id(batch.meter, batch.start)) != (batch.root, batch.total):
            root, total = chain.record(interval_id(batch.meter, batch.start))
            found.append(f"{at}: the chain has root 0x{root.hex()} and total {total:,}")
    return found


def _other_devices(fleet: Fleet, keys: list[bytes]) -> str:
    known = set(fleet.keys)
    for key in keys:
        if key not in known:
            return f"device 0x{key.hex()} is not in the fleet"
        if keys.count(key) > 1:
            return f"device 0x{key.hex()} is there twice"
    return "its devices are not those of the fleet, in their order"
