// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDeal} from "../interfaces/IDeal.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";
import {ITrancheShare} from "../interfaces/ITrancheShare.sol";

/// @title ShareMovesLib
/// @notice The one way shares move, used by the share itself and by the logic behind it.
library ShareMovesLib {
    function move(IDeal deal, uint256 tranche, IPolicy policy, address from, address to, uint256 amount) internal {
        if (address(policy) != address(0) && !policy.canTransfer(from, to, amount)) {
            revert ITrancheShare.TrancheShare_NotAllowed(from, to, amount);
        }
        deal.moveShares(tranche, from, to, amount);
        emit IERC20.Transfer(from, to, amount);
    }
}
