"""The storage root of an account from its words: proof that nothing else is in its storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rlp
from eth_utils.crypto import keccak

EMPTY_ROOT = keccak(rlp.encode(b""))
Leaf = tuple[str, bytes]


def storage_root(words: Mapping[int, int]) -> bytes:
    """The root of the Merkle-Patricia trie of these slots; empty ones are not in it (Yellow Paper, appendix D)."""
    leaves = sorted(
        (keccak(slot.to_bytes(32, "big")).hex(), rlp.encode(word.to_bytes(32, "big").lstrip(b"\0")))
        for slot, word in words.items()
        if word
    )
    return keccak(rlp.encode(_node(leaves, 0))) if leaves else EMPTY_ROOT


def _node(leaves: list[Leaf], depth: int) -> Any:
    """The node of leaves that share their first `depth` nibbles, not encoded yet."""
    first, last = leaves[0][0], leaves[-1][0]
    if len(leaves) == 1:
        return [_path(first[depth:], ends=True), leaves[0][1]]
    shared = depth
    while first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return [_path(first[depth:shared], ends=False), _reference(_node(leaves, shared))]
    branches: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        branches.setdefault(leaf[0][depth], []).append(leaf)
    return [_reference(_node(branches[n], depth + 1)) if n in branches else b"" for n in "0123456789abcdef"] + [b""]


def _reference(node: Any) -> Any:
    encoded = rlp.encode(node)
    return node if len(encoded) < 32 else keccak(encoded)


def _path(nibbles: str, ends: bool) -> bytes:
    odd = len(nibbles) % 2
    flag = f"{2 * ends + odd:x}"
    return bytes.fromhex(flag + nibbles if odd else flag + "0" + nibbles)
