// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title QuirkyUSD
/// @notice An honest stablecoin with one quirk that a real one has.
contract QuirkyUSD is MockUSD {
    /// @dev NO_RE_APPROVAL: an allowance must be set to zero before it can change, as in USDT. NO_ZERO: a transfer of
    /// zero reverts, as in LEND. NOT_TO_SELF: a transfer to its sender reverts. MAX_IS_ALL: the largest number means
    /// the whole balance, as in cUSDCv3. PHANTOM_PERMIT: a permit succeeds and does nothing, as WETH's fallback does.
    enum Quirk {
        NO_RE_APPROVAL,
        NO_ZERO,
        NOT_TO_SELF,
        MAX_IS_ALL,
        PHANTOM_PERMIT
    }

    error QuirkyUSD_Refused(Quirk quirk);

    Quirk private immutable _quirk;

    constructor(uint8 decimals_, Quirk quirk) MockUSD(decimals_) {
        _quirk = quirk;
    }

    /// @inheritdoc ERC20
    function approve(address spender, uint256 amount) public override returns (bool) {
        _refuse(Quirk.NO_RE_APPROVAL, amount != 0 && allowance(msg.sender, spender) != 0);
        return super.approve(spender, amount);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        bool all = _quirk == Quirk.MAX_IS_ALL && amount == type(uint256).max;
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
        if (_quirk != Quirk.PHANTOM_PERMIT) super.permit(owner, spender, amount, deadline, v, r, s);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        _refuse(Quirk.NO_ZERO, amount == 0);
        _refuse(Quirk.NOT_TO_SELF, from == to);
        super._update(from, to, amount);
    }

    function _refuse(Quirk quirk, bool broken) private view {
        if (broken && _quirk == quirk) revert QuirkyUSD_Refused(quirk);
    }
}
