// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {ITrancheShare} from "./interfaces/ITrancheShare.sol";
import {ShareMovesLib} from "./libraries/ShareMovesLib.sol";
import {Allotment} from "./types/Types.sol";

/// @title TrancheShare
/// @notice See {ITrancheShare}.
/// @dev Plain transfers, the common case, run right here; everything else is delegated to one fixed {TrancheShareLogic}
/// all shares have in common. That saves a transfer one cold account (docs/decisions/0004-where-cash-and-shares-live.md).
contract TrancheShare is Proxy, ITrancheShare {
    /// @inheritdoc ITrancheShare
    IDeal public immutable deal;
    /// @inheritdoc ITrancheShare
    uint256 public immutable tranche;
    /// @inheritdoc ITrancheShare
    IPolicy public immutable policy;
    address private immutable _logic;

    constructor(uint256 tranche_, IPolicy policy_, address logic, Allotment[] memory allotments) {
        deal = IDeal(msg.sender);
        tranche = tranche_;
        policy = policy_;
        _logic = logic;
        for (uint256 i; i < allotments.length; ++i) {
            Allotment memory given = allotments[i];
            if (given.tranche != tranche_) continue;
            if (address(policy_) != address(0) && !policy_.canTransfer(address(0), given.holder, given.shares)) {
                revert TrancheShare_NotAllowed(address(0), given.holder, given.shares);
            }
            emit IERC20.Transfer(address(0), given.holder, given.shares);
        }
    }

    /// @notice Moves shares of the caller; what they have earned stays claimable by the caller.
    function transfer(address to, uint256 amount) external returns (bool) {
        ShareMovesLib.move(deal, tranche, policy, msg.sender, to, amount);
        return true;
    }

    function _implementation() internal view override returns (address) {
        return _logic;
    }
}
