// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrantUSD} from "./ReentrantUSD.sol";

/// @title ControlledUSD
/// @notice A stablecoin with every power that real issuers have: a pause, a blocklist, burning of balances (USDC,
/// USDT), and a call in the middle of a transfer. The state machine in penstock/fuzz uses all of them.
contract ControlledUSD is ReentrantUSD {
    error ControlledUSD_Paused();
    error ControlledUSD_Blocked(address account);

    bool public paused;
    mapping(address account => bool) public blocked;

    constructor(uint8 decimals_) ReentrantUSD(decimals_) {}

    /// @notice Stops all transfers, or allows them again.
    function pause(bool paused_) external {
        paused = paused_;
    }

    /// @notice Puts an account on the blocklist, or takes it off.
    function block_(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    /// @notice Burns part of an account's balance.
    function cut(address account, uint256 amount) external {
        _burn(account, amount);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        if (from != address(0) && to != address(0)) {
            if (paused) revert ControlledUSD_Paused();
            if (blocked[from]) revert ControlledUSD_Blocked(from);
            if (blocked[to]) revert ControlledUSD_Blocked(to);
        }
        super._update(from, to, amount);
    }
}
