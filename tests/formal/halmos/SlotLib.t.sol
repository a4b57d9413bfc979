// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SlotLib} from "../../../contracts/libraries/SlotLib.sol";

/// @title SlotLibCheck
/// @notice Ranges: every value of every field; any cash slot. No loops: full proofs.
contract SlotLibCheck {
    using SlotLib for uint256;

    function check_ledger_round_trip(
        uint16 p,
        uint40 passes,
        uint8 arrears,
        uint96 first,
        uint96 second
    ) external pure {
        uint256 ledger = SlotLib.packLedger(p, passes, arrears, first, second);
        assert(ledger.period() == p);
        assert(ledger.passesNeeded() == passes);
        assert(ledger.inArrears() == arrears);
        assert(ledger.firstBalance() == first);
        assert(ledger.secondBalance() == second);
    }

    /// @dev The fields and the lock are the whole slot.
    function check_cash_fields_are_the_slot(uint256 cash) external pure {
        uint256 lock = cash.isLocked() ? 1 << 63 : 0;
        assert(cash == (cash.credited() << 160) | (cash.claimed() << 64) | lock | cash.pot());
    }

    function check_lock_changes_nothing_else(uint256 cash) external pure {
        assert(cash.locked().isLocked() && !cash.unlocked().isLocked());
        _same(cash, cash.locked());
        _same(cash, cash.unlocked());
        if (!cash.isLocked()) assert(cash.locked().unlocked() == cash);
    }

    function check_claim_changes_claimed_alone(uint256 cash, uint96 amount) external pure {
        if (cash.claimed() + amount > type(uint96).max) return;
        uint256 after_ = cash.withClaim(amount);
        assert(after_.claimed() == cash.claimed() + amount);
        assert(after_.credited() == cash.credited());
        assert(after_.pot() == cash.pot());
        assert(after_.isLocked() == cash.isLocked());
    }

    function check_credit_changes_credited_and_pot(uint256 cash, uint96 amount, uint128 pot) external pure {
        if (cash.credited() + amount > type(uint96).max) return;
        uint256 after_ = cash.withCredit(amount, pot);
        assert(after_.credited() == cash.credited() + amount);
        assert(after_.claimed() == cash.claimed());
        assert(after_.isLocked() == cash.isLocked());
        assert(after_.pot() == (pot < SlotLib.ELSEWHERE ? pot : SlotLib.ELSEWHERE));
    }

    function check_pot_changes_pot_alone(uint256 cash, uint128 pot) external pure {
        uint256 after_ = cash.withPot(pot);
        assert(after_.credited() == cash.credited());
        assert(after_.claimed() == cash.claimed());
        assert(after_.isLocked() == cash.isLocked());
        assert(after_.pot() == (pot < SlotLib.ELSEWHERE ? pot : SlotLib.ELSEWHERE));
    }

    function _same(uint256 a, uint256 b) private pure {
        assert(a.credited() == b.credited() && a.claimed() == b.claimed() && a.pot() == b.pot());
    }
}
