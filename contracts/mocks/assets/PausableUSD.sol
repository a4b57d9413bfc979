// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title PausableUSD
/// @notice Can pause all transfers. As USDC and USDT can.
contract PausableUSD is MockUSD {
    error PausableUSD_Paused();

    bool public paused;

    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Stops all transfers, or allows them again.
    function pause(bool paused_) external {
        paused = paused_;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal virtual override {
        if (paused) revert PausableUSD_Paused();
        super._update(from, to, amount);
    }
}
