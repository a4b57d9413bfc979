// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MockUSD} from "./MockUSD.sol";

/// @title RebaseDownUSD
/// @notice Somebody's balance can fall without a transfer. As AMPL's does in every negative rebase, aUSDC's in a shortfall.
contract RebaseDownUSD is MockUSD {
    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Takes money out of the world.
    function cut(address account, uint256 amount) external {
        _burn(account, amount);
    }
}
