// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title FeeUSD
/// @notice Keeps a part of every transfer. As PAXG does, and as USDT could: its fee is a switch, off today.
contract FeeUSD is MockUSD {
    uint256 public immutable feeBasisPoints;

    constructor(uint8 decimals_, uint256 feeBasisPoints_) MockUSD(decimals_) {
        feeBasisPoints = feeBasisPoints_;
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        bool charged = from != address(0) && to != address(0);
        uint256 fee = charged ? (amount * feeBasisPoints) / 10_000 : 0;
        if (fee > 0) super._update(from, address(this), fee);
        super._update(from, to, amount - fee);
    }
}
