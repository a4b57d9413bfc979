// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrantUSD} from "./ReentrantUSD.sol";

/// @title MoodyUSD
/// @notice A stablecoin with everything real ones have: a pause, a blocklist, an issuer that destroys balances (USDC, USDT)
/// and a call in the middle of a transfer. The adversary of the state machines in penstock/fuzz.
contract MoodyUSD is ReentrantUSD {
    error MoodyUSD_Paused();
    error MoodyUSD_Blocked(address account);

    bool public paused;
    mapping(address account => bool) public blocked;

    constructor(uint8 decimals_) ReentrantUSD(decimals_) {}

    /// @notice Stops all transfers, or lets them go on.
    function pause(bool paused_) external {
        paused = paused_;
    }

    /// @notice Puts an account on the list, or takes it off.
    function block_(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    /// @notice Takes money out of the world.
    function cut(address account, uint256 amount) external {
        _burn(account, amount);
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        if (from != address(0) && to != address(0)) {
            if (paused) revert MoodyUSD_Paused();
            if (blocked[from]) revert MoodyUSD_Blocked(from);
            if (blocked[to]) revert MoodyUSD_Blocked(to);
        }
        super._update(from, to, amount);
    }
}
