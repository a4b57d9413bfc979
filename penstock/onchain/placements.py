"""Placements: an allocation of any length as one Merkle root, as OpenZeppelin's library makes it, for a Distributor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from eth_utils.crypto import keccak

from penstock.evm.codec import Address, codec
from penstock.model.shares import Allotment

_LEAF = codec(("uint256", "uint8", "address", "uint64"))

Placement = tuple[int, int, Address, int]
"""As a Distributor takes it: index, tranche, holder, shares."""


@dataclass(frozen=True)
class PlacementTree:
    """
    placements : by index. nodes : the tree from the root down, as OpenZeppelin's library keeps it. places : of each
    placement's leaf among the nodes.
    """

    placements: tuple[Placement, ...]
    nodes: tuple[bytes, ...] = field(repr=False)
    places: tuple[int, ...] = field(repr=False)

    @property
    def root(self) -> bytes:
        return self.nodes[0]

    def proof(self, index: int) -> list[bytes]:
        """The hashes beside the way from a leaf up."""
        found, at = [], self.places[index]
        while at > 0:
            found.append(self.nodes[at + 1 if at % 2 else at - 1])
            at = (at - 1) // 2
        return found

    def of(self, holder: Address) -> list[Placement]:
        return [each for each in self.placements if each[2] == holder]


def tree_of(allotments: Sequence[Allotment]) -> PlacementTree:
    """The tree of an allocation, in its order; of at least one allotment."""
    placements = tuple((index, each.tranche, each.holder, each.shares) for index, each in enumerate(allotments))
    leaves = [leaf_of(each) for each in placements]
    count = len(leaves)
    nodes, places = [b""] * (2 * count - 1), [0] * count
    for rank, index in enumerate(sorted(range(count), key=leaves.__getitem__)):
        places[index] = 2 * count - 2 - rank
        nodes[places[index]] = leaves[index]
    for at in reversed(range(count - 1)):
        nodes[at] = _pair(nodes[2 * at + 1], nodes[2 * at + 2])
    return PlacementTree(placements, tuple(nodes), tuple(places))


def leaf_of(placement: Placement) -> bytes:
    """Hashed twice, so that no inner node is a leaf."""
    return bytes(keccak(keccak(_LEAF.encode(placement))))


def _pair(one: bytes, other: bytes) -> bytes:
    return bytes(keccak(min(one, other) + max(one, other)))
