// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Replaceable} from "../access/Replaceable.sol";
import {IDelayedPolicy} from "../interfaces/IDelayedPolicy.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";

/// @title DelayedPolicy
/// @notice See {IDelayedPolicy}.
contract DelayedPolicy is IDelayedPolicy, Replaceable {
    constructor(address owner_, IPolicy first, uint256 delay_) Replaceable(owner_, address(first), delay_) {}

    /// @inheritdoc IPolicy
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        return IPolicy(current()).canTransfer(from, to, amount);
    }
}
