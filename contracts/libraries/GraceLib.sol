// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {DuesLib} from "./DuesLib.sol";
import {LadderLib} from "./LadderLib.sol";
import {MetricLib} from "./MetricLib.sol";
import {PotsLib} from "./PotsLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {ReportLib} from "./ReportLib.sol";
import {SettlementLogLib} from "./SettlementLogLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    ASSET_VALUE,
    Book,
    CASH,
    FEE,
    FeeRecord,
    INTEREST,
    LIMITS_FILL,
    LOSS,
    LogCursor,
    NONE,
    OC,
    OF_ASSET_VALUE,
    PASSING,
    POOL_FACTOR,
    PackedTest,
    JUDGES,
    MAX_TESTS,
    READS_REPORTS,
    REPAYS_TO_TARGET,
    RESERVE,
    RING_WORDS,
    Rung,
    RungKind,
    STANDARD_FIELDS,
    SWEEP,
    TRAPS_SUPPORT,
    Terms,
    TrancheRecord,
    WRITES_DOWN
} from "../types/Types.sol";

/// @title GraceLib
/// @notice Whether a period may be settled within its grace. Mirrors penstock/model/grace.py.
library GraceLib {
    using BookLib for Book;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using TermsLib for PackedTest;
    using TermsLib for Rung;
    using TermsLib for Terms;

    /// @notice Reads the report of the book's period, and whether it has every figure that the terms read.
    function isReported(Book memory book) internal view returns (bool) {
        if (book.flags & READS_REPORTS == 0) return true;
        ReportLib.read(book);
        PotsLib.fill(book);
        uint256 needed = _read(book);
        return book.reported & needed == needed;
    }

    /// @notice Whether the collections of the book's period alone, without reserves and traps, pay everything due and fill the
    /// reserves, and no test begins to fail.
    /// @dev Settles the book for trial, without draws and releases: it is worth nothing afterwards.
    /// @param windows Where tests over several periods keep them.
    function maySettle(Book memory book, uint256[MAX_TESTS * RING_WORDS] storage windows) internal view returns (bool) {
        unchecked {
            if (book.flags & WRITES_DOWN != 0) DuesLib.writeDown(book);
            DuesLib.dues(book);
            uint256 before = book.passesNeeded;
            if (book.testCount != 0) {
                uint256 available = MetricLib.cfads(book);
                if (book.flags & JUDGES == 0) book.passesNeeded = CoverageLib.dscr(book, available);
                else CoverageLib.tried(book, available, windows);
            }
            for (uint256 test; test < book.testCount; ++test) {
                if (CoverageLib.failing(book.passesNeeded, test) && !CoverageLib.failing(before, test)) return false;
            }
            if (book.flags & LIMITS_FILL != 0) _limitTargets(book);
            if (CoverageLib.enforced(book)) book.principalPot = 0;
            book.cash = book.collections - book.principalPot;
            book.supportingReserves = 0;
            book.flags &= ~TRAPS_SUPPORT;
            (uint256 at, uint256 rungs) = book.terms.ladder(CoverageLib.enforced(book));
            (, LogCursor cursor) = SettlementLogLib.open(rungs);
            LadderLib.pay(book, at, rungs, cursor);
            for (; rungs > 0; --rungs) {
                if (_isShort(book, book.terms.rungAt(at))) return false;
                at += TermsLib.RUNG_LENGTH;
            }
            return true;
        }
    }

    /// @dev The fields of a report that the terms read, a bit each: all that they declare, the loss where it writes down, the
    /// asset value where a fee is charged on it, a tranche is repaid by it or a test measures it.
    function _read(Book memory book) private pure returns (uint256 fields) {
        unchecked {
            fields = (1 << book.fieldCount()) - (1 << STANDARD_FIELDS);
            if (book.flags & WRITES_DOWN != 0) fields |= 1 << LOSS;
            if (book.flags & REPAYS_TO_TARGET != 0) fields |= 1 << ASSET_VALUE;
            for (uint256 i; i < book.feeCount; ++i) {
                if (book.terms.feeBase(book.terms.feeAt(i)) == OF_ASSET_VALUE) fields |= 1 << ASSET_VALUE;
            }
            for (uint256 i; i < book.testCount; ++i) {
                uint256 metric = book.terms.packedTest(i).metric();
                if (metric == OC || metric == POOL_FACTOR) fields |= 1 << ASSET_VALUE;
            }
        }
    }

    /// @dev Lowers targets to what a reserve with a limit can hold after the period.
    function _limitTargets(Book memory book) private pure {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) {
                uint256 most = book.pot(i) + book.terms.reserveFill(book.terms.reserveAt(i));
                book.setTarget(i, AmountLib.min(book.target(i), most));
            }
        }
    }

    /// @dev Whether a rung that acts left something due. A sweep takes what is not due yet, a `cash` tranche's principal falls
    /// due in the last period.
    function _isShort(Book memory book, Rung rung) private pure returns (bool) {
        unchecked {
            RungKind kind = rung.kind();
            if (kind == SWEEP || kind > RESERVE) return false;
            uint256 test = rung.testOf();
            // What may be deferred does not hold a period up
            if (test != NONE && (test >= PASSING || !LadderLib.acts(book, rung))) return false;
            uint256 first = rung.target();
            if (kind == RESERVE) return book.pot(first) < book.target(first);
            if (kind == FEE) return book.fee(first).due() != 0;
            uint256 targets = rung.others() | (1 << first);
            for (uint256 i; targets >> i != 0; ++i) {
                if ((targets >> i) & 1 == 0) continue;
                TrancheRecord tranche = book.tranche(i);
                if (kind == INTEREST) {
                    if (tranche.interestOwed() != 0) return true;
                } else if (tranche.principalOwed() != 0) {
                    if (book.matured || book.terms.principalKind(TermsLib.trancheAt(i)) != CASH) return true;
                }
            }
            return false;
        }
    }
}
