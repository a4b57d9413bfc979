// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title AssetLib
/// @notice Moves a stablecoin, whether it returns true or, like some, nothing. As OpenZeppelin's SafeERC20, without
/// building the calls in fresh memory, which every settlement and claim would pay for.
/// @dev Refuses, with the asset's own reason: a call that fails; an answer that is not true; an asset without code.
library AssetLib {
    /// @notice What an account holds.
    function balanceOf(address asset, address account) internal view returns (uint256 held) {
        assembly ("memory-safe") {
            mstore(0x00, 0x70a08231) // balanceOf(address)
            mstore(0x20, account)
            let answered := staticcall(gas(), asset, 0x1c, 0x24, 0x00, 0x20)
            if iszero(and(answered, gt(returndatasize(), 0x1f))) {
                revert(0, 0)
            }
            held := mload(0x00)
        }
    }

    /// @notice Sends the deal's own.
    function push(address asset, address to, uint256 amount) internal {
        assembly ("memory-safe") {
            let memo := mload(0x40)
            mstore(memo, 0xa9059cbb) // transfer(address,uint256)
            mstore(add(memo, 0x20), to)
            mstore(add(memo, 0x40), amount)
            mstore(0x00, call(gas(), asset, 0, add(memo, 0x1c), 0x44, add(memo, 0x20), 0x20))
            mstore(0x20, mload(add(memo, 0x20)))
        }
        _requireDone(asset);
    }

    /// @notice Takes out of the payer's allowance.
    function pull(address asset, address payer, uint256 amount) internal {
        assembly ("memory-safe") {
            let memo := mload(0x40)
            mstore(memo, 0x23b872dd) // transferFrom(address,address,uint256)
            mstore(add(memo, 0x20), payer)
            mstore(add(memo, 0x40), address())
            mstore(add(memo, 0x60), amount)
            mstore(0x00, call(gas(), asset, 0, add(memo, 0x1c), 0x64, add(memo, 0x20), 0x20))
            mstore(0x20, mload(add(memo, 0x20)))
        }
        _requireDone(asset);
    }

    /// @dev Looks at the call just made: in scratch space, whether it went through, and the first word it returned.
    function _requireDone(address asset) private view {
        assembly ("memory-safe") {
            if iszero(mload(0x00)) {
                let memo := mload(0x40)
                returndatacopy(memo, 0, returndatasize())
                revert(memo, returndatasize())
            }
            let returned := returndatasize()
            let done := and(gt(returned, 0x1f), eq(mload(0x20), 1))
            if iszero(returned) {
                done := gt(extcodesize(asset), 0)
            }
            if iszero(done) {
                mstore(0x00, 0x5274afe7) // SafeERC20FailedOperation(address), OpenZeppelin's error
                mstore(0x20, asset)
                revert(0x1c, 0x24)
            }
        }
    }
}
