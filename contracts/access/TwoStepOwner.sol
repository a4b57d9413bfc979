// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ITwoStepOwner} from "../interfaces/ITwoStepOwner.sol";

/// @title TwoStepOwner
/// @notice See {ITwoStepOwner}.
abstract contract TwoStepOwner is ITwoStepOwner, Ownable2Step {
    constructor(address owner_) Ownable(owner_) {}

    /// @inheritdoc ITwoStepOwner
    function renounceOwnership() public pure override(ITwoStepOwner, Ownable) {
        revert TwoStepOwner_CannotRenounce();
    }
}
