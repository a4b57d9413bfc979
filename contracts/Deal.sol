// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {DealClaims} from "./DealClaims.sol";
import {IDealCore} from "./interfaces/IDealCore.sol";
import {IDealTrial} from "./interfaces/IDealTrial.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {CallLib} from "./libraries/CallLib.sol";
import {CoverageLib} from "./libraries/CoverageLib.sol";
import {DelegateLib} from "./libraries/DelegateLib.sol";
import {DuesLib} from "./libraries/DuesLib.sol";
import {LadderLib} from "./libraries/LadderLib.sol";
import {MetricLib} from "./libraries/MetricLib.sol";
import {PotsLib} from "./libraries/PotsLib.sol";
import {PromoteLib} from "./libraries/PromoteLib.sol";
import {ReportLib} from "./libraries/ReportLib.sol";
import {SettlementLogLib} from "./libraries/SettlementLogLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {
    Book,
    CALLABLE,
    DELAYS,
    FLOATS,
    GRACE,
    HolderWord,
    JUDGES,
    LogCursor,
    PROMOTES,
    READS_REPORTS,
    Terms,
    TransferDelta,
    WRITES_DOWN
} from "./types/Types.sol";

/// @title Deal
/// @notice What a deal does day by day, see {IDealCore}; every other call goes to the {DealExtension}. Clients use {IDeal}.
contract Deal is IDealCore, DealClaims {
    using BookLib for Book;
    using SafeERC20 for IERC20;
    using SettlementLogLib for LogCursor;
    using ShareLib for HolderWord;
    using TermsLib for Terms;

    address private immutable _extension;

    constructor(address extension) {
        _extension = extension;
    }

    /// @dev The one delegation, and to one address that is part of the code.
    fallback() external {
        DelegateLib.delegate(_extension);
    }

    // Settling

    /// @inheritdoc IDealCore
    function settle(uint256 count) external {
        _settle(TermsLib.load(), count);
    }

    /// @inheritdoc IDealCore
    function payAndSettle(uint256 amount, uint256 count) external {
        _payAndSettle(TermsLib.load(), amount, count);
    }

    /// @inheritdoc IDealCore
    function payAndSettleWithPermit(
        uint256 amount,
        uint256 count,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        Terms packed = TermsLib.load();
        // A permit somebody used already leaves its allowance, so that its failure alone stops nothing
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(packed.asset()).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _payAndSettle(packed, amount, count);
    }

    function _payAndSettle(Terms packed, uint256 amount, uint256 count) private {
        IERC20(packed.asset()).safeTransferFrom(msg.sender, address(this), amount);
        _settle(packed, count);
    }

    /// @dev Settles up to `count` periods whose payment date has come, or late revenue after the last. From the read on,
    /// calls go to views only, so that the book stays true until it is written.
    function _settle(Terms packed, uint256 count) private {
        unchecked {
            if (count != 1) {
                if (count == 0) revert Deal_ZeroPeriods();
                if (packed.flags() & (GRACE | CALLABLE) != 0) return _settleEach(count);
            }
            Book memory book = BookLib.make()(BookLib.blank());
            book.open(packed);
            book.width = SettlementLogLib.widthFor(_collect(book, _read(book)));
            uint256 periods = packed.periods();
            if (book.period == periods) {
                if (book.collections == 0) revert Deal_NothingToSettle();
                _settleLate(book);
            } else {
                book.row = packed.rowAt(book.period + 1);
                uint256 paymentAt = packed.paymentAt(book.row);
                if (block.timestamp < paymentAt) {
                    revert Deal_PeriodNotOver(book.period + 1, paymentAt, block.timestamp);
                }
                uint256 later;
                if (book.flags & (DELAYS | GRACE | CALLABLE) != 0) {
                    if (_isCalled(book)) return;
                    later = _hold(book);
                }
                do {
                    _settlePeriod(book, periods);
                    book.collections = later;
                    later = 0;
                } while (--count > 0 && !book.matured && _nextIsDue(book));
            }
            _write(book);
        }
    }

    /// @dev Several periods of a deal with grace or a clean-up call, one by one: whether a later one can be settled is asked of
    /// the deal as it is by then. Nothing is held in memory meanwhile.
    function _settleEach(uint256 count) private {
        do {
            this.settle(1);
        } while (--count > 0 && IDealTrial(address(this)).maySettle());
    }

    /// @dev Whether the period was settled by the call that is announced for it. If that failed, nothing has changed.
    function _isCalled(Book memory book) private returns (bool) {
        if (book.flags & CALLABLE == 0 || _call.announced != book.period + 1) return false;
        try IDealTrial(address(this)).settleCalled() {
            return true;
        } catch (bytes memory refusal) {
            // It hands gas back, which would do for a usual settlement: nobody makes a call fail by bringing too little
            if (bytes4(refusal) == Deal_OutOfReportGas.selector) revert Deal_OutOfReportGas(gasleft());
            return false;
        }
    }

    /// @dev Of a deal with a payment delay or grace: refuses a period that cannot be settled yet, leaves the book what is its
    /// own, and returns what came after its cut-off.
    function _hold(Book memory book) private view returns (uint256) {
        if (book.flags & GRACE != 0) {
            uint256 endsAt = book.terms.graceEndsAt(book.row);
            if (block.timestamp < endsAt && !IDealTrial(address(this)).isCovered()) {
                revert Deal_InGrace(book.period + 1, endsAt);
            }
        }
        return _takeCut(book);
    }

    /// @dev Turns to the next period's row, and whether it can be settled.
    function _nextIsDue(Book memory book) private view returns (bool) {
        book.row = book.terms.rowAt(book.period + 1);
        return book.terms.paymentAt(book.row) <= block.timestamp;
    }

    /// @dev Settles the next period, whose row the book has.
    function _settlePeriod(Book memory book, uint256 periods) private {
        unchecked {
            uint256 period = ++book.period;
            book.matured = period == periods;
            if (book.flags & READS_REPORTS != 0) _report(book);
            if (book.flags & PROMOTES != 0) PromoteLib.grow(book);
            DuesLib.dues(book);
            if (book.testCount != 0) {
                uint256 available = MetricLib.cfads(book);
                if (book.flags & JUDGES == 0) book.passesNeeded = CoverageLib.dscr(book, available);
                else CoverageLib.judge(book, available, _windows);
            }
            if (book.passesNeeded != 0) {
                book.useTraps();
                // The enforcement ladder is one for all cash
                if (CoverageLib.enforced(book)) book.principalPot = 0;
            }
            _shareOut(book, period);
        }
    }

    function _settleLate(Book memory book) private {
        book.matured = true;
        DuesLib.lateDues(book);
        if (!CoverageLib.enforced(book)) PotsLib.fill(book);
        _shareOut(book, book.period + 1);
    }

    /// @dev Reads the period's report, logs it unless there is none, and does what follows from it before dues are known: a
    /// deal that writes down or has floating coupons reads reports.
    function _report(Book memory book) private {
        (uint256 figures, LogCursor cursor) = ReportLib.read(book);
        PotsLib.fill(book);
        if (figures != 0) SettlementLogLib.log(figures, cursor, Reported.selector, book.period);
        if (book.flags & WRITES_DOWN != 0) {
            if (book.flags & CALLABLE == 0) DuesLib.writeDown(book);
            else CallLib.writeDown(book, _writtenDown);
        }
        if (book.flags & FLOATS != 0) _setCoupons(book);
    }

    /// @dev Shares the book's cash out and logs it.
    function _shareOut(Book memory book, uint256 period) private {
        unchecked {
            book.cash = book.collections + _release(book) - book.principalPot;
            (uint256 at, uint256 rungs) = book.terms.ladder(CoverageLib.enforced(book));
            (uint256 figures, LogCursor cursor) = SettlementLogLib.open(1 + rungs + book.reserveCount);
            uint256 width = book.width;
            cursor = cursor.append((book.passesNeeded << 8) | width, SettlementLogLib.HEAD_WIDTH);
            cursor = cursor.append(book.collections, width);
            uint256 lent = book.flags & CALLABLE == 0 ? 0 : CallLib.balances(book);
            cursor = LadderLib.pay(book, at, rungs, cursor);
            if (lent != 0) _call.repaid += uint128(lent - CallLib.balances(book));
            for (uint256 i; i < book.reserveCount; ++i) cursor = cursor.append(book.pot(i), width);
            DuesLib.carry(book);
            SettlementLogLib.log(figures, cursor, Settled.selector, period);
        }
    }

    /// @dev Frees what reserves hold above target and traps that do not act; everything after the last period.
    function _release(Book memory book) private pure returns (uint256 released) {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) {
                (uint256 held, uint256 target) = (book.pot(i), book.target(i));
                if (held <= target) continue;
                released += held - target;
                book.setPot(i, target);
            }
            if (book.potsInUse == book.trapsAt) return released;
            for (uint256 test; test < book.testCount; ++test) {
                if (!book.matured && CoverageLib.traps(book, test)) continue;
                uint256 pot = book.trapPot(test);
                released += book.pot(pot);
                book.setPot(pot, 0);
            }
        }
    }

    // Claiming

    /// @inheritdoc IDealCore
    function claim(uint256 tranche) external returns (uint256 amount) {
        return _claim(tranche, msg.sender, msg.sender);
    }

    // Shares

    /// @inheritdoc IDealCore
    function moveShares(
        uint256 tranche,
        address from,
        address to,
        uint256 amount
    ) external onlyShare(tranche) returns (bool) {
        (address policy, bool narrow) = TermsLib.loadForTransfer();
        _beforeTransfer(policy, tranche, from, to, amount);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        TransferDelta delta = ShareLib.transferDelta(amount, _credited(tranche, narrow));
        uint256 key = _key(tranche, from);
        HolderWord seller = _holders[key];
        if (amount > seller.shares()) revert IERC20Errors.ERC20InsufficientBalance(from, seller.shares(), amount);
        _holders[key] = seller.minus(delta);
        key = _key(tranche, to);
        _holders[key] = _holders[key].plus(delta);
        return true;
    }
}
