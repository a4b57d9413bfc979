// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MAX_AMOUNT} from "../types/Types.sol";

/// @title SlotLib
/// @notice The two slots every settlement reads and writes, each as one word: as structs they would pass through memory
/// field by field, for twice the gas.
/// @dev Amounts are at most MAX_AMOUNT, 96 bits; the caller sees to it.
library SlotLib {
    /// @dev In a cash slot: the pot does not fit there and stands elsewhere.
    uint256 internal constant ELSEWHERE = LOCK - 1;

    /// @dev In a cash slot: cash it accounts for is on its way out, see {IDeal-Deal_Reentered}.
    uint256 private constant LOCK = 1 << 63;

    // Deal-wide state: the first two balances (96 bits each), so that a small deal touches no other slot; a bit for each
    // tranche in arrears (8); the tests' counters (40), see {CoverageLib}; how many periods are settled (16).

    function packLedger(
        uint256 period,
        uint256 passesNeeded,
        uint256 inArrears,
        uint256 firstBalance,
        uint256 secondBalance
    ) internal pure returns (uint256) {
        return (firstBalance << 160) | (secondBalance << 64) | (inArrears << 56) | (passesNeeded << 16) | period;
    }

    function period(uint256 ledger) internal pure returns (uint256) {
        return ledger & type(uint16).max;
    }

    function passesNeeded(uint256 ledger) internal pure returns (uint256) {
        return (ledger >> 16) & type(uint40).max;
    }

    function inArrears(uint256 ledger) internal pure returns (uint256) {
        return (ledger >> 56) & type(uint8).max;
    }

    function firstBalance(uint256 ledger) internal pure returns (uint256) {
        return ledger >> 160;
    }

    function secondBalance(uint256 ledger) internal pure returns (uint256) {
        return (ledger >> 64) & MAX_AMOUNT;
    }

    // A tranche's cash: all that ever became claimable, and all of it that left (96 bits each); the lock (1). The last 63
    // bits have nothing to do with the tranche: they hold the deal's pot of the same index, if it fits, as it does in
    // nearly every deal; so a settlement touches one slot less.

    function credited(uint256 cash) internal pure returns (uint256) {
        return cash >> 160;
    }

    function claimed(uint256 cash) internal pure returns (uint256) {
        return (cash >> 64) & MAX_AMOUNT;
    }

    function pot(uint256 cash) internal pure returns (uint256) {
        return cash & ELSEWHERE;
    }

    function isLocked(uint256 cash) internal pure returns (bool) {
        return cash & LOCK != 0;
    }

    function locked(uint256 cash) internal pure returns (uint256) {
        return cash | LOCK;
    }

    function unlocked(uint256 cash) internal pure returns (uint256) {
        return cash & ~LOCK;
    }

    /// @notice The cash slot after a claim.
    function withClaim(uint256 cash, uint256 amount) internal pure returns (uint256) {
        unchecked {
            return cash + (amount << 64);
        }
    }

    /// @notice The cash slot after a credit, with another pot.
    function withCredit(uint256 cash, uint256 amount, uint256 potAmount) internal pure returns (uint256) {
        unchecked {
            return withPot(cash, potAmount) + (amount << 160);
        }
    }

    /// @notice The cash slot with another pot.
    function withPot(uint256 cash, uint256 amount) internal pure returns (uint256) {
        return (cash & ~ELSEWHERE) | (amount < ELSEWHERE ? amount : ELSEWHERE);
    }
}
