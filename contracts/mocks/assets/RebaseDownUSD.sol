// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MockUSD} from "./MockUSD.sol";

/// @title RebaseDownUSD
/// @notice A balance can fall without a transfer, as with AMPL in a negative rebase and aUSDC in a shortfall.
contract RebaseDownUSD is MockUSD {
    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Burns part of an account's balance.
    function cut(address account, uint256 amount) external {
        _burn(account, amount);
    }
}
