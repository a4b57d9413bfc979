// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {COUNTER_BITS, CashWord, LedgerWord, MAX_AMOUNT, MAX_NARROW_AMOUNT} from "../types/Types.sol";

/// @title SlotLib
/// @notice The slots a settlement reads and writes, each as one word: as structs they would pass through memory field by
/// field, for twice the gas. Amounts take 96 bits in a wide deal, 56 in a narrow one.
/// @dev Amounts fit their fields; the caller sees to it.
library SlotLib {
    /// @dev In a wide cash word: the pot does not fit there and is kept elsewhere.
    uint256 internal constant ELSEWHERE = 2 ** 63 - 1;

    /// @dev In a cash word: cash it accounts for is on its way out, see {IDealErrors-Deal_Reentered}.
    uint256 private constant LOCK = 1;

    /// @dev Of a narrow deal: an amount's bits, and how far from the bottom of a word the first and the last of four are.
    uint256 internal constant NARROW_BITS = 56;
    uint256 internal constant FIRST_SHIFT = 200;
    uint256 internal constant LAST_SHIFT = 32;

    uint256 private constant NEXT_PERIOD_BITS = 9;

    // The head of the ledger word, its low bits: the next period (9 bits), 0 before the deal is closed; the tests'
    // counters (5 each), see {CoverageLib}; a bit for each lender in arrears. With 8 tests and 15 lenders 64 bits.

    function packHead(
        uint256 period,
        uint256 passesNeeded,
        uint256 inArrears,
        uint256 tests
    ) internal pure returns (uint256) {
        unchecked {
            uint256 arrearsAt = NEXT_PERIOD_BITS + COUNTER_BITS * tests;
            return (inArrears << arrearsAt) | (passesNeeded << NEXT_PERIOD_BITS) | (period + 1);
        }
    }

    function headBits(uint256 tests, uint256 tranches) internal pure returns (uint256) {
        unchecked {
            return NEXT_PERIOD_BITS + COUNTER_BITS * tests + tranches - 1;
        }
    }

    function isClosed(LedgerWord ledger) internal pure returns (bool) {
        return LedgerWord.unwrap(ledger) != 0;
    }

    /// @notice How many periods are settled.
    function period(LedgerWord ledger) internal pure returns (uint256) {
        unchecked {
            return (LedgerWord.unwrap(ledger) & ((1 << NEXT_PERIOD_BITS) - 1)) - 1;
        }
    }

    function passesNeeded(LedgerWord ledger, uint256 tests) internal pure returns (uint256) {
        unchecked {
            return (LedgerWord.unwrap(ledger) >> NEXT_PERIOD_BITS) & ((1 << (COUNTER_BITS * tests)) - 1);
        }
    }

    /// @notice A bit a lender, the most senior lowest.
    function inArrears(LedgerWord ledger, uint256 tests, uint256 tranches) internal pure returns (uint256) {
        unchecked {
            uint256 arrearsAt = NEXT_PERIOD_BITS + COUNTER_BITS * tests;
            return (LedgerWord.unwrap(ledger) >> arrearsAt) & ((1 << (tranches - 1)) - 1);
        }
    }

    // The rest of a wide ledger word: the first two balances, so that a small deal touches no other slot.

    function packWide(uint256 head, uint256 firstBalance, uint256 secondBalance) internal pure returns (LedgerWord) {
        return LedgerWord.wrap((firstBalance << 160) | (secondBalance << 64) | head);
    }

    function firstBalance(LedgerWord ledger) internal pure returns (uint256) {
        return LedgerWord.unwrap(ledger) >> 160;
    }

    function secondBalance(LedgerWord ledger) internal pure returns (uint256) {
        return (LedgerWord.unwrap(ledger) >> 64) & MAX_AMOUNT;
    }

    // A wide cash word, one a tranche: all that ever became claimable, and all of it that left (96 bits each); then the
    // deal's pot of the same index (63), if it fits, as it does in nearly every deal, so that a settlement touches one slot
    // less; the lock (1).

    function credited(CashWord cash) internal pure returns (uint256) {
        return CashWord.unwrap(cash) >> 160;
    }

    function claimed(CashWord cash) internal pure returns (uint256) {
        return (CashWord.unwrap(cash) >> 64) & MAX_AMOUNT;
    }

    function pot(CashWord cash) internal pure returns (uint256) {
        return (CashWord.unwrap(cash) >> 1) & ELSEWHERE;
    }

    /// @notice The cash word after a credit, with another pot.
    function withCredit(CashWord cash, uint256 amount, uint256 potAmount) internal pure returns (CashWord) {
        unchecked {
            uint256 kept = CashWord.unwrap(cash) & ~(ELSEWHERE << 1);
            return CashWord.wrap(kept + (amount << 160) + ((potAmount < ELSEWHERE ? potAmount : ELSEWHERE) << 1));
        }
    }

    // Narrow cash words, four amounts each: what holders of all tranches claimed, then all that ever became claimable, a
    // tranche each. The lowest bit of the first is the lock.

    /// @notice Which cash word has a tranche's credits, and which of the four amounts they are.
    function narrowPlace(uint256 tranche) internal pure returns (uint256 word, uint256 index) {
        unchecked {
            return ((tranche + 1) >> 2, (tranche + 1) & 3);
        }
    }

    /// @notice Amount `index` of four.
    function narrowAmount(CashWord cash, uint256 index) internal pure returns (uint256) {
        unchecked {
            return (CashWord.unwrap(cash) >> (FIRST_SHIFT - NARROW_BITS * index)) & MAX_NARROW_AMOUNT;
        }
    }

    /// @notice What the first cash word counts as credited, of three tranches together.
    function firstCredits(uint256 word) internal pure returns (uint256 credits) {
        unchecked {
            credits = (word >> LAST_SHIFT) & MAX_NARROW_AMOUNT;
            credits += (word >> (LAST_SHIFT + NARROW_BITS)) & MAX_NARROW_AMOUNT;
            credits += (word >> (LAST_SHIFT + 2 * NARROW_BITS)) & MAX_NARROW_AMOUNT;
        }
    }

    /// @notice The cash word with more credits, each where its tranche's are.
    function withCredits(CashWord cash, uint256 credits) internal pure returns (CashWord) {
        unchecked {
            return CashWord.wrap(CashWord.unwrap(cash) + credits);
        }
    }

    // Both widths

    function isLocked(CashWord cash) internal pure returns (bool) {
        return CashWord.unwrap(cash) & LOCK != 0;
    }

    function locked(CashWord cash) internal pure returns (CashWord) {
        return CashWord.wrap(CashWord.unwrap(cash) | LOCK);
    }

    function unlocked(CashWord cash) internal pure returns (CashWord) {
        return CashWord.wrap(CashWord.unwrap(cash) & ~LOCK);
    }

    /// @notice The cash word after a claim.
    function withClaim(CashWord cash, uint256 amount, bool narrow) internal pure returns (CashWord) {
        unchecked {
            return CashWord.wrap(CashWord.unwrap(cash) + (amount << (narrow ? FIRST_SHIFT : 64)));
        }
    }
}
