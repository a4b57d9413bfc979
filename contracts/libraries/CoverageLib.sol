// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BookLib} from "./BookLib.sol";
import {MetricLib} from "./MetricLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {WindowLib} from "./WindowLib.sol";
import {Book, COUNTER_BITS, MAX_TESTS, PackedTest, RING_WORDS, Terms, TrancheRecord, WAD} from "../types/Types.sol";

/// @title CoverageLib
/// @notice Tests, compared by cross-multiplication. Mirrors penstock/model/coverage.py.
/// @dev Unchecked throughout: a threshold below 2**128 times sums below 2**127 stays under 2**256.
library CoverageLib {
    using BookLib for Book;
    using RecordLib for TrancheRecord;
    using TermsLib for PackedTest;
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

    /// @notice Makes every test of a deal that has no other tests than plain DSCRs and returns the new counters.
    /// @param available The period's CFADS.
    function dscr(Book memory book, uint256 available) internal pure returns (uint256 passesNeeded) {
        unchecked {
            uint256 count = book.testCount;
            for (uint256 test; test < count; ++test) {
                uint256 needed = (book.passesNeeded >> (test * COUNTER_BITS)) & COUNTER_MASK;
                passesNeeded |= _counter(book, test, needed, available) << (test * COUNTER_BITS);
            }
        }
    }

    /// @notice Whether a test's trap holds cash back: while the test fails, and while the report it reads is missing.
    function traps(Book memory book, uint256 test) internal pure returns (bool) {
        return failing(book.passesNeeded, test) || (book.unreported >> test) & 1 != 0;
    }

    /// @notice Makes every test of a deal that has other tests than plain DSCRs, into the book.
    /// @param available The period's CFADS.
    /// @param windows Where tests over several periods keep them.
    function judge(Book memory book, uint256 available, uint256[MAX_TESTS * RING_WORDS] storage windows) internal {
        unchecked {
            uint256 counters;
            book.unreported = 0;
            for (uint256 test; test < book.testCount; ++test) {
                PackedTest packed = book.terms.packedTest(test);
                (uint256 above, uint256 below, bool missing) = MetricLib.measure(book, available, test, packed);
                if (packed.over() > 1) {
                    uint256 ring = WindowLib.ringOf(windows, test);
                    (above, below) = WindowLib.withPeriod(ring, book.period, packed.over(), above, below, book.narrow);
                }
                counters |= _judged(book, packed, test, above, below, missing) << (test * COUNTER_BITS);
            }
            book.passesNeeded = counters;
        }
    }

    /// @notice As {judge}, for trial: the windows stay as they are.
    function tried(Book memory book, uint256 available, uint256[MAX_TESTS * RING_WORDS] storage windows) internal view {
        unchecked {
            uint256 counters;
            book.unreported = 0;
            for (uint256 test; test < book.testCount; ++test) {
                PackedTest packed = book.terms.packedTest(test);
                (uint256 above, uint256 below, bool missing) = MetricLib.measure(book, available, test, packed);
                if (packed.over() > 1) {
                    uint256 ring = WindowLib.ringOf(windows, test);
                    (above, below) = WindowLib.sums(ring, book.period, packed.over(), above, below, book.narrow);
                }
                counters |= _judged(book, packed, test, above, below, missing) << (test * COUNTER_BITS);
            }
            book.passesNeeded = counters;
        }
    }

    /// @dev The counter of one test after the period, from what it measured.
    function _judged(
        Book memory book,
        PackedTest packed,
        uint256 test,
        uint256 numerator,
        uint256 denominator,
        bool missing
    ) private pure returns (uint256) {
        unchecked {
            uint256 needed = (book.passesNeeded >> (test * COUNTER_BITS)) & COUNTER_MASK;
            if (MetricLib.isOfLenders(packed.metric()) && MetricLib.isRepaid(book, packed.measured())) return 0;
            if (missing) {
                book.unreported |= 1 << test;
                return needed;
            }
            if (denominator == 0) return needed;
            (uint256 ratio, uint256 threshold) = (numerator * WAD, packed.threshold() * denominator);
            if (packed.failsAbove() ? ratio > threshold : ratio < threshold) return packed.cure();
            return needed > 0 ? needed - 1 : 0;
        }
    }

    function _counter(
        Book memory book,
        uint256 test,
        uint256 needed,
        uint256 available
    ) private pure returns (uint256) {
        unchecked {
            (uint256 tranche, uint256 threshold, uint256 cure) = book.terms.test(test);
            uint256 service;
            uint256 owed;
            for (uint256 i; i <= tranche; ++i) {
                TrancheRecord senior = book.tranche(i);
                service += senior.debtService();
                owed |= senior.balance() | senior.interestOwed();
            }
            // Not tested; repaid, it is cured
            if (service == 0) return owed == 0 ? 0 : needed;
            if (available * WAD < threshold * service) return cure;
            return needed > 0 ? needed - 1 : 0;
        }
    }
}
