// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TwoStepOwner} from "../access/TwoStepOwner.sol";
import {IERC7943Fungible} from "../interfaces/IERC7943Fungible.sol";
import {IHolderRegistry} from "../interfaces/IHolderRegistry.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";
import {ShareMove} from "../types/Types.sol";

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
    function beforeTransfer(ShareMove calldata move) external view returns (bool) {
        if (!_isAllowed(move.to)) revert IERC7943Fungible.ERC7943CannotReceive(move.to);
        return true;
    }

    /// @inheritdoc IPolicy
    function setFrozen(address, uint256, address, address, uint256) external pure returns (bool) {
        revert HolderRegistry_CannotFreeze();
    }

    /// @inheritdoc IPolicy
    function canTransfer(ShareMove calldata move) external view returns (bool) {
        return _isAllowed(move.to);
    }

    /// @inheritdoc IPolicy
    function canSend(address, uint256, address) external pure returns (bool) {
        return true;
    }

    /// @inheritdoc IPolicy
    function canReceive(address, uint256, address account) external view returns (bool) {
        return _isAllowed(account);
    }

    /// @inheritdoc IPolicy
    function frozenOf(address, uint256, address) external pure returns (uint256) {
        return 0;
    }

    function _isAllowed(address holder) private view returns (bool) {
        return block.timestamp < allowedUntil[holder];
    }

    function _set(address[] calldata holders, uint64 endsAt) private {
        for (uint256 i; i < holders.length; ++i) {
            allowedUntil[holders[i]] = endsAt;
            emit HolderSet(holders[i], endsAt);
        }
    }
}
