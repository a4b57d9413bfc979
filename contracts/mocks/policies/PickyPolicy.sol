// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "../../interfaces/IPolicy.sol";

/// @title PickyPolicy
/// @notice Refuses the accounts on its list, as sender and as recipient.
contract PickyPolicy is IPolicy {
    mapping(address holder => bool) public refused;

    /// @notice Puts a holder on the list, or takes it off.
    function refuse(address holder, bool refused_) external {
        refused[holder] = refused_;
    }

    /// @inheritdoc IPolicy
    function canTransfer(address from, address to, uint256) external view returns (bool) {
        return !refused[from] && !refused[to];
    }
}
