// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "./IPolicy.sol";
import {IReplaceable} from "./IReplaceable.sol";

/// @title IDelayedPolicy
/// @notice A policy whose policy can be replaced after a delay. It answers as the one in effect does, and tells it only
/// what the deal itself says. Like any policy it is asked when shares move and never when cash is claimed, so that the
/// worst successor stops transfers until it is replaced.
/// @dev Assumptions on a policy: see {IPolicy}.
interface IDelayedPolicy is IReplaceable, IPolicy {
    /// @notice Thrown when anyone but `deal` announces a move of its shares, or has them frozen.
    error DelayedPolicy_NotTheDeal(address caller, address deal);
}
