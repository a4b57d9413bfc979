// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TwoStepOwner} from "../access/TwoStepOwner.sol";
import {IHolderRegistry} from "../interfaces/IHolderRegistry.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";

/// @title HolderRegistry
/// @notice See {IHolderRegistry}.
contract HolderRegistry is IHolderRegistry, TwoStepOwner {
    /// @inheritdoc IHolderRegistry
    uint64 public constant NO_END = type(uint64).max;

    /// @inheritdoc IHolderRegistry
    mapping(address holder => uint64) public allowedUntil;

    constructor(address registrar) TwoStepOwner(registrar) {}

    /// @inheritdoc IHolderRegistry
    function allow(address[] calldata holders) external {
        allowUntil(holders, NO_END);
    }

    /// @inheritdoc IHolderRegistry
    function allowUntil(address[] calldata holders, uint64 endsAt) public onlyOwner {
        if (endsAt <= block.timestamp) revert HolderRegistry_EndsInThePast(endsAt, block.timestamp);
        _set(holders, endsAt);
    }

    /// @inheritdoc IHolderRegistry
    function disallow(address[] calldata holders) external onlyOwner {
        _set(holders, 0);
    }

    /// @inheritdoc IPolicy
    function canTransfer(address, address to, uint256) external view returns (bool) {
        return block.timestamp < allowedUntil[to];
    }

    function _set(address[] calldata holders, uint64 endsAt) private {
        for (uint256 i; i < holders.length; ++i) {
            allowedUntil[holders[i]] = endsAt;
            emit HolderSet(holders[i], endsAt);
        }
    }
}
