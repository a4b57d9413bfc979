// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {WAD} from "../types/Types.sol";

/// @title AccrualLib
/// @notice Simple interest, accrued once per period. Mirrors penstock/model/accrual.py.
library AccrualLib {
    /// @notice Interest of one period on a balance, rounded down.
    /// @dev Below 2**256 for balance < 2**128, coupon < 2**66, numerator < 2**24.
    /// @param balance What interest accrues on, in base units.
    /// @param coupon The annual rate, in wad.
    /// @param numerator Of the part of a year that the period is: docs/SPEC.md, "Calendar".
    /// @param denominator Of the same.
    function interestDown(
        uint256 balance,
        uint256 coupon,
        uint256 numerator,
        uint256 denominator
    ) internal pure returns (uint256) {
        unchecked {
            return (balance * coupon * numerator) / (denominator * WAD);
        }
    }
}
