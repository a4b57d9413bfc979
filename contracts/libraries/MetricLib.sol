// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BookLib} from "./BookLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    ASSET_VALUE,
    Book,
    DSCR,
    FeeRecord,
    IC,
    NOTE_FACTOR,
    OC,
    POOL_FACTOR,
    PackedTest,
    RESERVE_LEVEL,
    STANDARD_FIELDS,
    Terms,
    TrancheRecord,
    WAD
} from "../types/Types.sol";

/// @title MetricLib
/// @notice What a test measures: two figures of a period. Mirrors penstock/model/metrics.py.
/// @dev Unchecked throughout: sums of a few MAX_AMOUNT for each of at most 16 tranches.
library MetricLib {
    using BookLib for Book;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using TermsLib for PackedTest;
    using TermsLib for Terms;

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

    /// @notice Whether a metric measures what lenders are owed, so that repayment cures a test of it.
    function isOfLenders(uint256 metric) internal pure returns (bool) {
        return metric <= NOTE_FACTOR;
    }

    /// @notice Whether a tranche and all senior to it have neither a balance nor interest arrears.
    function isRepaid(Book memory book, uint256 tranche) internal pure returns (bool) {
        unchecked {
            uint256 owed;
            for (uint256 i; i <= tranche; ++i) owed |= book.tranche(i).balance() | book.tranche(i).interestOwed();
            return owed == 0;
        }
    }

    /// @notice Numerator and denominator of a test, and whether the report that it reads is missing. Of two pots an OC counts
    /// principal collections, which are not paid out yet, beside the asset value, and an IC interest alone.
    /// @param available The period's CFADS.
    function measure(
        Book memory book,
        uint256 available,
        uint256 test,
        PackedTest packed
    ) internal pure returns (uint256 numerator, uint256 denominator, bool missing) {
        unchecked {
            uint256 metric = packed.metric();
            if (metric == RESERVE_LEVEL) {
                uint256 reserve = packed.measured();
                return (book.pot(reserve), book.target(reserve), false);
            }
            if (isOfLenders(metric)) (numerator, denominator) = _ofLenders(book, available, metric, packed.measured());
            if (metric < OC || metric == NOTE_FACTOR) return (numerator, denominator, false);
            bool readsValue = metric == OC || metric == POOL_FACTOR;
            uint256 field = readsValue ? ASSET_VALUE : STANDARD_FIELDS + packed.reportField();
            if ((book.reported >> field) & 1 == 0) return (0, 0, true);
            numerator = book.reportOf(field);
            if (metric == OC) numerator += book.principalPot;
            else denominator = metric == POOL_FACTOR ? book.terms.testInitial(test) : WAD;
        }
    }

    /// @dev Of an OC the denominator alone.
    function _ofLenders(
        Book memory book,
        uint256 available,
        uint256 metric,
        uint256 tranche
    ) private pure returns (uint256 numerator, uint256 denominator) {
        unchecked {
            if (metric == DSCR) numerator = available;
            if (metric == IC) {
                numerator = available > book.principalPot ? available - book.principalPot : 0;
            }
            for (uint256 i; i <= tranche; ++i) {
                TrancheRecord senior = book.tranche(i);
                if (metric == DSCR) {
                    denominator += senior.debtService();
                } else if (metric == IC) {
                    denominator += senior.currentInterest();
                } else if (metric == OC) {
                    denominator += senior.balance() + senior.interestOwed() - senior.currentInterest();
                } else {
                    numerator += senior.balance();
                    denominator += book.terms.face(TermsLib.trancheAt(i));
                }
            }
        }
    }
}
