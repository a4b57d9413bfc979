// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {LogCursor} from "../types/Types.sol";

/// @title SettlementLogLib
/// @notice Packs the figures of a settlement or a report for their log, and logs them where they are: at 8 gas a byte, a word for each
/// amount would cost more than all interest of the period.
library SettlementLogLib {
    /// @dev The tests' counters (5 bytes), the width of an amount (1).
    uint256 internal constant HEAD_WIDTH = 6;
    /// @dev Which fields of a report are there; each field takes WIDE_WIDTH.
    uint256 internal constant REPORTED_WIDTH = 2;
    uint256 internal constant NARROW_WIDTH = 7;
    uint256 internal constant WIDE_WIDTH = 12;

    /// @notice Bytes for each amount, when none is above `most`: 72 billion of a coin with six decimals take seven.
    function widthFor(uint256 most) internal pure returns (uint256) {
        return most < 1 << (8 * NARROW_WIDTH) ? NARROW_WIDTH : WIDE_WIDTH;
    }

    /// @notice Makes room for so many amounts. `figures` is where the event's data begin, `cursor` where to write next.
    function open(uint256 amounts) internal pure returns (uint256 figures, LogCursor cursor) {
        assembly ("memory-safe") {
            figures := mload(0x40)
            // Offset and length as the ABI wants them
            cursor := add(figures, 64)
            // Each write is of a whole word: room for one more
            mstore(0x40, add(cursor, add(mul(amounts, WIDE_WIDTH), 64)))
        }
    }

    /// @notice Writes the low bytes of a value; returns where to write next.
    function append(LogCursor cursor, uint256 value, uint256 bytesWide) internal pure returns (LogCursor next) {
        assembly ("memory-safe") {
            mstore(cursor, shl(sub(256, shl(3, bytesWide)), value))
            next := add(cursor, bytesWide)
        }
    }

    /// @notice Emits `topic(uint256 indexed period, bytes figures)`.
    function log(uint256 figures, LogCursor cursor, bytes32 topic, uint256 period) internal {
        assembly ("memory-safe") {
            let length := sub(cursor, add(figures, 64))
            mstore(figures, 32)
            mstore(add(figures, 32), length)
            mstore(cursor, 0)
            log2(figures, add(64, and(add(length, 31), not(31))), topic, period)
        }
    }
}
