"""
Merkle-sum trees, as MerkleSumLib has them: a root commits to every amount, their order and their sum.

Each leaf owns a range of units, so that "which device made unit k?" is answered by one proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.errors import PenstockError
from penstock.links.errors import LinkRefused
from penstock.links.keccak import keccak

MAX_SUM = 2**128 - 1
STEP = 48
"""Bytes of a step of a path: the sibling's hash and its sum."""


class NoLeaves(PenstockError):
    """A tree of nothing."""

    def __init__(self) -> None:
        super().__init__("a tree without leaves; accepted: one or more")


@dataclass(frozen=True)
class Leaf:
    """key : 32 bytes. amount : units, below 2^128."""

    key: bytes
    amount: int


@dataclass(frozen=True)
class Top:
    """The root's two children with their sums; of a tree with one leaf, its key and amount and zeros."""

    left: bytes
    left_sum: int
    right: bytes
    right_sum: int


@dataclass(frozen=True)
class Proof:
    """A leaf and its way to the root. path : steps of 48 bytes, leaf first. sides : bit i, sibling i is on the left."""

    leaf: Leaf
    path: bytes
    sides: int


@dataclass(frozen=True)
class Tree:
    """leaves : in the order of the fleet file. levels : (hash, sum) of each node, leaves first, the root alone last."""

    leaves: tuple[Leaf, ...]
    levels: tuple[tuple[tuple[bytes, int], ...], ...]

    @property
    def root(self) -> bytes:
        return self.levels[-1][0][0]

    @property
    def total(self) -> int:
        return self.levels[-1][0][1]

    @property
    def top(self) -> Top:
        if len(self.leaves) == 1:
            return Top(self.leaves[0].key, self.leaves[0].amount, bytes(32), 0)
        (left, left_sum), (right, right_sum) = self.levels[-2]
        return Top(left, left_sum, right, right_sum)

    def proof(self, index: int) -> Proof:
        """The way of a leaf to the root."""
        leaf, path, sides, steps = self.leaves[index], b"", 0, 0
        for level in self.levels[:-1]:
            if (sibling := index ^ 1) < len(level):
                hashed, amount = level[sibling]
                path += hashed + amount.to_bytes(16, "big")
                sides |= (index & 1) << steps
                steps += 1
            index >>= 1
        return Proof(leaf, path, sides)

    def owner_of(self, unit: int) -> int:
        """
        The index of the leaf that owns a unit.

        Raises
        ------
        IndexError : when the tree has no such unit.
        """
        if not 0 <= unit < self.total:
            raise IndexError(unit)
        index, rest = 0, unit
        for level in reversed(self.levels[:-1]):
            index *= 2
            if rest >= level[index][1]:
                rest -= level[index][1]
                index += 1
        return index


def build(leaves: Sequence[Leaf]) -> Tree:
    """
    The tree of these leaves, in this order. A node without a sibling goes up unchanged.

    Raises
    ------
    NoLeaves : when there are none.
    LinkRefused : MerkleSum_SumTooLarge, when they add up to 2^128 or more.
    """
    if not leaves:
        raise NoLeaves
    if (total := sum(each.amount for each in leaves)) > MAX_SUM:
        raise LinkRefused("MerkleSum_SumTooLarge", total)
    level = [(hash_leaf(each.key, each.amount), each.amount) for each in leaves]
    levels = [tuple(level)]
    while len(level) > 1:
        above = [
            (keccak(b"\1" + left + a.to_bytes(16, "big") + right + b.to_bytes(16, "big")), a + b)
            for (left, a), (right, b) in zip(level[::2], level[1::2], strict=False)
        ]
        level = above + level[len(above) * 2 :]
        levels.append(tuple(level))
    return Tree(tuple(leaves), tuple(levels))


def hash_leaf(key: bytes, amount: int) -> bytes:
    return keccak(b"\0" + key + amount.to_bytes(16, "big"))


def hash_node(left: bytes, left_sum: int, right: bytes, right_sum: int) -> bytes:
    return keccak(b"\1" + left + left_sum.to_bytes(16, "big") + right + right_sum.to_bytes(16, "big"))


def open_top(top: Top) -> tuple[bytes, int]:
    """The root and the total that a top opens. Raises LinkRefused: MerkleSum_SumTooLarge."""
    if top.right == bytes(32) and top.right_sum == 0:
        return hash_leaf(top.left, top.left_sum), top.left_sum
    if (total := top.left_sum + top.right_sum) > MAX_SUM:
        raise LinkRefused("MerkleSum_SumTooLarge", total)
    return hash_node(top.left, top.left_sum, top.right, top.right_sum), total


def before(root: bytes, total: int, proof: Proof) -> int:
    """
    The units before a leaf's: it owns [prior, prior + amount).

    Raises
    ------
    LinkRefused : MerkleSum_WrongLength, MerkleSum_FreeBits, MerkleSum_SumTooLarge, MerkleSum_NotInTree.
    """
    steps, rest = divmod(len(proof.path), STEP)
    if rest:
        raise LinkRefused("MerkleSum_WrongLength", len(proof.path))
    if steps < 256 and proof.sides >> steps:
        raise LinkRefused("MerkleSum_FreeBits", proof.sides, steps)
    hashed, amount, prior = hash_leaf(proof.leaf.key, proof.leaf.amount), proof.leaf.amount, 0
    for step in range(steps):
        at = STEP * step
        sibling, sibling_sum = proof.path[at : at + 32], int.from_bytes(proof.path[at + 32 : at + STEP], "big")
        if proof.sides >> step & 1:
            hashed = hash_node(sibling, sibling_sum, hashed, amount)
            prior += sibling_sum
        else:
            hashed = hash_node(hashed, amount, sibling, sibling_sum)
        amount += sibling_sum
        if amount > MAX_SUM:
            raise LinkRefused("MerkleSum_SumTooLarge", amount)
    if (hashed, amount) != (root, total):
        raise LinkRefused("MerkleSum_NotInTree", root, total)
    return prior
