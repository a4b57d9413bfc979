"""
placements
├── given any number of allotments, the root and the proofs should be those of OpenZeppelin's merkle-tree library
└── given each proof, hashing along it should end at the root
"""

from __future__ import annotations

import pytest
from eth_utils.crypto import keccak

from penstock.evm.codec import checksum
from penstock.model.shares import Allotment
from penstock.onchain.placements import leaf_of, tree_of

# By @openzeppelin/merkle-tree 1.0.8, StandardMerkleTree.of([[i, 0, address i + 1, 1000 + i], …])
ROOTS = {
    1: "cf8424d6a30b468cbd5b751fce32faf489df1ac0ee39133e96106466f644b483",
    2: "f1a70517c0b06603a8e7de128ba75845fa2b271593db7a09ca4a4f1899b26bfb",
    3: "799691eb65c9d35df2f23456d62fafa4eebe87b71428c98bf34216780dab01c2",
    5: "79167e233deb7b77ac911a079d42236711269220be1a6f05060d1970ceee40de",
    10_000: "d03922ca6c8f981fb76c9c1519be19dfc84615ad1c8de4b04ca94598220ba163",
}
PROOF_OF_3_IN_5 = [
    "0f02c4d5fb9690e4f37d65c73abe30c709d214d9965520133cff701e933ee5dc",
    "cf8424d6a30b468cbd5b751fce32faf489df1ac0ee39133e96106466f644b483",
    "1defadba8f38ce56ad3e2980f45ede843ea00a29aace4bacebc7979adbc1349e",
]


def allotments(count: int) -> list[Allotment]:
    return [Allotment(0, checksum(f"0x{index + 1:040x}"), 1000 + index) for index in range(count)]


@pytest.mark.parametrize("count", ROOTS)
def test_roots_are_those_of_openzeppelins_library(count: int) -> None:
    assert tree_of(allotments(count)).root.hex() == ROOTS[count]


def test_a_proof_is_that_of_openzeppelins_library() -> None:
    assert [each.hex() for each in tree_of(allotments(5)).proof(3)] == PROOF_OF_3_IN_5
    assert tree_of(allotments(1)).proof(0) == []


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 33])
def test_every_proof_ends_at_the_root(count: int) -> None:
    tree = tree_of(allotments(count))
    for index, placement in enumerate(tree.placements):
        word = leaf_of(placement)
        for beside in tree.proof(index):
            word = keccak(min(word, beside) + max(word, beside))
        assert word == tree.root
