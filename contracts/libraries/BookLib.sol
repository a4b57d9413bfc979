// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Book, FEE_SIZE, Record, TRANCHE_SIZE, Terms} from "../types/Types.sol";

/// @title BookLib
/// @notice Finds a book's records.
/// @dev Unchecked throughout, see {RecordLib}.
library BookLib {
    using RecordLib for Record;
    using TermsLib for Terms;

    /// @notice Makes room for everything the terms count, all zero.
    function open(Book memory book, Terms terms) internal pure {
        unchecked {
            book.terms = terms;
            (uint256 tranches, uint256 fees, uint256 reserves, uint256 tests) = terms.counts();
            (book.trancheCount, book.feeCount, book.reserveCount, book.testCount) = (tranches, fees, reserves, tests);
            // Every tranche's cash slot brings a pot, used or not: room for as many more
            uint256 pots = reserves + fees + tests + tranches;
            uint256 size = tranches * TRANCHE_SIZE + fees * FEE_SIZE + (reserves + pots) * 0x20;
            Record room = RecordLib.allocate(size);
            book.tranches = room;
            book.fees = room = room.plus(tranches * TRANCHE_SIZE);
            book.targets = room = room.plus(fees * FEE_SIZE);
            book.pots = room.plus(reserves * 0x20);
        }
    }

    function tranche(Book memory book, uint256 index) internal pure returns (Record) {
        unchecked {
            return book.tranches.plus(index * TRANCHE_SIZE);
        }
    }

    function fee(Book memory book, uint256 index) internal pure returns (Record) {
        unchecked {
            return book.fees.plus(index * FEE_SIZE);
        }
    }

    /// @notice What a reserve should hold after the period.
    function target(Book memory book, uint256 reserve) internal pure returns (uint256) {
        return book.targets.get(reserve << 5);
    }

    function setTarget(Book memory book, uint256 reserve, uint256 amount) internal pure {
        book.targets.set(reserve << 5, amount);
    }

    /// @notice Pot `index`: a reserve's index is its pot's.
    function pot(Book memory book, uint256 index) internal pure returns (uint256) {
        return book.pots.get(index << 5);
    }

    function setPot(Book memory book, uint256 index, uint256 amount) internal pure {
        book.pots.set(index << 5, amount);
    }

    function addToPot(Book memory book, uint256 index, uint256 amount) internal pure {
        book.pots.increase(index << 5, amount);
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
            return book.reserveCount + book.feeCount + test;
        }
    }
}
