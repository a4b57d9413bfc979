// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    Amounts,
    Book,
    FeeRecord,
    MAX_AMOUNT,
    MAX_NARROW_AMOUNT,
    MAX_TESTS,
    NARROW,
    PROMOTES,
    STANDARD_FIELDS,
    TRAPS_ALWAYS,
    Terms,
    TrancheRecord,
    WRITES_DOWN
} from "../types/Types.sol";

/// @title BookLib
/// @notice Opens a book and finds its records.
/// @dev Unchecked throughout, see {RecordLib}.
library BookLib {
    using RecordLib for Amounts;
    using TermsLib for Terms;

    /// @dev Of a {Book}; a test counts them.
    uint256 private constant FIELDS = 31;

    /// @notice Makes a book of room that is all zero: `make()(blank())`. Of a declared book the compiler zeroes each field by
    /// itself, for three times the gas, and a function that returned one would do it again.
    function make() internal pure returns (function(uint256) internal pure returns (Book memory) cast) {
        function(uint256) internal pure returns (uint256) same = _same;
        assembly ("memory-safe") {
            cast := same
        }
    }

    /// @notice Room for a book.
    function blank() internal pure returns (uint256) {
        return RecordLib.allocate(FIELDS * 0x20);
    }

    function _same(uint256 at) private pure returns (uint256) {
        return at;
    }

    /// @notice Makes room for everything the terms count, all zero.
    function open(Book memory book, Terms terms) internal pure {
        unchecked {
            book.terms = terms;
            (uint256 tranches, uint256 fees, uint256 reserves, uint256 tests) = terms.counts();
            (book.trancheCount, book.feeCount, book.reserveCount, book.testCount) = (tranches, fees, reserves, tests);
            book.supportingReserves = reserves;
            uint256 flags = terms.flags();
            book.flags = flags;
            book.trapsAt = book.potsInUse = reserves + fees;
            if (flags & TRAPS_ALWAYS != 0) useTraps(book);
            book.lenders = tranches - (flags & PROMOTES == 0 ? 1 : 2);
            book.narrow = flags & NARROW != 0;
            book.cap = flags & NARROW != 0 ? MAX_NARROW_AMOUNT : MAX_AMOUNT;
            // Equity's balance changes by losses alone, and otherwise is its face
            book.keptBalances = flags & WRITES_DOWN == 0 ? book.lenders : tranches;
            // In a wide deal every tranche's cash word brings a pot, used or not: room for as many more
            uint256 pots = reserves + fees + tests + tranches;
            uint256 feesAt = tranches * RecordLib.TRANCHE_SIZE;
            uint256 targetsAt = feesAt + fees * RecordLib.FEE_SIZE;
            uint256 potsAt = targetsAt + reserves * 0x20;
            uint256 room = RecordLib.allocate(potsAt + pots * 0x20);
            book.tranches = TrancheRecord.wrap(room);
            book.fees = FeeRecord.wrap(room + feesAt);
            book.targets = Amounts.wrap(room + targetsAt);
            book.pots = Amounts.wrap(room + potsAt);
        }
    }

    function tranche(Book memory book, uint256 index) internal pure returns (TrancheRecord) {
        unchecked {
            return TrancheRecord.wrap(TrancheRecord.unwrap(book.tranches) + index * RecordLib.TRANCHE_SIZE);
        }
    }

    function fee(Book memory book, uint256 index) internal pure returns (FeeRecord) {
        unchecked {
            return FeeRecord.wrap(FeeRecord.unwrap(book.fees) + index * RecordLib.FEE_SIZE);
        }
    }

    /// @notice What a reserve should hold after the period.
    function target(Book memory book, uint256 reserve) internal pure returns (uint256) {
        return book.targets.at(reserve);
    }

    function setTarget(Book memory book, uint256 reserve, uint256 amount) internal pure {
        book.targets.setAt(reserve, amount);
    }

    /// @notice How many fields a report of this deal has.
    function fieldCount(Book memory book) internal pure returns (uint256) {
        unchecked {
            return STANDARD_FIELDS + book.terms.fieldCount();
        }
    }

    /// @notice Makes room for the report of a period, all zero; only deals that read reports need it.
    function openReport(Book memory book) internal pure {
        book.report = Amounts.wrap(RecordLib.allocate(fieldCount(book) * 0x20));
    }

    /// @notice Field `field` of the period's report, 0 where it was not reported.
    function reportOf(Book memory book, uint256 field) internal pure returns (uint256) {
        return book.report.at(field);
    }

    function isReported(Book memory book, uint256 field) internal pure returns (bool) {
        return (book.reported >> field) & 1 != 0;
    }

    function setReport(Book memory book, uint256 field, uint256 value) internal pure {
        book.report.setAt(field, value);
    }

    /// @notice Pot `index`: a reserve's index is its pot's.
    function pot(Book memory book, uint256 index) internal pure returns (uint256) {
        return book.pots.at(index);
    }

    function setPot(Book memory book, uint256 index, uint256 amount) internal pure {
        book.pots.setAt(index, amount);
    }

    function addToPot(Book memory book, uint256 index, uint256 amount) internal pure {
        book.pots.addAt(index, amount);
    }

    /// @notice The pot of what a fee's payee may claim.
    function feePot(Book memory book, uint256 index) internal pure returns (uint256) {
        unchecked {
            return book.reserveCount + index;
        }
    }

    /// @notice The pot of a test's trap.
    function trapPot(Book memory book, uint256 test) internal pure returns (uint256) {
        unchecked {
            return book.trapsAt + test;
        }
    }

    /// @notice Notes that the residual of the period goes into a test's trap, unless another test's is noted already.
    function holdFor(Book memory book, uint256 test) internal pure {
        unchecked {
            if (book.unreported >> MAX_TESTS == 0) book.unreported |= (test + 1) << MAX_TESTS;
        }
    }

    function holds(Book memory book) internal pure returns (bool) {
        return book.unreported > type(uint8).max;
    }

    /// @notice The test whose trap gets the residual.
    function heldFor(Book memory book) internal pure returns (uint256) {
        unchecked {
            return (book.unreported >> MAX_TESTS) - 1;
        }
    }

    /// @notice Counts the traps among the pots in use.
    function useTraps(Book memory book) internal pure {
        unchecked {
            book.potsInUse = book.trapsAt + book.testCount;
        }
    }
}
