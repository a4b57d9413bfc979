// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MAX_FIELDS} from "../types/Types.sol";

/// @title FieldsLib
/// @notice Keeps the fields of a report in few storage slots: a header of three bytes, then every field in as many bytes as
/// the greatest needs. Three fields below 2^72 take one slot, twelve below 2^80 four.
/// @dev Header: a bit for each field that is reported, then four bits for the width. It is never 0.
library FieldsLib {
    uint256 private constant HEADER = 3;
    uint256 private constant WIDTH_BITS = 4;

    /// @notice `values[i]`, for loops that keep within the list.
    function at(uint256[] memory values, uint256 i) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(values, 32), shl(5, i)))
        }
    }

    /// @notice `values[i] = value`, for the same loops.
    function put(uint256[] memory values, uint256 i, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(values, 32), shl(5, i)), value)
        }
    }

    /// @notice Keeps a report. Nothing is checked: at least one field is reported, and none is above 2^96 - 1.
    function write(bytes32[6] storage slots, uint256 reported, uint256[] memory values) internal {
        unchecked {
            uint256 count = _count(reported);
            uint256 any;
            for (uint256 i; i < count; ++i) any |= at(values, i);
            uint256 width = 1;
            while (any >> (8 * width) != 0) ++width;
            uint256[7] memory words;
            words[0] = ((reported << WIDTH_BITS) | width) << (256 - 8 * HEADER);
            for (uint256 i; i < count; ++i) {
                uint256 value = at(values, i) << (256 - 8 * width);
                uint256 place = HEADER + i * width;
                assembly ("memory-safe") {
                    // What is behind it is not there yet
                    mstore(add(words, place), value)
                }
            }
            uint256 used = (HEADER + count * width + 31) / 32;
            for (uint256 i; i < used; ++i) slots[i] = bytes32(words[i]);
        }
    }

    /// @notice What is kept; all zeros where nothing is.
    function read(
        bytes32[6] storage slots
    ) internal view returns (uint256 reported, uint256[MAX_FIELDS] memory values) {
        unchecked {
            uint256[7] memory words;
            words[0] = uint256(slots[0]);
            uint256 header = words[0] >> (256 - 8 * HEADER);
            reported = header >> WIDTH_BITS;
            uint256 width = header & ((1 << WIDTH_BITS) - 1);
            uint256 count = _count(reported);
            uint256 used = (HEADER + count * width + 31) / 32;
            for (uint256 i = 1; i < used; ++i) words[i] = uint256(slots[i]);
            for (uint256 i; i < count; ++i) {
                uint256 place = HEADER + i * width;
                uint256 value;
                assembly ("memory-safe") {
                    value := mload(add(words, place))
                }
                values[i] = value >> (256 - 8 * width);
            }
        }
    }

    function isEmpty(bytes32[6] storage slots) internal view returns (bool) {
        return slots[0] == 0;
    }

    /// @dev Up to the last that is reported.
    function _count(uint256 reported) private pure returns (uint256 count) {
        while (reported >> count != 0) ++count;
    }
}
