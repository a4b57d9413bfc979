// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Record} from "../types/Types.sol";

/// @title RecordLib
/// @notice Rows of one-word fields in memory: what structs in arrays are, without a pointer, a bounds check and a zeroing
/// for each, which cost a settlement more than all of its arithmetic.
/// @dev Nothing is checked: fields are constants, indices come from loops over counts or from the terms.
library RecordLib {
    /// @notice Room for `size` bytes, all zero.
    function allocate(uint256 size) internal pure returns (Record record) {
        assembly ("memory-safe") {
            record := mload(0x40)
            mstore(0x40, add(record, size))
            // Reading calldata behind its end gives zeros
            calldatacopy(record, calldatasize(), size)
        }
    }

    /// @notice The record `offset` bytes on.
    function plus(Record record, uint256 offset) internal pure returns (Record) {
        unchecked {
            return Record.wrap(Record.unwrap(record) + offset);
        }
    }

    function get(Record record, uint256 field) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(record, field))
        }
    }

    function set(Record record, uint256 field, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(record, field), value)
        }
    }

    function increase(Record record, uint256 field, uint256 amount) internal pure {
        unchecked {
            set(record, field, get(record, field) + amount);
        }
    }

    function decrease(Record record, uint256 field, uint256 amount) internal pure {
        unchecked {
            set(record, field, get(record, field) - amount);
        }
    }
}
