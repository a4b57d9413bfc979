// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PrincipalKind, ArrearsRule, RungKind, FeeBase} from "../types/Types.sol";

/// @title TermsLib
/// @notice Reads the terms of a deal: big-endian fields packed behind the deal's own code (docs/SPEC.md, "On the chain").
/// @dev `at` is a byte offset into the terms. Nothing is checked: terms are fixed at launch and verified off-chain.
library TermsLib {
    uint256 internal constant TRANCHE_LENGTH = 40;
    uint256 internal constant FEE_LENGTH = 53;
    uint256 internal constant RESERVE_LENGTH = 34;
    uint256 internal constant TEST_LENGTH = 18;
    uint256 internal constant RUNG_LENGTH = 12;

    /// @dev A fixed-target reserve has no place in the row; a fee without a cap has none.
    uint256 internal constant NO_OFFSET = type(uint16).max;
    uint256 internal constant NO_CAP = type(uint104).max;

    /// @notice A field of `width` bytes, 1 to 32.
    function read(bytes memory terms, uint256 at, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(add(add(terms, 32), at)))
        }
    }

    // Header

    function asset(bytes memory terms) internal pure returns (address) {
        return address(uint160(read(terms, 0, 20)));
    }

    function reports(bytes memory terms) internal pure returns (address) {
        return address(uint160(read(terms, 20, 20)));
    }

    function policy(bytes memory terms) internal pure returns (address) {
        return address(uint160(read(terms, 40, 20)));
    }

    function periods(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 62, 2);
    }

    function trancheCount(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 64, 1);
    }

    function feeCount(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 65, 1);
    }

    function reserveCount(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 66, 1);
    }

    function testCount(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 67, 1);
    }

    /// @notice Bit `i`: while test `i` fails, the enforcement ladder is used.
    function enforceOn(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 70, 1);
    }

    function writesDown(bytes memory terms) internal pure returns (bool) {
        return read(terms, 71, 1) & 1 != 0;
    }

    function readsReports(bytes memory terms) internal pure returns (bool) {
        return read(terms, 71, 1) & 2 != 0;
    }

    function decimals(bytes memory terms) internal pure returns (uint256) {
        return read(terms, 72, 1);
    }

    /// @notice Where the ladder begins and how many rungs it has.
    function ladder(bytes memory terms, bool enforced) internal pure returns (uint256 at, uint256 rungs) {
        return enforced ? (read(terms, 85, 2), read(terms, 69, 1)) : (read(terms, 83, 2), read(terms, 68, 1));
    }

    // Rows, one a period

    /// @notice Where the row of `period` (from 1) begins.
    function rowAt(bytes memory terms, uint256 period) internal pure returns (uint256) {
        return read(terms, 87, 2) + (period - 1) * read(terms, 73, 2);
    }

    /// @notice When the period of a row can be settled, in seconds.
    function paymentAt(bytes memory terms, uint256 row) internal pure returns (uint256) {
        return read(terms, row + 2, 2) * 1 days;
    }

    // Tranches

    function trancheAt(bytes memory terms, uint256 tranche) internal pure returns (uint256) {
        return read(terms, 75, 2) + tranche * TRANCHE_LENGTH;
    }

    /// @notice Shares of the tranche, in share base units.
    function supply(bytes memory terms, uint256 tranche) internal pure returns (uint256) {
        return read(terms, trancheAt(terms, tranche), 8);
    }

    function face(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 8, 13);
    }

    /// @notice The day fraction of the row for the tranche.
    function dayFraction(
        bytes memory terms,
        uint256 at,
        uint256 row
    ) internal pure returns (uint256 numerator, uint256 denominator) {
        numerator = read(terms, row + read(terms, at + 21, 1), 2);
        denominator = read(terms, at + 22, 2);
    }

    function principalKind(bytes memory terms, uint256 at) internal pure returns (PrincipalKind) {
        return PrincipalKind(read(terms, at + 24, 1));
    }

    function arrearsRule(bytes memory terms, uint256 at) internal pure returns (ArrearsRule) {
        return ArrearsRule(read(terms, at + 25, 1));
    }

    /// @notice Over the coupon, for interest on arrears, in wad.
    function spread(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 26, 8);
    }

    /// @notice The amount the schedule sets for the row, in base units.
    function scheduled(bytes memory terms, uint256 at, uint256 row) internal pure returns (uint256) {
        return read(terms, row + read(terms, at + 34, 2), read(terms, at + 36, 1));
    }

    /// @notice The coupon of `period`, in wad.
    function coupon(bytes memory terms, uint256 at, uint256 period) internal pure returns (uint256 rate) {
        uint256 stepAt = read(terms, at + 37, 2);
        uint256 end = stepAt + 10 * read(terms, at + 39, 1);
        for (; stepAt < end && read(terms, stepAt, 2) <= period; stepAt += 10) {
            rate = read(terms, stepAt + 2, 8);
        }
    }

    // Fees

    function feeAt(bytes memory terms, uint256 fee) internal pure returns (uint256) {
        return read(terms, 77, 2) + fee * FEE_LENGTH;
    }

    function feeBase(bytes memory terms, uint256 at) internal pure returns (FeeBase) {
        return FeeBase(read(terms, at, 1));
    }

    /// @notice The fixed amount in base units, or the annual rate in wad.
    function feeAmountOrRate(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 1, 13);
    }

    /// @notice The tranche whose balance is the base, or whose day count is used.
    function feeTranche(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 14, 1);
    }

    function feeCap(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 15, 13);
    }

    function feeCarries(bytes memory terms, uint256 at) internal pure returns (bool) {
        return read(terms, at + 28, 1) & 1 != 0;
    }

    function feeIsOpex(bytes memory terms, uint256 at) internal pure returns (bool) {
        return read(terms, at + 28, 1) & 2 != 0;
    }

    function feeFallsDue(bytes memory terms, uint256 at, uint256 period) internal pure returns (bool) {
        return read(terms, at + 29, 2) <= period && period <= read(terms, at + 31, 2);
    }

    function feePayee(bytes memory terms, uint256 at) internal pure returns (address) {
        return address(uint160(read(terms, at + 33, 20)));
    }

    // Reserves

    function reserveAt(bytes memory terms, uint256 reserve) internal pure returns (uint256) {
        return read(terms, 79, 2) + reserve * RESERVE_LENGTH;
    }

    function reserveOpening(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at, 13);
    }

    function reserveTarget(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 13, 13);
    }

    /// @notice Whether the target is the debt service of coming periods, and how many from the row on.
    function reserveAhead(bytes memory terms, uint256 at, uint256 row) internal pure returns (bool moves, uint256 ahead) {
        uint256 offset = read(terms, at + 26, 2);
        moves = offset != NO_OFFSET;
        if (moves) ahead = read(terms, row + offset, 1);
    }

    function reserveSupports(
        bytes memory terms,
        uint256 at,
        RungKind kind,
        uint256 target
    ) internal pure returns (bool) {
        uint256 bitmap;
        if (kind == RungKind.Fee) bitmap = read(terms, at + 32, 2);
        else if (kind <= RungKind.Sweep) bitmap = read(terms, at + 27 + uint256(kind), 1);
        return (bitmap >> target) & 1 != 0;
    }

    // Tests

    function testAt(bytes memory terms, uint256 test) internal pure returns (uint256) {
        return read(terms, 81, 2) + test * TEST_LENGTH;
    }

    function testTranche(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at, 1);
    }

    function testBelow(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 1, 16);
    }

    function testCure(bytes memory terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at + 17, 1);
    }

    // Texts: share decimals, then name, and each tranche's id and symbol, each behind its length

    function shareDecimals(bytes memory terms) internal pure returns (uint8) {
        return uint8(read(terms, read(terms, 89, 2), 1));
    }

    /// @notice Text `index`: 0 is the deal's name, 1 + 2t the id and 2 + 2t the symbol of tranche t.
    function text(bytes memory terms, uint256 index) internal pure returns (string memory) {
        uint256 at = read(terms, 89, 2) + 1;
        for (; index > 0; --index) at += 1 + read(terms, at, 1);
        uint256 length = read(terms, at, 1);
        bytes memory characters = new bytes(length);
        for (uint256 i; i < length; ++i) characters[i] = bytes1(uint8(read(terms, at + 1 + i, 1)));
        return string(characters);
    }
}
