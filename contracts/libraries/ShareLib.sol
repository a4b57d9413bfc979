// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HolderSlot} from "../types/Types.sol";

/// @title ShareLib
/// @notice Exact per-share cash accounting. Mirrors penstock/model/shares.py.
/// @dev shares < 2**64 and credited < 2**120 keep every product within int192.
library ShareLib {
    /// @notice Moves shares; the debt that goes with them leaves what was credited with the seller.
    function move(HolderSlot storage seller, HolderSlot storage buyer, uint256 shares, uint256 credited) internal {
        int192 debt = int192(int256(shares * credited));
        seller.shares -= uint64(shares);
        seller.debt -= debt;
        buyer.shares += uint64(shares);
        buyer.debt += debt;
    }

    /// @notice What a holder may take now, rounded down; less than one base unit stays behind.
    function claimable(HolderSlot memory holder, uint256 credited, uint256 supply) internal pure returns (uint256) {
        return uint256(int256(uint256(holder.shares) * credited) - holder.debt) / supply;
    }

    /// @notice Records that a holder took `amount`.
    function take(HolderSlot storage holder, uint256 amount, uint256 supply) internal {
        holder.debt += int192(int256(amount * supply));
    }
}
