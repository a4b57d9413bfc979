// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title DelegateLib
/// @notice Hands a call on to other code.
library DelegateLib {
    /// @notice Runs the call at hand by the code at another address, and ends it with that code's answer or refusal.
    function delegate(address code) internal {
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let done := delegatecall(gas(), code, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(done) {
                revert(data, returndatasize())
            }
            return(data, returndatasize())
        }
    }
}
