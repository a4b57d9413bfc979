// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title FiguresLib
/// @notice Packs a settlement's figures for its log, and logs them where they stand: at 8 gas a byte, a word for each
/// amount would cost more than all interest of the period.
library FiguresLib {
    /// @dev The period (2 bytes), the tests' counters (5), the width of an amount (1).
    uint256 internal constant HEAD_WIDTH = 8;
    uint256 private constant NARROW = 7;
    uint256 private constant WIDE = 12;

    /// @notice Bytes for each amount, when none is above `most`: 72 billion of a coin with six decimals are narrow.
    function width(uint256 most) internal pure returns (uint256) {
        return most < 1 << (8 * NARROW) ? NARROW : WIDE;
    }

    /// @notice Makes room for so many amounts. `figures` is where the event's data begin, `cursor` where to write next.
    function open(uint256 amounts) internal pure returns (uint256 figures, uint256 cursor) {
        assembly ("memory-safe") {
            figures := mload(0x40)
            // Offset and length as the ABI wants them
            cursor := add(figures, 64)
            // Each write is of a whole word: room for one more
            mstore(0x40, add(cursor, add(mul(amounts, WIDE), 64)))
        }
    }

    /// @notice Writes the low bytes of a value; returns where to write next.
    function append(uint256 cursor, uint256 value, uint256 bytesWide) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            mstore(cursor, shl(sub(256, shl(3, bytesWide)), value))
            next := add(cursor, bytesWide)
        }
    }

    /// @notice Emits `topic(bytes figures)`.
    function log(uint256 figures, uint256 cursor, bytes32 topic) internal {
        assembly ("memory-safe") {
            let length := sub(cursor, add(figures, 64))
            mstore(figures, 32)
            mstore(add(figures, 32), length)
            mstore(cursor, 0)
            log1(figures, add(64, and(add(length, 31), not(31))), topic)
        }
    }
}
