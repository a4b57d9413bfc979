// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title HabitUSD
/// @notice An honest stablecoin with habits that real ones have, each by itself.
contract HabitUSD is MockUSD {
    /// @dev NO_RE_APPROVAL: an allowance is changed by way of zero only, as USDT's. NO_ZERO: nothing is not transferred,
    /// as LEND's. NOT_TO_SELF: nobody transfers to itself. MAX_IS_ALL: the largest number means the whole balance, as
    /// cUSDCv3's. PHANTOM_PERMIT: a permit is taken and does nothing, as WETH's fallback.
    enum Habit {
        NO_RE_APPROVAL,
        NO_ZERO,
        NOT_TO_SELF,
        MAX_IS_ALL,
        PHANTOM_PERMIT
    }

    error HabitUSD_Refused(Habit habit);

    Habit private immutable _habit;

    constructor(uint8 decimals_, Habit habit) MockUSD(decimals_) {
        _habit = habit;
    }

    /// @inheritdoc ERC20
    function approve(address spender, uint256 amount) public override returns (bool) {
        _refuse(Habit.NO_RE_APPROVAL, amount != 0 && allowance(msg.sender, spender) != 0);
        return super.approve(spender, amount);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        bool all = _habit == Habit.MAX_IS_ALL && amount == type(uint256).max;
        return super.transferFrom(from, to, all ? balanceOf(from) : amount);
    }

    /// @inheritdoc ERC20Permit
    function permit(
        address owner,
        address spender,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override {
        if (_habit != Habit.PHANTOM_PERMIT) super.permit(owner, spender, amount, deadline, v, r, s);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        _refuse(Habit.NO_ZERO, amount == 0);
        _refuse(Habit.NOT_TO_SELF, from == to);
        super._update(from, to, amount);
    }

    function _refuse(Habit habit, bool broken) private view {
        if (broken && _habit == habit) revert HabitUSD_Refused(habit);
    }
}
