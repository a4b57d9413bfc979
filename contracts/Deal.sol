// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {DealClaims} from "./DealClaims.sol";
import {IDealCore} from "./interfaces/IDealCore.sol";
import {IReports} from "./interfaces/IReports.sol";
import {AmountLib} from "./libraries/AmountLib.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {CoverageLib} from "./libraries/CoverageLib.sol";
import {DuesLib} from "./libraries/DuesLib.sol";
import {LadderLib} from "./libraries/LadderLib.sol";
import {MetricLib} from "./libraries/MetricLib.sol";
import {SettlementLogLib} from "./libraries/SettlementLogLib.sol";
import {ShareAddressLib} from "./libraries/ShareAddressLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {
    Amounts,
    Book,
    FLOATS,
    HolderWord,
    JUDGES,
    LogCursor,
    MAX_AMOUNT,
    MAX_TRANCHES,
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

    /// @dev What a report source may burn; what is left must carry the settlement.
    uint256 private constant REPORT_GAS = 100_000;

    /// @dev Of a report: the bits, and every field.
    uint256 private constant ANSWER_LENGTH = 32 * 15;

    address private immutable _extension;

    constructor(address extension) {
        _extension = extension;
    }

    /// @dev The one delegation, and to one address that is part of the code.
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        address extension = _extension;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let done := delegatecall(gas(), extension, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(done) {
                revert(data, returndatasize())
            }
            return(data, returndatasize())
        }
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
            if (count == 0) revert Deal_ZeroPeriods();
            Book memory book;
            book.open(packed);
            uint256 accounted = _read(book);
            if (book.locked) revert Deal_Reentered();
            uint256 balance = IERC20(packed.asset()).balanceOf(address(this));
            if (balance < accounted) revert Deal_BalanceBelowLedger(balance, accounted);
            // What comes beyond the cap stays outside the ledger; ledger and claims are within it
            uint256 most = AmountLib.min(balance, book.cap - book.claimed);
            book.collections = most - accounted;
            book.width = SettlementLogLib.widthFor(most);
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
                do {
                    _settlePeriod(book, periods);
                    book.collections = 0;
                } while (--count > 0 && !book.matured && _nextIsDue(book));
            }
            _write(book);
        }
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
            uint256 flags = book.flags;
            if (flags & READS_REPORTS != 0) _report(book);
            if (flags & WRITES_DOWN != 0) DuesLib.writeDown(book);
            if (flags & FLOATS != 0) _setCoupons(book);
            DuesLib.dues(book);
            if (book.testCount != 0) {
                uint256 available = MetricLib.cfads(book);
                if (flags & JUDGES == 0) book.passesNeeded = CoverageLib.dscr(book, available);
                else CoverageLib.judge(book, available, _windows);
            }
            if (book.passesNeeded != 0) book.useTraps();
            _shareOut(book, period);
        }
    }

    function _settleLate(Book memory book) private {
        book.matured = true;
        DuesLib.lateDues(book);
        _shareOut(book, book.period + 1);
    }

    /// @dev Asks the report source; one that reverts, burns its gas or answers nonsense counts as silent. The caller
    /// must bring enough gas for a full answer, so that nobody silences the source by starving it.
    function _report(Book memory book) private {
        unchecked {
            if (gasleft() < (REPORT_GAS * 64) / 63 + 10_000) revert Deal_OutOfReportGas(gasleft());
            book.openReport();
            uint256 count = book.fieldCount();
            uint256 reported = _ask(book, count) & ((1 << count) - 1);
            book.reported = reported;
            if (reported == 0) return book.openReport();
            (uint256 figures, LogCursor cursor) = SettlementLogLib.open(1 + count);
            cursor = cursor.append(reported, SettlementLogLib.REPORTED_WIDTH);
            for (uint256 field; field < count; ++field) {
                uint256 value = (reported >> field) & 1 == 0 ? 0 : AmountLib.min(book.reportOf(field), MAX_AMOUNT);
                book.setReport(field, value);
                cursor = cursor.append(value, SettlementLogLib.WIDE_WIDTH);
            }
            SettlementLogLib.log(figures, cursor, Reported.selector, book.period);
        }
    }

    /// @dev What the source says of the period, into the book: the bits of the fields it reports, none where it fails or its
    /// answer is not as long as it must be. No more than the terms' fields is copied: the rest would cost who settles.
    function _ask(Book memory book, uint256 count) private view returns (uint256 reported) {
        bytes memory question = abi.encodeCall(IReports.reportOf, (address(this), book.period));
        address source = book.terms.reports();
        uint256 values = Amounts.unwrap(book.report);
        assembly ("memory-safe") {
            if staticcall(REPORT_GAS, source, add(question, 0x20), mload(question), 0, 0) {
                if eq(returndatasize(), ANSWER_LENGTH) {
                    returndatacopy(0, 0, 0x20)
                    reported := mload(0)
                    returndatacopy(values, 0x20, shl(5, count))
                }
            }
        }
    }

    /// @dev Shares the book's cash out and logs it.
    function _shareOut(Book memory book, uint256 period) private {
        unchecked {
            book.cash = book.collections + _release(book);
            (uint256 at, uint256 rungs) = book.terms.ladder(_enforced(book));
            (uint256 figures, LogCursor cursor) = SettlementLogLib.open(1 + rungs + book.reserveCount);
            uint256 width = book.width;
            cursor = cursor.append((book.passesNeeded << 8) | width, SettlementLogLib.HEAD_WIDTH);
            cursor = LadderLib.pay(book, at, rungs, cursor.append(book.collections, width));
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

    /// @dev Whether a test that switches ladders fails.
    function _enforced(Book memory book) private pure returns (bool) {
        uint256 switches = book.passesNeeded == 0 ? 0 : book.terms.enforceOn();
        for (uint256 test; switches != 0; ++test) {
            if (switches & 1 != 0 && CoverageLib.failing(book.passesNeeded, test)) return true;
            switches >>= 1;
        }
        return false;
    }

    // Claiming

    /// @inheritdoc IDealCore
    function claim(uint256 tranche) external returns (uint256 amount) {
        return _claim(tranche, msg.sender);
    }

    // Shares

    /// @inheritdoc IDealCore
    function moveShares(uint256 tranche, address from, address to, uint256 amount) external returns (bool) {
        if (tranche >= MAX_TRANCHES) revert Deal_NoTranche(tranche);
        if (msg.sender != ShareAddressLib.shareAddress(address(this), tranche)) revert Deal_NotShare(msg.sender);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        (address policy, bool narrow) = TermsLib.loadForTransfer();
        _requireAllowed(policy, from, to, amount);
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
