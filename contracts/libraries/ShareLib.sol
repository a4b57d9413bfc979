// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HolderSlot} from "../types/Types.sol";

/// @title ShareLib
/// @notice Exact per-share cash accounting. Mirrors penstock/model/shares.py.
/// @dev Unchecked throughout: shares < 2**64 and credited < 2**127 keep every product within int192.
library ShareLib {
    /// @notice Takes shares from the seller, without what they have earned; returns what it had. The caller refuses
    /// amounts beyond that.
    function give(HolderSlot storage seller, uint256 shares, uint256 credited) internal returns (uint256 held) {
        unchecked {
            HolderSlot memory slot = seller;
            held = slot.shares;
            seller.shares = uint64(held - shares);
            seller.debt = int192(slot.debt - int256(shares * credited));
        }
    }

    /// @notice Gives shares to the buyer, with the debt that leaves what was credited with the seller.
    function receive_(HolderSlot storage buyer, uint256 shares, uint256 credited) internal {
        unchecked {
            HolderSlot memory slot = buyer;
            buyer.shares = uint64(slot.shares + shares);
            buyer.debt = int192(slot.debt + int256(shares * credited));
        }
    }

    /// @notice What a holder may take now, rounded down; less than one base unit stays behind.
    function claimable(HolderSlot memory holder, uint256 credited, uint256 supply) internal pure returns (uint256) {
        unchecked {
            return uint256(int256(uint256(holder.shares) * credited) - holder.debt) / supply;
        }
    }

    /// @notice Records that a holder takes all it may, and returns it.
    function take(HolderSlot storage holder, uint256 credited, uint256 supply) internal returns (uint256 amount) {
        unchecked {
            HolderSlot memory slot = holder;
            amount = claimable(slot, credited, supply);
            holder.debt = int192(slot.debt + int256(amount * supply));
        }
    }
}
