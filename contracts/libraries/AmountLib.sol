// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title AmountLib
/// @notice The lesser of two amounts: a settlement asks a dozen times, and a branch costs half of Math.min without one.
library AmountLib {
    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
