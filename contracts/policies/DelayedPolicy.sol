// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "./interfaces/IPolicy.sol";
import {Replaceable} from "./Replaceable.sol";

/// @title DelayedPolicy
/// @notice A policy whose rules can be replaced, after a delay. It decides as the policy in effect does, and like that
/// one it is asked when shares move, never when cash is claimed: the worst successor stops trade until it is followed by
/// another.
contract DelayedPolicy is IPolicy, Replaceable {
    constructor(address owner_, IPolicy first, uint256 delay_) Replaceable(owner_, address(first), delay_) {}

    /// @inheritdoc IPolicy
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return IPolicy(current()).canTransfer(from, to, amount);
    }
}
