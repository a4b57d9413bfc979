// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SlotLib} from "../../../contracts/libraries/SlotLib.sol";
import {CashWord, LedgerWord} from "../../../contracts/types/Types.sol";

/// @title SlotLibCheck
/// @notice Ranges: every value of every field; any cash word; the head of a ledger word with the most tests and tranches
/// there can be, and of a small deal's. No loops: full proofs.
contract SlotLibCheck {
    using SlotLib for CashWord;
    using SlotLib for LedgerWord;

    function check_wide_ledger_round_trip(
        uint16 period,
        uint40 passes,
        uint16 arrears,
        uint96 first,
        uint96 second
    ) external pure {
        if (period > 480 || arrears >= 1 << 15) return;
        LedgerWord ledger = SlotLib.packWide(SlotLib.packHead(period, passes, arrears, 8), first, second);
        _hasHead(ledger, period, passes, arrears, 8, 16);
        assert(ledger.firstBalance() == first);
        assert(ledger.secondBalance() == second);
    }

    /// @dev Two tests and three tranches: the head takes 21 bits, and amounts above them leave it alone.
    function check_narrow_head_round_trip(uint16 period, uint16 passes, uint8 arrears, uint256 above) external pure {
        if (period > 480 || passes >= 1 << 10 || arrears >= 1 << 2) return;
        assert(SlotLib.headBits(2, 3) == 21);
        uint256 head = SlotLib.packHead(period, passes, arrears, 2);
        assert(head != 0 && head < 1 << 21);
        _hasHead(LedgerWord.wrap((above << 21) | head), period, passes, arrears, 2, 3);
    }

    /// @dev The fields and the lock are the whole word.
    function check_wide_cash_fields_are_the_word(uint256 word) external pure {
        CashWord cash = CashWord.wrap(word);
        uint256 lock = cash.isLocked() ? 1 : 0;
        assert(word == (cash.credited() << 160) | (cash.claimed() << 64) | (cash.pot() << 1) | lock);
    }

    function check_lock_changes_nothing_else(uint256 word) external pure {
        CashWord cash = CashWord.wrap(word);
        assert(cash.locked().isLocked() && !cash.unlocked().isLocked());
        assert(CashWord.unwrap(cash.locked()) >> 1 == word >> 1);
        assert(CashWord.unwrap(cash.unlocked()) >> 1 == word >> 1);
    }

    function check_wide_claim_changes_claimed_alone(uint256 word, uint96 amount) external pure {
        CashWord cash = CashWord.wrap(word);
        if (cash.claimed() + amount > type(uint96).max) return;
        CashWord after_ = cash.withClaim(amount, false);
        assert(after_.claimed() == cash.claimed() + amount);
        assert(after_.credited() == cash.credited());
        assert(after_.pot() == cash.pot());
        assert(after_.isLocked() == cash.isLocked());
    }

    function check_narrow_claim_changes_claimed_alone(uint256 word, uint56 amount) external pure {
        CashWord cash = CashWord.wrap(word);
        if (cash.narrowAmount(0) + amount > type(uint56).max) return;
        CashWord after_ = cash.withClaim(amount, true);
        assert(after_.narrowAmount(0) == cash.narrowAmount(0) + amount);
        assert((CashWord.unwrap(after_) << 56) == (word << 56));
    }

    function check_narrow_credit_changes_one_tranche(uint256 word, uint56 amount, uint8 tranche) external pure {
        CashWord cash = CashWord.wrap(word);
        if (tranche > 2) return;
        (uint256 place, uint256 index) = SlotLib.narrowPlace(tranche);
        assert(place == 0 && index == uint256(tranche) + 1);
        if (cash.narrowAmount(index) + amount > type(uint56).max) return;
        CashWord after_ = cash.withCredits(uint256(amount) << (200 - 56 * index));
        for (uint256 i; i < 4; ++i) {
            assert(after_.narrowAmount(i) == cash.narrowAmount(i) + (i == index ? amount : 0));
        }
        assert(after_.isLocked() == cash.isLocked());
    }

    function check_wide_credit_changes_credited_and_pot(uint256 word, uint96 amount, uint128 pot) external pure {
        CashWord cash = CashWord.wrap(word);
        if (cash.credited() + amount > type(uint96).max) return;
        CashWord after_ = cash.withCredit(amount, pot);
        assert(after_.credited() == cash.credited() + amount);
        assert(after_.claimed() == cash.claimed());
        assert(after_.isLocked() == cash.isLocked());
        assert(after_.pot() == (pot < SlotLib.ELSEWHERE ? pot : SlotLib.ELSEWHERE));
    }

    function _hasHead(
        LedgerWord ledger,
        uint256 period,
        uint256 passes,
        uint256 arrears,
        uint256 tests,
        uint256 tranches
    ) private pure {
        assert(ledger.isClosed());
        assert(ledger.period() == period);
        assert(ledger.passesNeeded(tests) == passes);
        assert(ledger.inArrears(tests, tranches) == arrears);
    }
}
