// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title FalseReturnUSD
/// @notice Returns false where others revert, and while it is set to refuse. As ZRX and EURS do.
contract FalseReturnUSD is MockUSD {
    bool public refuses;

    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Makes every transfer return false, or stops that.
    function refuse(bool refuses_) external {
        refuses = refuses_;
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        return !refuses && balanceOf(msg.sender) >= amount && super.transfer(to, amount);
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        bool covered = balanceOf(from) >= amount && allowance(from, msg.sender) >= amount;
        return !refuses && covered && super.transferFrom(from, to, amount);
    }
}
