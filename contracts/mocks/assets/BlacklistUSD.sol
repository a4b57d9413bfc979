// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title BlacklistUSD
/// @notice Neither sends to nor from the accounts on its list, as USDC and USDT do, and can burn what they hold, as
/// USDT.
contract BlacklistUSD is MockUSD {
    error BlacklistUSD_Blacklisted(address account);
    error BlacklistUSD_NotBlacklisted(address account);

    mapping(address account => bool) public blacklisted;

    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Puts an account on the list, or takes it off.
    function blacklist(address account, bool listed) external {
        blacklisted[account] = listed;
    }

    /// @notice Burns all that an account on the list holds. Tether's destroyBlackFunds.
    function destroyBlackFunds(address account) external {
        if (!blacklisted[account]) revert BlacklistUSD_NotBlacklisted(account);
        super._update(account, address(0), balanceOf(account));
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal override {
        if (blacklisted[from]) revert BlacklistUSD_Blacklisted(from);
        if (blacklisted[to]) revert BlacklistUSD_Blacklisted(to);
        super._update(from, to, amount);
    }
}
