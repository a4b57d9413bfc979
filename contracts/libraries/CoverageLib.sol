// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BookLib} from "./BookLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Book, COUNTER_BITS, FeeRecord, Terms, TrancheRecord, WAD} from "../types/Types.sol";

/// @title CoverageLib
/// @notice Coverage tests, compared by cross-multiplication. Mirrors penstock/model/coverage.py.
/// @dev Unchecked throughout: a ratio below 2**128 times a service of a few MAX_AMOUNT stays under 2**256.
library CoverageLib {
    using BookLib for Book;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using TermsLib for Terms;

    uint256 private constant COUNTER_MASK = 31;

    /// @notice Whether a test fails, that is, still needs passes to be cured.
    function failing(uint256 passesNeeded, uint256 test) internal pure returns (bool) {
        unchecked {
            return (passesNeeded >> (test * COUNTER_BITS)) & COUNTER_MASK != 0;
        }
    }

    /// @notice Whether a test that switches ladders fails.
    function enforced(Book memory book) internal pure returns (bool) {
        uint256 switches = book.passesNeeded == 0 ? 0 : book.terms.enforceOn();
        for (uint256 test; switches != 0; ++test) {
            if (switches & 1 != 0 && failing(book.passesNeeded, test)) return true;
            switches >>= 1;
        }
        return false;
    }

    /// @notice Makes every test of the deal and returns the new counters.
    function dscr(Book memory book) internal pure returns (uint256 passesNeeded) {
        unchecked {
            uint256 count = book.testCount;
            if (count == 0) return 0;
            uint256 available = cfads(book);
            for (uint256 test; test < count; ++test) {
                uint256 needed = (book.passesNeeded >> (test * COUNTER_BITS)) & COUNTER_MASK;
                passesNeeded |= _counter(book, test, needed, available) << (test * COUNTER_BITS);
            }
        }
    }

    /// @notice Cash flow available for debt service: collections less what operating fees are due, not below zero.
    function cfads(Book memory book) internal pure returns (uint256) {
        unchecked {
            uint256 opex;
            for (uint256 i; i < book.feeCount; ++i) {
                if (book.terms.feeIsOpex(book.terms.feeAt(i))) opex += book.fee(i).due();
            }
            return book.collections > opex ? book.collections - opex : 0;
        }
    }

    function _counter(
        Book memory book,
        uint256 test,
        uint256 needed,
        uint256 available
    ) private pure returns (uint256) {
        unchecked {
            (uint256 tranche, uint256 below, uint256 cure) = book.terms.test(test);
            uint256 service;
            uint256 owed;
            for (uint256 i; i <= tranche; ++i) {
                TrancheRecord senior = book.tranche(i);
                service += senior.debtService();
                owed |= senior.balance() | senior.interestOwed();
            }
            // Not tested; repaid, it is cured
            if (service == 0) return owed == 0 ? 0 : needed;
            if (available * WAD < below * service) return cure;
            return needed > 0 ? needed - 1 : 0;
        }
    }
}
