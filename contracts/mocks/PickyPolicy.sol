// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "../interfaces/IPolicy.sol";

/// @title PickyPolicy
/// @notice Refuses whoever it was told to refuse, as sender or recipient; everybody else may hold.
contract PickyPolicy is IPolicy {
    mapping(address holder => bool) public refused;

    /// @notice Refuses a holder from now on, or no longer.
    function refuse(address holder, bool refused_) external {
        refused[holder] = refused_;
    }

    /// @inheritdoc IPolicy
    function canTransfer(address from, address to, uint256) external view returns (bool) {
        return !refused[from] && !refused[to];
    }
}
