// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {OfftakeRow, OfftakeTerms} from "../types/Offtakes.sol";

/// @title OfftakeLib
/// @notice What an offtake bills, and its terms as they are packed behind its code. Mirrors penstock/links/offtake.py.
/// @dev Packed, big-endian: asset 20 bytes, meters 20, meter 8, buyer 20, deposit 12, start 5, grace 4, late rate 8; then 53
/// bytes a row: end 5, price 12, floor 8, cap 8, guarantee 8, damages 12.
library OfftakeLib {
    /// @dev Of a row, in bytes.
    uint256 internal constant ROW = 53;

    uint256 internal constant MOST_ROWS = 450;

    uint256 private constant MILLION = 1e6;
    uint256 private constant YEAR = 365 * 1e18;

    /// @dev What comes before the immutable arguments in a clone made by OpenZeppelin's Clones.
    uint256 private constant CLONE = 45;
    uint256 private constant HEAD = 97;

    /// @notice What a row costs, each quotient rounded down.
    /// @param quantity What the meter counted in the row, late readings included.
    function bill(OfftakeRow memory row, uint256 quantity) internal pure returns (uint256) {
        uint256 most = row.cap == 0 ? quantity : Math.min(quantity, row.cap);
        uint256 gross = (row.price * Math.max(most, row.floor)) / MILLION;
        uint256 short = quantity < row.guarantee ? row.guarantee - quantity : 0;
        return gross - Math.min(gross, (row.damages * short) / MILLION);
    }

    /// @notice Simple interest on what is late, actual days over 365, rounded down.
    /// @param rate A year, in wad.
    function lateInterest(uint256 unpaid, uint256 rate, uint256 lateDays) internal pure returns (uint256) {
        return Math.mulDiv(unpaid * rate, lateDays, YEAR);
    }

    /// @notice Terms and asset as they go behind the code of a clone.
    function pack(OfftakeTerms calldata terms, address asset) internal pure returns (bytes memory) {
        return
            bytes.concat(
                abi.encodePacked(asset, terms.meters, terms.meter, terms.buyer, terms.deposit),
                abi.encodePacked(terms.start, terms.grace, terms.lateRate, terms.rows)
            );
    }

    /// @notice This offtake's terms and asset; without its rows unless they are asked for.
    function load(bool withRows) internal view returns (OfftakeTerms memory terms, address asset) {
        bytes memory packed = _code(0, HEAD);
        asset = address(uint160(_number(packed, 0, 20)));
        terms.meters = address(uint160(_number(packed, 20, 20)));
        terms.meter = uint64(_number(packed, 40, 8));
        terms.buyer = address(uint160(_number(packed, 48, 20)));
        terms.deposit = uint96(_number(packed, 68, 12));
        terms.start = uint40(_number(packed, 80, 5));
        terms.grace = uint32(_number(packed, 85, 4));
        terms.lateRate = uint64(_number(packed, 89, 8));
        if (withRows) terms.rows = _code(HEAD, count() * ROW);
    }

    /// @notice How many rows this offtake has.
    function count() internal view returns (uint256) {
        return (address(this).code.length - CLONE - HEAD) / ROW;
    }

    /// @notice One of this offtake's rows, and where it starts, for an index below {count}.
    function rowAt(uint256 index, uint40 first) internal view returns (uint40 start, OfftakeRow memory row) {
        if (index == 0) return (first, read(_code(HEAD, ROW), 0));
        bytes memory two = _code(HEAD + (index - 1) * ROW, 2 * ROW);
        return (uint40(_number(two, 0, 5)), read(two, ROW));
    }

    /// @notice The row that begins at an offset of packed rows.
    function read(bytes memory rows, uint256 at) internal pure returns (OfftakeRow memory row) {
        row.end = uint40(_number(rows, at, 5));
        row.price = uint96(_number(rows, at + 5, 12));
        row.floor = uint64(_number(rows, at + 17, 8));
        row.cap = uint64(_number(rows, at + 25, 8));
        row.guarantee = uint64(_number(rows, at + 33, 8));
        row.damages = uint96(_number(rows, at + 41, 12));
    }

    function _number(bytes memory packed, uint256 at, uint256 width) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(add(add(packed, 32), at)))
        }
    }

    /// @dev A part of what is behind this clone's code, with room for a whole word behind its last byte.
    function _code(uint256 at, uint256 length) private view returns (bytes memory part) {
        assembly ("memory-safe") {
            part := mload(0x40)
            mstore(part, length)
            extcodecopy(address(), add(part, 32), add(CLONE, at), length)
            mstore(0x40, add(part, and(add(length, 95), not(31))))
        }
    }
}
