// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "../interfaces/IPolicy.sol";

/// @title PolicyLib
/// @notice Asks a deal's policy. One that has no code or answers anything but `true` refuses; the reason of one that
/// reverts is passed on.
library PolicyLib {
    /// @dev Arguments and answer in memory that the caller has no need of: a call by Solidity costs 350 gas more.
    function allows(address policy, address from, address to, uint256 amount) internal view returns (bool allowed) {
        if (policy == address(0)) return true;
        bytes4 selector = IPolicy.canTransfer.selector;
        assembly ("memory-safe") {
            let question := mload(0x40)
            mstore(question, selector)
            mstore(add(question, 4), from)
            mstore(add(question, 36), to)
            mstore(add(question, 68), amount)
            let answered := staticcall(gas(), policy, question, 100, 0, 32)
            if iszero(answered) {
                returndatacopy(question, 0, returndatasize())
                revert(question, returndatasize())
            }
            allowed := and(gt(returndatasize(), 31), eq(mload(0), 1))
        }
    }
}
