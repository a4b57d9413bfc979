// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Replaceable} from "../access/Replaceable.sol";
import {IDelayedPolicy} from "../interfaces/IDelayedPolicy.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";
import {DelegateLib} from "../libraries/DelegateLib.sol";
import {ShareMove} from "../types/Types.sol";

/// @title DelayedPolicy
/// @notice See {IDelayedPolicy}.
contract DelayedPolicy is IDelayedPolicy, Replaceable {
    constructor(address owner_, IPolicy first, uint256 delay_) Replaceable(owner_, address(first), delay_) {}

    /// @dev What the policy in effect hears from here, its deal has said.
    modifier saidBy(address deal) {
        if (msg.sender != deal) revert DelayedPolicy_NotTheDeal(msg.sender, deal);
        _;
    }

    /// @inheritdoc IPolicy
    function beforeTransfer(ShareMove calldata move) external saidBy(move.deal) returns (bool) {
        DelegateLib.pass(current());
    }

    /// @inheritdoc IPolicy
    function setFrozen(address deal, uint256, address, address, uint256) external saidBy(deal) returns (bool) {
        DelegateLib.pass(current());
    }

    /// @inheritdoc IPolicy
    function canTransfer(ShareMove calldata) external view returns (bool) {
        DelegateLib.ask(current());
    }

    /// @inheritdoc IPolicy
    function canSend(address, uint256, address) external view returns (bool) {
        DelegateLib.ask(current());
    }

    /// @inheritdoc IPolicy
    function canReceive(address, uint256, address) external view returns (bool) {
        DelegateLib.ask(current());
    }

    /// @inheritdoc IPolicy
    function frozenOf(address, uint256, address) external view returns (uint256) {
        DelegateLib.ask(current());
    }
}
