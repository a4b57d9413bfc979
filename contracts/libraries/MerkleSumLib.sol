// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Proof, Top} from "../types/Links.sol";

/// @title MerkleSumLib
/// @notice Merkle-sum trees: a root commits to every amount, their order and their sum, so that each leaf owns a range of
/// units. A node commits to the sums of both its children: with one sum only, amounts could be hidden (eprint 2018/1139).
/// @dev leaf = keccak256(0x00 ‖ key ‖ amount), node = keccak256(0x01 ‖ left ‖ leftSum ‖ right ‖ rightSum); amounts are 16
/// bytes, big-endian. A node without a sibling goes up unchanged.
library MerkleSumLib {
    uint256 private constant STEP = 48;

    /// @notice Thrown when a path is no whole number of steps of 48 bytes.
    error MerkleSum_WrongLength(uint256 length);

    /// @notice Thrown when sides are given beyond the path: a place has one encoding.
    error MerkleSum_FreeBits(uint256 sides, uint256 steps);

    /// @notice Thrown when amounts add up to 2^128 or more.
    error MerkleSum_SumTooLarge(uint256 sum);

    /// @notice Thrown when a leaf and its path do not lead to this root and total.
    error MerkleSum_NotInTree(bytes32 root, uint128 total);

    /// @notice The root and the total that a top opens.
    function open(Top calldata top) internal pure returns (bytes32 root, uint256 total) {
        if (top.right == 0 && top.rightSum == 0) return (_leaf(top.left, top.leftSum), top.leftSum);
        total = uint256(top.leftSum) + top.rightSum;
        if (total > type(uint128).max) revert MerkleSum_SumTooLarge(total);
        root = _node(top.left, top.leftSum, top.right, top.rightSum);
    }

    /// @notice The units before a leaf's: it owns [prior, prior + amount).
    ///
    /// Requirements: the path is whole steps, `sides` has no bits beyond them, and both lead to the root and the total.
    function before(bytes32 root, uint128 total, Proof calldata proof) internal pure returns (uint128) {
        uint256 steps = proof.path.length / STEP;
        if (proof.path.length != steps * STEP) revert MerkleSum_WrongLength(proof.path.length);
        if (steps < 256 && proof.sides >> steps != 0) revert MerkleSum_FreeBits(proof.sides, steps);
        uint256 sum = proof.leaf.amount;
        uint256 prior;
        bytes32 hash = _leaf(proof.leaf.key, sum);
        for (uint256 i; i < steps; ++i) {
            (bytes32 sibling, uint256 siblingSum) = _step(proof.path, i);
            if ((proof.sides >> i) & 1 == 1) {
                hash = _node(sibling, siblingSum, hash, sum);
                prior += siblingSum;
            } else {
                hash = _node(hash, sum, sibling, siblingSum);
            }
            sum += siblingSum;
            if (sum > type(uint128).max) revert MerkleSum_SumTooLarge(sum);
        }
        if (hash != root || sum != total) revert MerkleSum_NotInTree(root, total);
        return uint128(prior);
    }

    /// @dev Sibling i of a path, which has it.
    function _step(bytes calldata path, uint256 i) private pure returns (bytes32 sibling, uint256 siblingSum) {
        assembly ("memory-safe") {
            let at := add(path.offset, mul(i, STEP))
            sibling := calldataload(at)
            siblingSum := shr(128, calldataload(add(at, 32)))
        }
    }

    function _leaf(bytes32 key, uint256 amount) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0, 0)
            mstore(1, key)
            mstore(33, shl(128, amount))
            hash := keccak256(0, 49)
        }
    }

    function _node(bytes32 left, uint256 leftSum, bytes32 right, uint256 rightSum) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore8(at, 1)
            mstore(add(at, 1), left)
            mstore(add(at, 33), shl(128, leftSum))
            mstore(add(at, 49), right)
            mstore(add(at, 81), shl(128, rightSum))
            hash := keccak256(at, 97)
        }
    }
}
