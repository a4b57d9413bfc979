"""
Merkle-sum trees, the library and its twin
├── given the published trees, root, total, ranges and paths should be those of the design, on both sides
├── given any tree, each leaf should own its range, the ranges should tile the total, and both sides agree
├── given any change to a proof, it should be refused by name, on both sides alike
├── a_node_commits_to_both_sums (eprint 2018/1139)
├── odd_nodes_are_not_doubled (eprint 2018/1139)
└── given 200,000 readings, root, total and a proof should come quickly
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.extras import has
from penstock.links import sumtree
from penstock.links.errors import LinkRefused
from penstock.links.keccak import keccak
from penstock.links.sumtree import Leaf, Proof, Top, Tree, build

AMOUNTS = [700, 0, 1300, 5, 9995]
ROOT = "98cc259aa56f0f79aa665a92c5449b4987fcbcca1931304a9d480a3232632f52"
ONE_LEAF = "877b16949959f64a92bd20c076e9720580f9c6336b82d574af9fd7cd64669d35"
MANY = "617d09db0d64d9d6972bae98c2c60aea51cd66bede2bd77ad56de0d02e91afec"


def key(index: int) -> bytes:
    return keccak(index.to_bytes(32, "big"))


def tree_of(amounts: list[int]) -> Tree:
    return build([Leaf(key(index), amount) for index, amount in enumerate(amounts)])


def as_struct(proof: Proof) -> Any:
    return ((proof.leaf.key, proof.leaf.amount), proof.path, proof.sides)


def outcome_of_twin(root: bytes, total: int, proof: Proof) -> Any:
    try:
        return sumtree.before(root, total, proof)
    except LinkRefused as refused:
        return refused.name, refused.values


def outcome_on_chain(libraries: Contract, root: bytes, total: int, proof: Proof) -> Any:
    try:
        return libraries.call("before", root, total, as_struct(proof))
    except ChainRevert as refused:
        return refused.name, tuple(refused.values.values())


def test_the_published_trees(libraries: Contract) -> None:
    tree = tree_of(AMOUNTS)
    assert (tree.root.hex(), tree.total) == (ROOT, 12_000)
    proofs = [tree.proof(index) for index in range(5)]
    assert [sumtree.before(tree.root, tree.total, each) for each in proofs] == [0, 700, 700, 2000, 2005]
    assert [libraries.call("before", tree.root, tree.total, as_struct(each)) for each in proofs] == [
        0,
        700,
        700,
        2000,
        2005,
    ]
    assert [len(each.path) // 48 for each in proofs] == [3, 3, 3, 3, 1]
    assert [each.sides for each in proofs] == [0, 1, 2, 3, 1]
    one = tree_of([42])
    assert (one.root.hex(), one.total) == (ONE_LEAF, 42)
    for each in (tree, one):
        top = (each.top.left, each.top.left_sum, each.top.right, each.top.right_sum)
        assert tuple(libraries.call("open", top)) == (each.root, each.total) == sumtree.open_top(each.top)
    assert sumtree.before(one.root, 42, one.proof(0)) == 0
    assert libraries.call("before", one.root, 42, as_struct(one.proof(0))) == 0


@given(amounts=st.lists(st.integers(0, 2**96), min_size=1, max_size=40), data=st.data())
def test_ranges_tile_the_total_on_both_sides(libraries: Contract, amounts: list[int], data: st.DataObject) -> None:
    tree = tree_of(amounts)
    priors = [sumtree.before(tree.root, tree.total, tree.proof(index)) for index in range(len(amounts))]
    assert priors == [sum(amounts[:index]) for index in range(len(amounts))]
    index = data.draw(st.integers(0, len(amounts) - 1))
    assert libraries.call("before", tree.root, tree.total, as_struct(tree.proof(index))) == priors[index]
    if tree.total:
        unit = data.draw(st.integers(0, tree.total - 1))
        owner = tree.owner_of(unit)
        assert priors[owner] <= unit < priors[owner] + amounts[owner]


@given(amounts=st.lists(st.integers(0, 10_000), min_size=2, max_size=20), data=st.data())
def test_a_changed_proof_is_refused_alike(libraries: Contract, amounts: list[int], data: st.DataObject) -> None:
    tree = tree_of(amounts)
    proof = tree.proof(data.draw(st.integers(0, len(amounts) - 1)))
    root, total = tree.root, tree.total
    steps = len(proof.path) // 48
    match data.draw(st.sampled_from(["amount", "key", "path", "short", "sides", "free", "total", "cut"])):
        case "amount":
            proof = replace(proof, leaf=replace(proof.leaf, amount=proof.leaf.amount + 1))
        case "key":
            proof = replace(proof, leaf=replace(proof.leaf, key=key(99)))
        case "path":
            at = data.draw(st.integers(0, len(proof.path) - 1))
            proof = replace(proof, path=proof.path[:at] + bytes([proof.path[at] ^ 1]) + proof.path[at + 1 :])
        case "short":
            proof = replace(proof, path=proof.path[:-1])
        case "sides":
            proof = replace(proof, sides=proof.sides ^ 1 << data.draw(st.integers(0, steps - 1)))
        case "free":
            proof = replace(proof, sides=proof.sides | 1 << data.draw(st.integers(steps, 255)))
        case "total":
            total += 1
        case "cut":
            proof = replace(proof, path=proof.path[48:], sides=proof.sides >> 1)
    refused = outcome_of_twin(root, total, proof)
    assert isinstance(refused, tuple)
    assert outcome_on_chain(libraries, root, total, proof) == refused


def test_sums_that_reach_2_128_are_refused(libraries: Contract) -> None:
    half = 2**127
    with pytest.raises(LinkRefused, match="MerkleSum_SumTooLarge"):
        tree_of([half, half])
    assert tree_of([half, half - 1]).total == 2**128 - 1
    top = Top(key(0), half, key(1), half)
    with pytest.raises(LinkRefused, match="MerkleSum_SumTooLarge"):
        sumtree.open_top(top)
    with pytest.raises(ChainRevert, match="MerkleSum_SumTooLarge"):
        libraries.call("open", (top.left, top.left_sum, top.right, top.right_sum))
    proof = Proof(Leaf(key(0), half), key(1) + half.to_bytes(16, "big"), 0)
    expected = ("MerkleSum_SumTooLarge", (2**128,))
    assert outcome_of_twin(key(2), 0, proof) == expected == outcome_on_chain(libraries, key(2), 0, proof)


def test_a_node_commits_to_both_sums(libraries: Contract) -> None:
    """In the Maxwell tree a node has one sum, and 5 + 995 can be shown as 0 + 1000 to the owner of nothing."""
    tree = tree_of([5, 995])
    shown = Proof(Leaf(key(0), 0), tree.levels[0][1][0] + (1000).to_bytes(16, "big"), 0)
    assert outcome_of_twin(tree.root, 1000, shown) == ("MerkleSum_NotInTree", (tree.root, 1000))
    assert outcome_on_chain(libraries, tree.root, 1000, shown) == ("MerkleSum_NotInTree", (tree.root, 1000))


def test_odd_nodes_are_not_doubled(libraries: Contract) -> None:
    """With a doubled last node, three leaves and four with the last one twice have the same root."""
    assert tree_of([1, 2, 3]).root != build([*tree_of([1, 2, 3]).leaves, tree_of([1, 2, 3]).leaves[-1]]).root
    tree = tree_of([1, 2, 3])
    assert len(tree.proof(2).path) == 48
    doubled = Proof(tree.leaves[2], tree.levels[0][2][0] + (3).to_bytes(16, "big") + tree.proof(2).path, 0b10)
    for refused in (outcome_of_twin(tree.root, 6, doubled), outcome_on_chain(libraries, tree.root, 6, doubled)):
        assert refused[0] == "MerkleSum_NotInTree"


def test_nothing_has_no_tree() -> None:
    with pytest.raises(sumtree.NoLeaves):
        build([])


def test_200_000_readings_are_quick() -> None:
    """The root is the design's; two seconds are allowed, and ten times as much on a busy machine."""
    leaves = [Leaf(key(index), index % 7000) for index in range(200_000)]
    began = time.process_time()
    tree = build(leaves)
    prior = sumtree.before(tree.root, tree.total, tree.proof(123_456))
    took = time.process_time() - began
    assert (tree.total, tree.root.hex()) == (693_900_000, MANY)
    assert prior == sum(index % 7000 for index in range(123_456))
    assert len(tree.proof(0).path) == 18 * 48
    print(f"200,000 readings: {took:.2f} s")
    assert took < 20 or not has("sha3")
