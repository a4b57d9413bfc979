// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMetersCore} from "../interfaces/IMetersCore.sol";
import {IOfftake} from "../interfaces/IOfftake.sol";
import {OfftakeLib} from "../libraries/OfftakeLib.sol";
import {OfftakeRow, OfftakeState, OfftakeTerms} from "../types/Offtakes.sol";

/// @title Offtake
/// @notice See {IOfftake}. Mirrors penstock/links/offtake.py.
contract Offtake is IOfftake {
    using OfftakeLib for OfftakeRow;
    using SafeERC20 for IERC20;

    /// @dev One slot. `lateDays` and what is not packed here are of the row `next`.
    struct Progress {
        uint96 deposit;
        uint96 drawn;
        uint16 next;
        uint24 lateDays;
        bool accepted;
        bool finished;
        bool locked;
    }

    /// @dev A row with what is due for it.
    struct Bill {
        address asset;
        address payee;
        uint256 lateFrom;
        uint256 lateDays;
        uint256 whole;
        uint256 unpaid;
        uint256 late;
    }

    Progress private _progress;
    uint256 private _interest;
    uint256 private _credit;

    /// @inheritdoc IOfftake
    function accept() external {
        (OfftakeTerms memory t, address asset) = OfftakeLib.load(false);
        if (msg.sender != t.buyer) revert Offtake_NotBuyer(msg.sender, t.buyer);
        if (_progress.accepted) revert Offtake_AcceptedAlready();
        if (block.timestamp >= t.start) revert Offtake_TooLate(t.start, block.timestamp);
        (_progress.accepted, _progress.deposit, _progress.locked) = (true, t.deposit, true);
        emit Accepted(t.meter, t.buyer, t.deposit);
        _move(asset, msg.sender, address(this), t.deposit);
        _progress.locked = false;
    }

    /// @inheritdoc IOfftake
    function post(uint96 amount) external {
        Progress memory now_ = _open();
        if (amount == 0) revert Offtake_NothingPosted();
        (, address asset) = OfftakeLib.load(false);
        now_.deposit += amount;
        _lock(now_);
        emit Posted(msg.sender, amount);
        _move(asset, msg.sender, address(this), amount);
        _progress.locked = false;
    }

    /// @inheritdoc IOfftake
    function pay(uint256 row) external {
        Progress memory now_ = _open();
        Bill memory owed = _next(row, now_);
        _pass(now_);
        emit Paid(row, owed.payee, msg.sender, owed.unpaid, owed.late);
        _move(owed.asset, msg.sender, owed.payee, owed.unpaid + owed.late);
        _progress.locked = false;
    }

    /// @inheritdoc IOfftake
    function draw(uint256 row) external {
        Progress memory now_ = _open();
        Bill memory owed = _next(row, now_);
        if (block.timestamp < owed.lateFrom) revert Offtake_InGrace(row, owed.lateFrom, block.timestamp);
        uint256 amount = Math.min(now_.deposit, owed.unpaid);
        uint256 late = Math.min(now_.deposit - amount, owed.late);
        if (amount + late == 0) revert Offtake_NothingToDraw(row);
        // Neither is above the deposit
        now_.deposit -= uint96(amount + late);
        if (amount == owed.unpaid && late == owed.late) {
            _pass(now_);
        } else {
            now_.drawn += uint96(amount);
            now_.lateDays = uint24(owed.lateDays);
            _interest = owed.late - late;
            _lock(now_);
        }
        emit Drawn(row, owed.payee, amount, late);
        _move(owed.asset, address(this), owed.payee, amount + late);
        _progress.locked = false;
    }

    /// @inheritdoc IOfftake
    function finish() external {
        Progress memory now_ = _open();
        uint256 rows = OfftakeLib.count();
        if (now_.next < rows) revert Offtake_RowsLeft(now_.next, rows);
        _credit = now_.deposit;
        emit Finished(now_.deposit);
        (now_.deposit, now_.finished) = (0, true);
        _progress = now_;
    }

    /// @inheritdoc IOfftake
    function withdraw(address asset, address account) external {
        uint256 amount = credit(asset, account);
        if (amount == 0) revert Offtake_NothingToWithdraw(asset, account);
        _credit = 0;
        emit Withdrawn(asset, account, amount);
        _move(asset, address(this), account, amount);
    }

    /// @inheritdoc IOfftake
    function due(uint256 row) external view returns (uint256 bill, uint256 unpaid, uint256 late) {
        Bill memory owed = _bill(row, _progress);
        return (owed.whole, owed.unpaid, owed.late);
    }

    /// @inheritdoc IOfftake
    function payeeOf(uint256 row) external view returns (address) {
        (OfftakeTerms memory t, ) = OfftakeLib.load(false);
        (uint40 start, ) = _rowAt(row, t.start);
        return IMetersCore(t.meters).payeeAt(t.meter, start).payee;
    }

    /// @inheritdoc IOfftake
    function terms() external view returns (OfftakeTerms memory, address asset) {
        return OfftakeLib.load(true);
    }

    /// @inheritdoc IOfftake
    function rowOf(uint256 row) external view returns (uint40 start, OfftakeRow memory) {
        (OfftakeTerms memory t, ) = OfftakeLib.load(false);
        return _rowAt(row, t.start);
    }

    /// @inheritdoc IOfftake
    function rowCount() external view returns (uint256) {
        return OfftakeLib.count();
    }

    /// @inheritdoc IOfftake
    function state() external view returns (OfftakeState memory) {
        Progress memory p = _progress;
        return OfftakeState(p.accepted, p.finished, p.deposit, p.next, p.drawn, _interest, p.lateDays);
    }

    /// @inheritdoc IOfftake
    function credit(address asset, address account) public view returns (uint256) {
        (OfftakeTerms memory t, address own) = OfftakeLib.load(false);
        return asset == own && account == t.buyer ? _credit : 0;
    }

    /// @dev What there is to go by, of an offtake that is in force.
    function _open() private view returns (Progress memory now_) {
        now_ = _progress;
        if (now_.locked) revert Offtake_Reentered();
        if (!now_.accepted) revert Offtake_NotAccepted();
        if (now_.finished) revert Offtake_FinishedAlready();
    }

    function _lock(Progress memory now_) private {
        now_.locked = true;
        _progress = now_;
    }

    /// @dev To the row behind the one that was paid; and locks.
    function _pass(Progress memory now_) private {
        if (_interest != 0) _interest = 0;
        (now_.next, now_.drawn, now_.lateDays) = (now_.next + 1, 0, 0);
        _lock(now_);
    }

    function _next(uint256 row, Progress memory now_) private view returns (Bill memory) {
        uint256 rows = OfftakeLib.count();
        if (row >= rows) revert Offtake_NoRow(row, rows);
        if (row != now_.next) revert Offtake_NotNext(row, now_.next);
        return _bill(row, now_);
    }

    function _rowAt(uint256 row, uint40 first) private view returns (uint40 start, OfftakeRow memory) {
        uint256 rows = OfftakeLib.count();
        if (row >= rows) revert Offtake_NoRow(row, rows);
        return OfftakeLib.rowAt(row, first);
    }

    function _bill(uint256 row, Progress memory now_) private view returns (Bill memory owed) {
        OfftakeTerms memory t;
        (t, owed.asset) = OfftakeLib.load(false);
        (uint40 start, OfftakeRow memory terms_) = _rowAt(row, t.start);
        IMetersCore meters = IMetersCore(t.meters);
        uint256 quantity = meters.registerAt(t.meter, terms_.end) - meters.registerAt(t.meter, start);
        quantity += meters.lateAt(t.meter, terms_.end) - meters.lateAt(t.meter, start);
        owed.payee = meters.payeeAt(t.meter, start).payee;
        owed.whole = terms_.bill(quantity);
        owed.lateFrom = uint256(terms_.end) + t.grace;
        if (row < now_.next) return owed;
        owed.unpaid = owed.whole;
        if (block.timestamp > owed.lateFrom) owed.lateDays = (block.timestamp - owed.lateFrom) / 1 days;
        uint256 lateDays = owed.lateDays;
        if (row == now_.next) {
            owed.unpaid -= now_.drawn;
            owed.late = _interest;
            lateDays -= now_.lateDays;
        }
        owed.late += OfftakeLib.lateInterest(owed.unpaid, t.lateRate, lateDays);
    }

    /// @dev Moves cash, of this contract's or of an account that allowed it, and looks whether all of it arrived.
    function _move(address asset, address from, address to, uint256 amount) private {
        if (amount == 0) return;
        IERC20 token = IERC20(asset);
        uint256 before = token.balanceOf(to);
        if (from == address(this)) token.safeTransfer(to, amount);
        else token.safeTransferFrom(from, to, amount);
        uint256 received = token.balanceOf(to) - before;
        if (received < amount) revert Offtake_ShortReceipt(amount, received);
    }
}
