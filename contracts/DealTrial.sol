// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DealDelegate} from "./DealDelegate.sol";
import {DealStorage} from "./DealStorage.sol";
import {IDealCore} from "./interfaces/IDealCore.sol";
import {IDealTrial} from "./interfaces/IDealTrial.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {CallLib} from "./libraries/CallLib.sol";
import {GraceLib} from "./libraries/GraceLib.sol";
import {LadderLib} from "./libraries/LadderLib.sol";
import {PromoteLib} from "./libraries/PromoteLib.sol";
import {ReportLib} from "./libraries/ReportLib.sol";
import {SettlementLogLib} from "./libraries/SettlementLogLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {Book, CALLABLE, FLOATS, LogCursor, PROMOTES, READS_REPORTS, Terms, WRITES_DOWN} from "./types/Types.sol";

/// @title DealTrial
/// @notice Tries a deal's next period: see {IDealTrial}. A deal's {DealExtension} delegates to it whatever it does not do
/// itself. It carries the libraries of a settlement a second time, for deals with grace or a clean-up call. By itself it keeps
/// nothing, holds nothing and refuses every call.
contract DealTrial is IDealTrial, DealDelegate, DealStorage {
    using BookLib for Book;
    using SafeERC20 for IERC20;
    using SettlementLogLib for LogCursor;
    using TermsLib for Terms;

    /// @dev What a call of a period pays and has, in base units; and the log of the period's report, see {ReportLib}.
    struct Bill {
        uint256 missing;
        uint256 cash;
        uint256 counted;
        uint256 reportFigures;
        LogCursor reportCursor;
    }

    // Grace

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
        return (_call.announced == book.period && _canPay()) || _covers(book);
    }

    /// @inheritdoc IDealTrial
    function isCovered() external view onlyInDeal returns (bool) {
        Book memory book;
        Terms packed = TermsLib.load();
        book.open(packed);
        _collect(book, _read(book));
        uint256 periods = packed.periods();
        if (book.period == periods) return false;
        _takeCut(book);
        book.matured = ++book.period == periods;
        book.row = packed.rowAt(book.period);
        return _covers(book);
    }

    /// @dev Whether the book's period, which is open, leaves nothing due: see {GraceLib}.
    function _covers(Book memory book) private view returns (bool) {
        if (!GraceLib.isReported(book)) return false;
        if (book.flags & FLOATS != 0) _fixCoupons(book);
        return GraceLib.maySettle(book, _windows);
    }

    // The clean-up call

    /// @inheritdoc IDealTrial
    function settleCalled() external onlyInDeal {
        Book memory book;
        Bill memory bill = _bill(book);
        uint256 period = book.period;
        if (_call.announced != period) revert Deal_NotAnnounced(period);
        uint256 paymentAt = book.terms.paymentAt(book.row);
        if (block.timestamp < paymentAt) revert Deal_PeriodNotOver(period, paymentAt, block.timestamp);
        if (bill.missing != 0) _takeFromPayee(book, bill);
        emit Called(period, bill.missing);
        if (bill.reportFigures != 0) {
            SettlementLogLib.log(bill.reportFigures, bill.reportCursor, IDealCore.Reported.selector, period);
        }
        _call.called = true;
        _call.repaid += uint128(CallLib.balances(book));
        if (book.flags & WRITES_DOWN != 0) delete _writtenDown;
        if (book.flags & PROMOTES != 0) PromoteLib.grow(book);
        _payAll(book, bill);
        book.period = book.terms.periods();
        _write(book);
    }

    /// @inheritdoc IDealTrial
    function callPrice() external view onlyInDeal returns (uint256) {
        Book memory book;
        return _bill(book).missing;
    }

    /// @dev Opens a book for the next period as its call would settle it, everything due in it.
    function _bill(Book memory book) private view returns (Bill memory bill) {
        unchecked {
            Terms packed = TermsLib.load();
            book.open(packed);
            if (book.flags & CALLABLE == 0) revert Deal_NotCallable();
            bill.counted = _collect(book, _read(book));
            if (book.period == packed.periods()) revert Deal_AllPeriodsSettled(book.period);
            book.row = packed.rowAt(++book.period);
            book.matured = true;
            if (book.flags & READS_REPORTS != 0) (bill.reportFigures, bill.reportCursor) = ReportLib.read(book);
            if (book.flags & FLOATS != 0) _fixCoupons(book);
            CallLib.dues(book, _writtenDown);
            bill.cash = book.collections + CallLib.held(book);
            uint256 owed = CallLib.owed(book);
            if (owed > bill.cash) bill.missing = owed - bill.cash;
        }
    }

    /// @dev Whether the payee can pay for the call of the next period.
    function _canPay() private view returns (bool) {
        Book memory book;
        Bill memory bill = _bill(book);
        address payee = book.terms.callPayee();
        IERC20 asset = IERC20(book.terms.asset());
        if (bill.missing > book.cap - book.claimed - bill.counted) return false;
        return bill.missing <= asset.balanceOf(payee) && bill.missing <= asset.allowance(payee, address(this));
    }

    /// @dev Takes exactly what is missing. Meanwhile nothing is claimed or settled, so that the book stays true until it is
    /// written.
    function _takeFromPayee(Book memory book, Bill memory bill) private {
        uint256 missing = bill.missing;
        if (missing > book.cap - book.claimed - bill.counted) revert Deal_CallNotPaid(book.period, missing);
        IERC20 asset = IERC20(book.terms.asset());
        uint256 before = asset.balanceOf(address(this));
        _lock(book);
        asset.safeTransferFrom(book.terms.callPayee(), address(this), missing);
        if (asset.balanceOf(address(this)) < before + missing) revert Deal_CallNotPaid(book.period, missing);
    }

    /// @dev Pays everything owed down the normal ladder and logs it. Nothing is owed then: no test fails, nothing is held.
    function _payAll(Book memory book, Bill memory bill) private {
        unchecked {
            book.width = SettlementLogLib.widthFor(bill.counted + bill.missing);
            book.cash = bill.cash + bill.missing;
            CallLib.release(book);
            (book.passesNeeded, book.unreported) = (0, 0);
            (uint256 at, uint256 rungs) = book.terms.ladder(false);
            (uint256 figures, LogCursor cursor) = SettlementLogLib.open(1 + rungs + book.reserveCount);
            cursor = cursor.append(book.width, SettlementLogLib.HEAD_WIDTH);
            cursor = cursor.append(book.collections, book.width);
            cursor = LadderLib.payAll(book, at, rungs, cursor);
            for (uint256 i; i < book.reserveCount; ++i) cursor = cursor.append(0, book.width);
            SettlementLogLib.log(figures, cursor, IDealCore.Settled.selector, book.period);
        }
    }
}
