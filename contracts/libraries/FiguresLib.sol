// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title FiguresLib
/// @notice Packs a settlement's figures for its log: at 8 gas a byte of log, words of 32 bytes cost too much.
library FiguresLib {
    uint256 internal constant AMOUNT_WIDTH = 12;
    uint256 internal constant COUNTERS_WIDTH = 5;

    /// @notice An empty string with room for the tests' counters and so many amounts. `cursor` is where to write next.
    function open(uint256 amounts) internal pure returns (bytes memory figures, uint256 cursor) {
        assembly ("memory-safe") {
            figures := mload(0x40)
            cursor := add(figures, 32)
            // Every write is of a whole word: leave room for one
            mstore(0x40, add(cursor, add(mul(amounts, AMOUNT_WIDTH), 64)))
        }
    }

    /// @notice Writes the low `width` bytes of a value; returns where to write next.
    function append(uint256 cursor, uint256 value, uint256 width) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            mstore(cursor, shl(sub(256, shl(3, width)), value))
            next := add(cursor, width)
        }
    }

    /// @notice Ends the string where the last figure ends.
    function close(bytes memory figures, uint256 cursor) internal pure {
        assembly ("memory-safe") {
            mstore(figures, sub(cursor, add(figures, 32)))
        }
    }
}
