// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HolderWord, TransferDelta} from "../types/Types.sol";

/// @title ShareLib
/// @notice Exact per-share cash accounting, a holder in one word: shares (the low 64 bits) and debt (192, signed).
/// Entitlement = shares × credited − debt, in base units × supply. Mirrors penstock/model/shares.py.
/// @dev Unchecked throughout: shares < 2**64 and credited < 2**96 keep every product within 160 bits, so that the two
/// fields can be added to in one sum: a debt below zero borrows from nothing.
library ShareLib {
    uint256 private constant SHARES = type(uint64).max;

    function shares(HolderWord holder) internal pure returns (uint256) {
        return HolderWord.unwrap(holder) & SHARES;
    }

    function debt(HolderWord holder) internal pure returns (int256) {
        return int256(HolderWord.unwrap(holder)) >> 64;
    }

    /// @notice The holder with more shares, before the first credit.
    function allot(HolderWord holder, uint256 amount) internal pure returns (HolderWord) {
        unchecked {
            return HolderWord.wrap(HolderWord.unwrap(holder) + amount);
        }
    }

    /// @notice Shares with the debt that leaves what was credited with the seller: taken from it, added to the buyer.
    function transferDelta(uint256 amount, uint256 credited) internal pure returns (TransferDelta) {
        unchecked {
            return TransferDelta.wrap(amount + ((amount * credited) << 64));
        }
    }

    /// @notice Shares with their part of the seller's debt, and so with their part of what it has not claimed: taken from it,
    /// added to the buyer. The debt is floored, below zero too, so that what is left is not. The caller refuses amounts
    /// beyond its shares.
    function cumDelta(HolderWord seller, uint256 amount) internal pure returns (TransferDelta) {
        unchecked {
            if (amount == 0) return TransferDelta.wrap(0);
            int256 held = int256(shares(seller));
            int256 product = debt(seller) * int256(amount);
            int256 moved = product / held;
            if (product < 0 && product % held != 0) --moved;
            return TransferDelta.wrap(amount + (uint256(moved) << 64));
        }
    }

    /// @notice What moves with the shares of a delta that were not sold: cash not claimed, in base units × supply.
    function earned(TransferDelta delta, uint256 credited) internal pure returns (uint256) {
        unchecked {
            uint256 word = TransferDelta.unwrap(delta);
            return uint256(int256((word & SHARES) * credited) - (int256(word) >> 64));
        }
    }

    /// @notice The seller after a transfer. The caller refuses amounts beyond its shares.
    function minus(HolderWord seller, TransferDelta delta) internal pure returns (HolderWord) {
        unchecked {
            return HolderWord.wrap(HolderWord.unwrap(seller) - TransferDelta.unwrap(delta));
        }
    }

    /// @notice The buyer after a transfer.
    function plus(HolderWord buyer, TransferDelta delta) internal pure returns (HolderWord) {
        unchecked {
            return HolderWord.wrap(HolderWord.unwrap(buyer) + TransferDelta.unwrap(delta));
        }
    }

    /// @notice What a holder may take now, rounded down; less than one base unit stays behind.
    function claimableDown(HolderWord holder, uint256 credited, uint256 supply) internal pure returns (uint256) {
        unchecked {
            return uint256(int256(shares(holder) * credited) - debt(holder)) / supply;
        }
    }

    /// @notice The holder after it took an amount.
    function afterClaim(HolderWord holder, uint256 amount, uint256 supply) internal pure returns (HolderWord) {
        unchecked {
            return HolderWord.wrap(HolderWord.unwrap(holder) + ((amount * supply) << 64));
        }
    }
}
