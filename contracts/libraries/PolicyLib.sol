// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC7943Fungible} from "../interfaces/IERC7943Fungible.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";

/// @title PolicyLib
/// @notice Asks a deal's policy. One that has no code or answers anything but `true` refuses; the reason of one that
/// reverts is passed on.
library PolicyLib {
    /// @notice Asks before shares move, and refuses the move if the policy does; see {IPolicy-beforeTransfer}.
    /// @dev Arguments and answer in memory that the caller has no need of: a call by Solidity costs 350 gas more.
    function beforeTransfer(
        address policy,
        uint256 tranche,
        address from,
        address to,
        uint256 amount,
        uint256 fromShares,
        uint256 toShares
    ) internal {
        bytes4 selector = IPolicy.beforeTransfer.selector;
        bool allowed;
        assembly ("memory-safe") {
            let question := mload(0x40)
            mstore(question, selector)
            mstore(add(question, 4), address())
            mstore(add(question, 36), tranche)
            mstore(add(question, 68), from)
            mstore(add(question, 100), to)
            mstore(add(question, 132), amount)
            mstore(add(question, 164), fromShares)
            mstore(add(question, 196), toShares)
            let answered := call(gas(), policy, 0, question, 228, 0, 32)
            if iszero(answered) {
                returndatacopy(question, 0, returndatasize())
                revert(question, returndatasize())
            }
            allowed := and(gt(returndatasize(), 31), eq(mload(0), 1))
        }
        if (!allowed) revert IERC7943Fungible.ERC7943CannotTransfer(from, to, amount);
    }

    /// @notice Whether a policy's view answers, and the word it answers, or 0. It never reverts, whatever the policy does with
    /// the gas it gets: all but a 64th.
    function look(address policy, bytes memory question) internal view returns (bool answered, uint256 word) {
        assembly ("memory-safe") {
            answered := staticcall(gas(), policy, add(question, 32), mload(question), 0, 32)
            answered := and(answered, gt(returndatasize(), 31))
            word := mul(answered, mload(0))
        }
    }
}
