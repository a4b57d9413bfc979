// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

// What a leaf of a Merkle-sum tree says: an amount of something under a key, for example the Wh of one device.
struct Leaf {
    bytes32 key;
    uint128 amount;
}

// The root's two children with their sums. Of a tree with one leaf: its key and amount, then zeros.
struct Top {
    bytes32 left;
    uint128 leftSum;
    bytes32 right;
    uint128 rightSum;
}

// A leaf and its way to the root, from the leaf up: 48 bytes a step, the sibling's hash and sum. Bit i of `sides`: sibling
// i is on the left.
struct Proof {
    Leaf leaf;
    bytes path;
    uint256 sides;
}
