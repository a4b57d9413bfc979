// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DealDelegate} from "./DealDelegate.sol";
import {DealStorage} from "./DealStorage.sol";
import {IDealTrial} from "./interfaces/IDealTrial.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {GraceLib} from "./libraries/GraceLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {Book, FLOATS, Terms} from "./types/Types.sol";

/// @title DealTrial
/// @notice Settles a deal's next period for trial: see {IDealTrial}. A deal's {DealExtension} delegates to it whatever it does
/// not do itself. It carries the libraries of a settlement a second time, for deals with grace. By itself it keeps nothing,
/// holds nothing and refuses every call.
contract DealTrial is IDealTrial, DealDelegate, DealStorage {
    using BookLib for Book;
    using TermsLib for Terms;

    /// @inheritdoc IDealTrial
    function maySettle() external view onlyInDeal returns (bool) {
        Book memory book;
        Terms packed = TermsLib.load();
        book.open(packed);
        _collect(book, _read(book));
        uint256 periods = packed.periods();
        if (book.period == periods) return false;
        _takeCut(book);
        book.matured = ++book.period == periods;
        book.row = packed.rowAt(book.period);
        if (block.timestamp < packed.paymentAt(book.row)) return false;
        if (block.timestamp >= packed.graceEndsAt(book.row)) return true;
        if (!GraceLib.isReported(book)) return false;
        if (book.flags & FLOATS != 0) _fixCoupons(book);
        return GraceLib.maySettle(book, _windows);
    }
}
