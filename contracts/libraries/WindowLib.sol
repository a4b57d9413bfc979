// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {MAX_AMOUNT, MAX_NARROW_AMOUNT, MAX_TESTS, RING_WORDS} from "../types/Types.sol";

/// @title WindowLib
/// @notice The last periods of a test that measures several together. Mirrors penstock/model/window.py.
/// @dev A ring of as many places as periods count. Each place holds its period's two parts, and the sums of the parts of
/// the periods up to it: a settlement reads the sums of the place before, and what its own place drops. In a narrow deal
/// a place is one word, from the lowest bit: whether a period had a denominator yet (1), the sums of numerators (63) and
/// denominators (70), the parts (56 and 63). In a wide one it is two: the first bit and the sums (103 and 127), then the
/// parts (96 and 120).
library WindowLib {
    uint256 private constant BEGUN = 1;
    uint256 private constant NUMERATORS_AT = 1;
    uint256 private constant NARROW_DENOMINATORS_AT = 64;
    uint256 private constant NARROW_PARTS_AT = 134;
    uint256 private constant NARROW_BITS = 56;
    uint256 private constant MOST_NARROW_SERVICE = 2 ** 63 - 1;
    uint256 private constant NARROW_SUMS = 2 ** NARROW_PARTS_AT - 1;
    uint256 private constant NARROW_NUMERATORS = 2 ** 63 - 1;
    uint256 private constant WIDE_DENOMINATORS_AT = 104;
    uint256 private constant WIDE_BITS = 96;
    uint256 private constant MOST_WIDE_SERVICE = 2 ** 120 - 1;
    uint256 private constant WIDE_NUMERATORS = 2 ** 103 - 1;

    /// @notice Where a test's ring begins in storage.
    /// @param windows The rings of all tests.
    function ringOf(
        uint256[MAX_TESTS * RING_WORDS] storage windows,
        uint256 test
    ) internal pure returns (uint256 ring) {
        assembly ("memory-safe") {
            ring := add(windows.slot, mul(test, RING_WORDS))
        }
    }

    /// @notice Adds a period's parts to a test's window. Returns the sums of the periods in it, this one included: zero
    /// before the first denominator.
    /// @param over How many periods count.
    function withPeriod(
        uint256 ring,
        uint256 period,
        uint256 over,
        uint256 numerator,
        uint256 denominator,
        bool narrow
    ) internal returns (uint256 numerators, uint256 denominators) {
        unchecked {
            uint256 place = ring + (narrow ? 1 : 2) * (period % over);
            (uint256 first, uint256 second) = _words(ring, period, over, numerator, denominator, narrow);
            if (first == 0) return (0, 0);
            _store(place, first);
            if (!narrow) _store(place + 1, second);
            return _sumsIn(first, narrow);
        }
    }

    /// @notice The same sums, with the window left as it is.
    function sums(
        uint256 ring,
        uint256 period,
        uint256 over,
        uint256 numerator,
        uint256 denominator,
        bool narrow
    ) internal view returns (uint256 numerators, uint256 denominators) {
        (uint256 first, ) = _words(ring, period, over, numerator, denominator, narrow);
        return _sumsIn(first, narrow);
    }

    /// @notice Lists the words of a ring, the earliest period first and `period` last. Returns where to write next.
    /// @param words Where to write.
    /// @param at How many are there already.
    function list(
        uint256 ring,
        uint256 period,
        uint256 over,
        bool narrow,
        uint256[] memory words,
        uint256 at
    ) internal view returns (uint256) {
        unchecked {
            for (uint256 i = period > over ? period - over + 1 : 1; i <= period; ++i) {
                uint256 place = i % over;
                if (narrow) {
                    words[at++] = _load(ring + place);
                } else {
                    words[at++] = _load(ring + 2 * place);
                    words[at++] = _load(ring + 2 * place + 1);
                }
            }
            return at;
        }
    }

    /// @dev What a period's place is to hold, of a narrow deal in one word; zero before the first denominator.
    function _words(
        uint256 ring,
        uint256 period,
        uint256 over,
        uint256 numerator,
        uint256 denominator,
        bool narrow
    ) private view returns (uint256 first, uint256 second) {
        unchecked {
            uint256 before = (period - 1) % over;
            uint256 place = period % over;
            if (narrow) return (_narrow(ring + before, ring + place, numerator, denominator), 0);
            return _wide(ring + 2 * before, ring + 2 * place, numerator, denominator);
        }
    }

    function _sumsIn(uint256 word, bool narrow) private pure returns (uint256 numerators, uint256 denominators) {
        if (!narrow) return ((word >> NUMERATORS_AT) & WIDE_NUMERATORS, word >> WIDE_DENOMINATORS_AT);
        word &= NARROW_SUMS;
        return ((word >> NUMERATORS_AT) & NARROW_NUMERATORS, word >> NARROW_DENOMINATORS_AT);
    }

    function _narrow(
        uint256 before,
        uint256 place,
        uint256 numerator,
        uint256 denominator
    ) private view returns (uint256 word) {
        unchecked {
            uint256 total = _load(before) & NARROW_SUMS;
            if (total | denominator == 0) return 0;
            numerator = AmountLib.min(numerator, MAX_NARROW_AMOUNT);
            denominator = AmountLib.min(denominator, MOST_NARROW_SERVICE);
            uint256 dropped = _load(place) >> NARROW_PARTS_AT;
            total = (total | BEGUN) + (numerator << NUMERATORS_AT) + (denominator << NARROW_DENOMINATORS_AT);
            total -= (dropped & MAX_NARROW_AMOUNT) << NUMERATORS_AT;
            total -= (dropped >> NARROW_BITS) << NARROW_DENOMINATORS_AT;
            return (((denominator << NARROW_BITS) | numerator) << NARROW_PARTS_AT) | total;
        }
    }

    function _wide(
        uint256 before,
        uint256 place,
        uint256 numerator,
        uint256 denominator
    ) private view returns (uint256 total, uint256 parts) {
        unchecked {
            total = _load(before);
            if (total | denominator == 0) return (0, 0);
            numerator = AmountLib.min(numerator, MAX_AMOUNT);
            denominator = AmountLib.min(denominator, MOST_WIDE_SERVICE);
            uint256 dropped = _load(place + 1);
            total = (total | BEGUN) + (numerator << NUMERATORS_AT) + (denominator << WIDE_DENOMINATORS_AT);
            total -= (dropped & MAX_AMOUNT) << NUMERATORS_AT;
            total -= (dropped >> WIDE_BITS) << WIDE_DENOMINATORS_AT;
            return (total, (denominator << WIDE_BITS) | numerator);
        }
    }

    function _load(uint256 slot) private view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(slot)
        }
    }

    function _store(uint256 slot, uint256 word) private {
        assembly ("memory-safe") {
            sstore(slot, word)
        }
    }
}
