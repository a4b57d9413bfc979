// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Book, KnownIndex, STANDARD_FIELDS, Terms} from "../types/Types.sol";

/// @title FloatingLib
/// @notice Coupons that follow an index, by the last value known of it. Mirrors penstock/model/floating.py.
/// @dev A known index is its value in wad, above the low 16 bits, and there the period that it was reported for. Unchecked
/// throughout: a reported field is at most MAX_AMOUNT.
library FloatingLib {
    using BookLib for Book;
    using TermsLib for Terms;

    uint256 private constant PERIOD_BITS = 16;

    /// @notice Sets the coupon of a tranche for the book's period, in the terms in memory: dues and reserves that look ahead
    /// find it where any other tranche has its own.
    /// @param at Where the floating coupon begins in the terms.
    /// @param before What is known of its index before the period's report.
    function setCoupon(Book memory book, uint256 at, KnownIndex before) internal pure {
        Terms terms = book.terms;
        terms.setOnlyCoupon(terms.floatingTranche(at), _coupon(book, at, before));
    }

    /// @notice What the period's report says of a declared field.
    function reported(Book memory book, uint256 index) internal pure returns (KnownIndex) {
        unchecked {
            uint256 value = book.reportOf(STANDARD_FIELDS + index);
            return KnownIndex.wrap((value << PERIOD_BITS) | book.period);
        }
    }

    /// @notice The value, in wad, and the period it was reported for; 0 before any.
    function known(KnownIndex index) internal pure returns (uint256 value, uint256 period) {
        return (KnownIndex.unwrap(index) >> PERIOD_BITS, KnownIndex.unwrap(index) & ((1 << PERIOD_BITS) - 1));
    }

    /// @dev By the last known index, or the cap where that is too old. In advance the index at closing counts as that of the
    /// period before the first; in arrears it serves until one is reported.
    function _coupon(Book memory book, uint256 at, KnownIndex last) private pure returns (uint256) {
        unchecked {
            Terms terms = book.terms;
            (uint256 margin, uint256 floor, uint256 cap, uint256 initial) = terms.floatingRates(at);
            (bool inArrears, uint256 stale) = terms.floatingReset(at);
            uint256 index = terms.floatingIndex(at);
            if (inArrears && book.isReported(STANDARD_FIELDS + index)) last = reported(book, index);
            (uint256 value, uint256 period) = known(last);
            if (period == 0) value = initial;
            bool serves = inArrears && period == 0;
            if (!serves && book.period - period - (inArrears ? 0 : 1) > stale) return cap;
            return AmountLib.min((value > floor ? value : floor) + margin, cap);
        }
    }
}
