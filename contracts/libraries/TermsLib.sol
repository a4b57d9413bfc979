// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccrualTerms, FEE, NARROW, Rung, RungKind, SWEEP, Terms, TermsRow} from "../types/Types.sol";

/// @title TermsLib
/// @notice Reads the terms of a deal: big-endian fields packed behind the deal's own code (docs/SPEC.md, "On the chain").
/// @dev `at` is a byte offset into the terms. Nothing is checked: terms are fixed at launch and verified off-chain.
library TermsLib {
    uint256 internal constant HEADER_LENGTH = 89;
    uint256 internal constant STEP_LENGTH = 10;
    uint256 internal constant TRANCHE_LENGTH = 40;
    uint256 internal constant FEE_LENGTH = 53;
    uint256 internal constant RESERVE_LENGTH = 34;
    uint256 internal constant TEST_LENGTH = 18;
    uint256 internal constant RUNG_LENGTH = 12;

    /// @dev A fixed-target reserve has no place in the row.
    uint256 internal constant NO_OFFSET = type(uint16).max;

    /// @dev What stands before the immutable arguments in a clone made by OpenZeppelin's Clones.
    uint256 private constant CLONE_LENGTH = 45;

    /// @notice This deal's terms, whole.
    /// @dev As Clones.fetchCloneArgs, without clearing the memory it then fills.
    function load() internal view returns (Terms terms) {
        assembly ("memory-safe") {
            let length := sub(extcodesize(address()), CLONE_LENGTH)
            terms := mload(0x40)
            // Fields are read by whole words: leave room for one behind the last
            mstore(0x40, add(terms, and(add(length, 63), not(31))))
            extcodecopy(address(), terms, CLONE_LENGTH, length)
        }
    }

    /// @notice This deal's header and its first `tranches` tranches: enough to claim and to move shares.
    function loadHead(uint256 tranches) internal view returns (Terms terms) {
        assembly ("memory-safe") {
            let length := add(HEADER_LENGTH, mul(TRANCHE_LENGTH, tranches))
            terms := mload(0x40)
            mstore(0x40, add(terms, and(add(length, 63), not(31))))
            extcodecopy(address(), terms, CLONE_LENGTH, length)
        }
    }

    /// @notice What a share transfer needs: this deal's policy, and whether the deal is narrow.
    function loadForTransfer() internal view returns (address policy_, bool narrow) {
        uint256 word;
        assembly ("memory-safe") {
            // From the policy to the flags is one word
            extcodecopy(address(), 0, add(CLONE_LENGTH, 40), 32)
            word := mload(0)
        }
        return (address(uint160(word >> 96)), word & NARROW != 0);
    }

    /// @notice The terms in a byte string, which must stay as it is.
    function wrap(bytes memory packed) internal pure returns (Terms terms) {
        assembly ("memory-safe") {
            terms := add(packed, 32)
        }
    }

    /// @notice A field of `width` bytes, 1 to 32.
    function read(Terms terms, uint256 at, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(add(terms, at)))
        }
    }

    /// @notice A field `offset` bytes behind `at`.
    function field(Terms terms, uint256 at, uint256 offset, uint256 width) internal pure returns (uint256) {
        unchecked {
            return read(terms, at + offset, width);
        }
    }

    // Header

    function asset(Terms terms) internal pure returns (address) {
        return address(uint160(read(terms, 0, 20)));
    }

    function reports(Terms terms) internal pure returns (address) {
        return address(uint160(read(terms, 20, 20)));
    }

    function policy(Terms terms) internal pure returns (address) {
        return address(uint160(read(terms, 40, 20)));
    }

    function periods(Terms terms) internal pure returns (uint256) {
        return read(terms, 62, 2);
    }

    function trancheCount(Terms terms) internal pure returns (uint256) {
        return read(terms, 64, 1);
    }

    function feeCount(Terms terms) internal pure returns (uint256) {
        return read(terms, 65, 1);
    }

    function reserveCount(Terms terms) internal pure returns (uint256) {
        return read(terms, 66, 1);
    }

    function testCount(Terms terms) internal pure returns (uint256) {
        return read(terms, 67, 1);
    }

    /// @notice How many tranches, fees, reserves and tests there are.
    function counts(Terms terms) internal pure returns (uint256, uint256, uint256, uint256) {
        uint256 packed = read(terms, 64, 4);
        return (packed >> 24, (packed >> 16) & 255, (packed >> 8) & 255, packed & 255);
    }

    /// @notice Bit `i`: while test `i` fails, the enforcement ladder is used.
    function enforceOn(Terms terms) internal pure returns (uint256) {
        return read(terms, 70, 1);
    }

    /// @notice WRITES_DOWN, READS_REPORTS, FEES_CARRY and NARROW.
    function flags(Terms terms) internal pure returns (uint256) {
        return read(terms, 71, 1);
    }

    /// @notice Whether all amounts of the deal's life stay within MAX_NARROW_AMOUNT.
    function isNarrow(Terms terms) internal pure returns (bool) {
        return flags(terms) & NARROW != 0;
    }

    function decimals(Terms terms) internal pure returns (uint256) {
        return read(terms, 72, 1);
    }

    /// @notice Where the ladder begins and how many rungs it has.
    function ladder(Terms terms, bool enforced) internal pure returns (uint256 at, uint256 rungs) {
        return enforced ? (read(terms, 83, 2), read(terms, 69, 1)) : (read(terms, 81, 2), read(terms, 68, 1));
    }

    // Rungs

    function rungAt(Terms terms, uint256 at) internal pure returns (Rung) {
        return Rung.wrap(read(terms, at, RUNG_LENGTH));
    }

    function kind(Rung rung) internal pure returns (RungKind) {
        return RungKind.wrap(Rung.unwrap(rung) >> 88);
    }

    function target(Rung rung) internal pure returns (uint256) {
        return (Rung.unwrap(rung) >> 80) & type(uint8).max;
    }

    /// @notice The second of two targets that share, or NONE.
    function secondTarget(Rung rung) internal pure returns (uint256) {
        return (Rung.unwrap(rung) >> 72) & type(uint8).max;
    }

    /// @notice The most the rung may take of what is left, in wad.
    function fraction(Rung rung) internal pure returns (uint256) {
        return (Rung.unwrap(rung) >> 8) & type(uint64).max;
    }

    /// @notice The test while whose failure the rung acts, or NONE.
    function testOf(Rung rung) internal pure returns (uint256) {
        return Rung.unwrap(rung) & type(uint8).max;
    }

    // Rows, one a period

    function rowLength(Terms terms) internal pure returns (uint256) {
        return read(terms, 73, 2);
    }

    /// @notice Where the row of `period` (from 1) begins.
    function rowAt(Terms terms, uint256 period) internal pure returns (TermsRow) {
        unchecked {
            return TermsRow.wrap(read(terms, 85, 2) + (period - 1) * read(terms, 73, 2));
        }
    }

    /// @notice When the period of a row can be settled, in seconds.
    function paymentAt(Terms terms, TermsRow row) internal pure returns (uint256) {
        unchecked {
            return rowField(terms, row, 2, 2) * 1 days;
        }
    }

    /// @notice A field of `width` bytes, `offset` bytes into a row.
    function rowField(Terms terms, TermsRow row, uint256 offset, uint256 width) internal pure returns (uint256) {
        return field(terms, TermsRow.unwrap(row), offset, width);
    }

    // Tranches

    function trancheAt(uint256 tranche) internal pure returns (uint256) {
        unchecked {
            return HEADER_LENGTH + tranche * TRANCHE_LENGTH;
        }
    }

    /// @notice Shares of the tranche, in share base units.
    function supply(Terms terms, uint256 tranche) internal pure returns (uint256) {
        return read(terms, trancheAt(tranche), 8);
    }

    function face(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 8, 13);
    }

    /// @notice What a tranche accrues by, from its place in the row to the number of coupon steps, in one word: fields of
    /// it are cut out below at half the price of reading each.
    function accrualTerms(Terms terms, uint256 at) internal pure returns (AccrualTerms) {
        return AccrualTerms.wrap(field(terms, at, 21, 19));
    }

    /// @notice Where in a row the tranche's days are.
    function numeratorAt(AccrualTerms packed) internal pure returns (uint256) {
        return AccrualTerms.unwrap(packed) >> 144;
    }

    /// @notice Days of the tranche's year.
    function yearDenominator(AccrualTerms packed) internal pure returns (uint256) {
        return (AccrualTerms.unwrap(packed) >> 128) & type(uint16).max;
    }

    function principalKind(AccrualTerms packed) internal pure returns (uint256) {
        return (AccrualTerms.unwrap(packed) >> 120) & type(uint8).max;
    }

    /// @notice Where in a row the tranche's scheduled amount is.
    function scheduleAt(AccrualTerms packed) internal pure returns (uint256) {
        return (AccrualTerms.unwrap(packed) >> 32) & type(uint16).max;
    }

    /// @notice How many bytes the tranche's scheduled amount takes.
    function scheduleWidth(AccrualTerms packed) internal pure returns (uint256) {
        return (AccrualTerms.unwrap(packed) >> 24) & type(uint8).max;
    }

    function hasOneCoupon(AccrualTerms packed) internal pure returns (bool) {
        return AccrualTerms.unwrap(packed) & type(uint8).max == 1;
    }

    /// @notice The coupon of a tranche that has one for all periods, in wad.
    function onlyCoupon(Terms terms, AccrualTerms packed) internal pure returns (uint256) {
        return field(terms, (AccrualTerms.unwrap(packed) >> 8) & type(uint16).max, 2, 8);
    }

    /// @notice The day fraction of the row for the tranche.
    function dayFraction(
        Terms terms,
        uint256 at,
        TermsRow row
    ) internal pure returns (uint256 numerator, uint256 denominator) {
        numerator = rowField(terms, row, field(terms, at, 21, 1), 2);
        denominator = field(terms, at, 22, 2);
    }

    function principalKind(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 24, 1);
    }

    function arrearsRule(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 25, 1);
    }

    /// @notice Over the coupon, for interest on arrears, in wad.
    function spread(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 26, 8);
    }

    /// @notice The coupon of `period`, in wad. The first step is of period 1, and most coupons have no other.
    function coupon(Terms terms, uint256 at, uint256 period) internal pure returns (uint256 rate) {
        unchecked {
            uint256 stepAt = field(terms, at, 37, 2);
            uint256 steps = field(terms, at, 39, 1);
            rate = field(terms, stepAt, 2, 8);
            for (; steps > 1; --steps) {
                stepAt += STEP_LENGTH;
                if (read(terms, stepAt, 2) > period) break;
                rate = field(terms, stepAt, 2, 8);
            }
        }
    }

    // Fees

    function feeAt(Terms terms, uint256 fee) internal pure returns (uint256) {
        unchecked {
            return read(terms, 75, 2) + fee * FEE_LENGTH;
        }
    }

    function feeBase(Terms terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at, 1);
    }

    /// @notice The fixed amount in base units, or the annual rate in wad.
    function feeAmountOrRate(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 1, 13);
    }

    /// @notice The tranche whose balance is the base, or whose day count is used.
    function feeTranche(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 14, 1);
    }

    /// @notice The most that falls due in one period, in base units; without a cap all ones, above any due.
    function feeCap(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 15, 13);
    }

    function feeCarries(Terms terms, uint256 at) internal pure returns (bool) {
        return field(terms, at, 28, 1) & 1 != 0;
    }

    function feeIsOpex(Terms terms, uint256 at) internal pure returns (bool) {
        return field(terms, at, 28, 1) & 2 != 0;
    }

    function feeFallsDue(Terms terms, uint256 at, uint256 period) internal pure returns (bool) {
        return field(terms, at, 29, 2) <= period && period <= field(terms, at, 31, 2);
    }

    function feePayee(Terms terms, uint256 at) internal pure returns (address) {
        return address(uint160(field(terms, at, 33, 20)));
    }

    // Reserves

    function reserveAt(Terms terms, uint256 reserve) internal pure returns (uint256) {
        unchecked {
            return read(terms, 77, 2) + reserve * RESERVE_LENGTH;
        }
    }

    function reserveOpening(Terms terms, uint256 at) internal pure returns (uint256) {
        return read(terms, at, 13);
    }

    function reserveTarget(Terms terms, uint256 at) internal pure returns (uint256) {
        return field(terms, at, 13, 13);
    }

    /// @notice Whether the target is the debt service of coming periods, and of how many after the row's.
    function reserveAhead(Terms terms, uint256 at, TermsRow row) internal pure returns (bool moves, uint256 ahead) {
        uint256 offset = field(terms, at, 26, 2);
        moves = offset != NO_OFFSET;
        if (moves) ahead = rowField(terms, row, offset, 1);
    }

    /// @notice Whether a reserve may be drawn for rungs of a kind with a target.
    function reserveSupports(Terms terms, uint256 at, RungKind kind, uint256 target) internal pure returns (bool) {
        unchecked {
            uint256 bitmaps = field(terms, at, 28, 6);
            if (kind == FEE) return (bitmaps >> target) & 1 != 0;
            if (kind > SWEEP) return false;
            return (bitmaps >> (8 * (6 - RungKind.unwrap(kind)) + target)) & 1 != 0;
        }
    }

    // Tests

    /// @notice Whose debt service a test looks at, the ratio it fails below in wad, and the passes that cure it.
    function test(Terms terms, uint256 index) internal pure returns (uint256 tranche, uint256 below, uint256 cure) {
        unchecked {
            uint256 packed = read(terms, read(terms, 79, 2) + index * TEST_LENGTH, TEST_LENGTH);
            return (packed >> 136, (packed >> 8) & type(uint128).max, packed & 255);
        }
    }

    // Texts: share decimals, then name, and each tranche's id and symbol, each behind its length

    function shareDecimals(Terms terms) internal pure returns (uint8) {
        return uint8(read(terms, read(terms, 87, 2), 1));
    }

    /// @notice Text `index`: 0 is the deal's name, 1 + 2t the id and 2 + 2t the symbol of tranche t.
    function text(Terms terms, uint256 index) internal pure returns (string memory) {
        uint256 at = read(terms, 87, 2) + 1;
        for (; index > 0; --index) at += 1 + read(terms, at, 1);
        uint256 length = read(terms, at, 1);
        bytes memory characters = new bytes(length);
        for (uint256 i; i < length; ++i) characters[i] = bytes1(uint8(read(terms, at + 1 + i, 1)));
        return string(characters);
    }
}
