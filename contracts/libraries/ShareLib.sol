// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ShareLib
/// @notice Exact per-share cash accounting, a holder in one word: shares (the low 64 bits) and debt (192, signed).
/// Entitlement = shares × credited − debt, in base units × supply. Mirrors penstock/model/shares.py.
/// @dev Unchecked throughout: shares < 2**64 and credited < 2**96 keep every product within 160 bits, so that the two
/// fields can be added to in one sum: a debt below zero borrows from nothing.
library ShareLib {
    uint256 private constant SHARES = type(uint64).max;

    function shares(uint256 holder) internal pure returns (uint256) {
        return holder & SHARES;
    }

    function debt(uint256 holder) internal pure returns (int256) {
        return int256(holder) >> 64;
    }

    /// @notice Shares with the debt that leaves what was credited with the seller: taken from it, added to the buyer.
    function lot(uint256 amount, uint256 credited) internal pure returns (uint256) {
        unchecked {
            return amount + ((amount * credited) << 64);
        }
    }

    /// @notice The holder after it gave a lot. The caller refuses amounts beyond its shares.
    function minus(uint256 holder, uint256 given) internal pure returns (uint256) {
        unchecked {
            return holder - given;
        }
    }

    /// @notice The holder after it received a lot.
    function plus(uint256 holder, uint256 received) internal pure returns (uint256) {
        unchecked {
            return holder + received;
        }
    }

    /// @notice What a holder may take now, rounded down; less than one base unit stays behind.
    function claimable(uint256 holder, uint256 credited, uint256 supply) internal pure returns (uint256) {
        unchecked {
            return uint256(int256(shares(holder) * credited) - debt(holder)) / supply;
        }
    }

    /// @notice The holder after it took an amount.
    function afterClaim(uint256 holder, uint256 amount, uint256 supply) internal pure returns (uint256) {
        unchecked {
            return holder + ((amount * supply) << 64);
        }
    }
}
