// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {Allotment} from "./types/Types.sol";

/// @title TrancheShare
/// @notice The ERC-20 of one tranche: see {ITrancheShare}.
/// @dev {transfer}, the most frequent call, is answered here. Everything else is delegated to the {TrancheShareLogic}
/// that all shares have in common, with the share's deal and tranche appended to the calldata. A transfer then touches
/// one cold account less, and a launch does not deploy an ERC-20 for each tranche
/// (docs/decisions/0004-where-cash-and-shares-live.md).
contract TrancheShare {
    IDeal private immutable _deal;
    uint256 private immutable _tranche;
    address private immutable _logic;

    constructor(uint256 tranche, address logic, Allotment[] memory allotments) {
        _deal = IDeal(msg.sender);
        _tranche = tranche;
        _logic = logic;
        for (uint256 i; i < allotments.length; ++i) {
            Allotment memory given = allotments[i];
            if (given.tranche == tranche) emit IERC20.Transfer(address(0), given.holder, given.shares);
        }
    }

    /// @notice Moves the caller's shares; what they earned until now stays claimable by the caller.
    ///
    /// Emits a {IERC20-Transfer}. Requirements: see {IDeal-moveShares}.
    ///
    /// @param to The buyer.
    /// @param amount Shares, in share base units.
    /// @return Always true.
    function transfer(address to, uint256 amount) external returns (bool) {
        (IDeal deal, uint256 tranche) = (_deal, _tranche);
        bytes4 selector = deal.moveShares.selector;
        bytes32 transferred = IERC20.Transfer.selector;
        assembly {
            // moveShares(tranche, msg.sender, to, amount) without Solidity's encoding, which costs a transfer 380 gas and a
            // launch 38,000 for each tranche. Control does not return to Solidity, so that all of memory is free to use
            mstore(0, selector)
            mstore(4, tranche)
            mstore(36, caller())
            calldatacopy(68, 4, 64)
            let done := call(gas(), deal, 0, 0, 132, 0, 32)
            // A deal without code would succeed, with no answer
            if iszero(and(done, gt(returndatasize(), 31))) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
            // Logged last: the policy may have had other shares moved before these
            mstore(32, amount)
            log3(32, 32, transferred, caller(), to)
            return(0, 32)
        }
    }

    // As in OpenZeppelin's Proxy, with two words appended
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        (address logic, IDeal deal, uint256 tranche) = (_logic, _deal, _tranche);
        assembly {
            // Control does not return here either
            let length := calldatasize()
            calldatacopy(0, 0, length)
            mstore(length, deal)
            mstore(add(length, 32), tranche)
            let done := delegatecall(gas(), logic, 0, add(length, 64), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(done) {
                revert(0, returndatasize())
            }
            return(0, returndatasize())
        }
    }
}
