// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Books} from "./Books.sol";
import {AmountLib} from "../../../contracts/libraries/AmountLib.sol";
import {BookLib} from "../../../contracts/libraries/BookLib.sol";
import {SettlementLogLib} from "../../../contracts/libraries/SettlementLogLib.sol";
import {LadderLib} from "../../../contracts/libraries/LadderLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";
import {
    ALL,
    Book,
    DuePlace,
    FEE,
    FeeRecord,
    INTEREST,
    LogCursor,
    NONE,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    RungKind,
    SWEEP,
    TRAP,
    TrancheRecord,
    WAD
} from "../../../contracts/types/Types.sol";

/// @title LadderLibCheck
/// @notice One rung of each kind, from any state of the book: the ladder is a loop over rungs, so what holds of each holds
/// of any number of them. Ranges: cash, dues, pots 96 bits; fractions up to 1 where a check draws one, else 1.
/// Bound: the loop over reserves is followed for two of them, targets are the first ones. At most this is a proof for
/// deals of up to two reserves.
contract LadderLibCheck is Books {
    using BookLib for Book;
    using RecordLib for DuePlace;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;

    struct Before {
        uint96 cash;
        uint96 due;
        uint96 credited;
        uint96 firstHeld;
        uint96 secondHeld;
    }

    function check_inv_01_03_interest_rung(Before calldata b) external pure {
        _payOne(b, INTEREST);
    }

    function check_inv_01_03_principal_rung(Before calldata b) external pure {
        _payOne(b, PRINCIPAL);
    }

    function check_inv_01_03_all_rung(Before calldata b) external pure {
        _payOne(b, ALL);
    }

    function check_inv_01_03_sweep_rung(Before calldata b) external pure {
        _payOne(b, SWEEP);
    }

    /// @dev With the whole of what is left: min(due, cash), then the reserves in turn, nothing else.
    function _payOne(Before calldata b, RungKind kind) private pure {
        unchecked {
            Book memory book = _filled(b, _rung(kind, SENIOR, NONE, uint64(WAD), NONE), SUPPORTS_ALL);
            TrancheRecord senior = book.tranche(SENIOR);
            senior.duePlace(kind).setDue(b.due);
            uint256 total = _total(book);
            uint256 noted = _pay(book);
            uint256 fromCash = AmountLib.min(b.due, b.cash);
            uint256 first = AmountLib.min(b.due - fromCash, b.firstHeld);
            uint256 second = AmountLib.min(b.due - fromCash - first, b.secondHeld);
            uint256 paid = fromCash + first + second;
            assert(book.cash == b.cash - fromCash);
            assert(book.pot(0) == b.firstHeld - first);
            assert(book.pot(1) == b.secondHeld - second);
            assert(senior.credited() == b.credited + paid);
            assert(senior.duePlace(kind).due() == b.due - paid);
            assert(noted == paid);
            assert(_total(book) == total);
        }
    }

    /// @dev Principal paid leaves the balance; paid by another rung, it meets what fell due first.
    function check_inv_03_principal_lowers_the_balance(Before calldata b, uint96 above) external pure {
        unchecked {
            Book memory book = _filled(b, _rung(PRINCIPAL, SENIOR, NONE, uint64(WAD), NONE));
            TrancheRecord senior = book.tranche(SENIOR);
            senior.setPrincipalOwed(b.due);
            senior.setBalance(uint256(b.due) + above);
            uint256 paid = _pay(book);
            assert(senior.balance() == uint256(b.due) + above - paid);
        }
    }

    function check_inv_03_sweep_meets_principal_due_first(Before calldata b, uint96 above) external pure {
        unchecked {
            Book memory book = _filled(b, _rung(SWEEP, SENIOR, NONE, uint64(WAD), NONE));
            TrancheRecord senior = book.tranche(SENIOR);
            senior.setPrincipalOwed(b.due);
            senior.setBalance(uint256(b.due) + above);
            uint256 paid = _pay(book);
            assert(paid == AmountLib.min(b.cash, uint256(b.due) + above));
            assert(senior.balance() == uint256(b.due) + above - paid);
            assert(senior.principalOwed() == (paid < b.due ? b.due - paid : 0));
        }
    }

    /// @dev A fraction's share is the floor, and never more than there is.
    function check_inv_01_03_fraction_is_a_floor(Before calldata b, uint64 fraction) external pure {
        unchecked {
            if (fraction > WAD) return;
            Book memory book = _filled(b, _rung(SWEEP, SENIOR, NONE, fraction, NONE));
            book.tranche(SENIOR).setBalance(b.due);
            uint256 paid = _pay(book);
            uint256 most = (uint256(b.cash) * fraction) / WAD;
            assert(paid == AmountLib.min(b.due, most));
            assert(book.cash == b.cash - paid);
            assert(uint256(b.cash) * fraction <= uint256(b.cash) * WAD);
            assert(most * WAD <= uint256(b.cash) * fraction);
            assert(most <= b.cash);
        }
    }

    function check_inv_01_03_fee_rung(Before calldata b, uint96 above, uint96 claimable) external pure {
        unchecked {
            Book memory book = _filled(b, _rung(FEE, 0, NONE, uint64(WAD), NONE));
            FeeRecord fee = book.fee(0);
            fee.setDue(b.due);
            fee.setOwed(uint256(b.due) + above);
            book.setPot(book.feePot(0), claimable);
            uint256 total = _total(book);
            uint256 paid = _pay(book);
            uint256 fromCash = AmountLib.min(b.due, b.cash);
            uint256 first = AmountLib.min(b.due - fromCash, b.firstHeld);
            uint256 second = AmountLib.min(b.due - fromCash - first, b.secondHeld);
            assert(paid == fromCash + first + second);
            assert(book.cash == b.cash - fromCash);
            assert(book.pot(0) == b.firstHeld - first && book.pot(1) == b.secondHeld - second);
            assert(fee.due() == b.due - paid);
            assert(fee.owed() == uint256(b.due) + above - paid);
            assert(book.pot(book.feePot(0)) == claimable + paid);
            assert(_total(book) == total);
        }
    }

    /// @dev Two targets: what is there is paid, the second gets the floor of its part, the first the remainder.
    function check_inv_01_03_pari_passu(uint96 cash, uint96 firstDue, uint96 secondDue) external pure {
        unchecked {
            uint256 due = uint256(firstDue) + secondDue;
            if (due == 0) return;
            (uint256 paid, uint256 first, uint256 second) = _parts(cash, firstDue, secondDue);
            assert(paid == AmountLib.min(cash, due));
            assert(first + second == paid);
            assert(second == (paid * secondDue) / due);
        }
    }

    /// @dev That floor is no more than the second's due ({FloorsCheck}), nor is the remainder more than the first's: let it be
    /// paid and so much above it. Then the dividend is above × due and more, so that the floor is above or more.
    function check_inv_03_dividend_of_the_seconds_part(uint96 above, uint96 firstDue, uint96 unpaid) external pure {
        unchecked {
            uint256 paid = uint256(firstDue) + above;
            uint256 secondDue = uint256(above) + unpaid;
            assert(paid * secondDue == above * (firstDue + secondDue) + firstDue * uint256(unpaid));
        }
    }

    /// @dev What of it is left to pay.
    function check_inv_01_03_pari_passu_lowers_dues(uint96 cash, uint96 firstDue, uint96 secondDue) external pure {
        unchecked {
            Book memory book = _pariPassu(cash, firstDue, secondDue);
            assert(book.tranche(SENIOR).interestOwed() == firstDue - book.tranche(SENIOR).credited());
            assert(book.tranche(JUNIOR).interestOwed() == secondDue - book.tranche(JUNIOR).credited());
            assert(_total(book) == cash);
        }
    }

    /// @dev Two targets that share a reserve by what each lacks: what is there is paid and nothing is lost. That no part is
    /// above what its target lacks is the proof above: both split alike. Cash and reserve 88 bits.
    function check_inv_01_pari_passu_draws(uint88 cash, uint96 firstDue, uint96 secondDue, uint88 held) external pure {
        unchecked {
            uint256 due = uint256(firstDue) + secondDue;
            (Book memory book, uint256 paid) = _sharingAReserve(cash, firstDue, secondDue, held);
            assert(paid == AmountLib.min(uint256(cash) + held, due));
            assert(book.tranche(SENIOR).credited() + book.tranche(JUNIOR).credited() == paid);
            assert(book.tranche(SENIOR).interestOwed() + book.tranche(JUNIOR).interestOwed() == due - paid);
            assert(_total(book) == uint256(cash) + held);
        }
    }

    function _sharingAReserve(
        uint88 cash,
        uint96 firstDue,
        uint96 secondDue,
        uint88 held
    ) private pure returns (Book memory book, uint256 paid) {
        book = _book(_rung(INTEREST, SENIOR, JUNIOR, uint64(WAD), NONE), SUPPORTS);
        (book.cash, book.reserveCount) = (cash, 1);
        book.setPot(0, held);
        book.tranche(SENIOR).setInterestOwed(firstDue);
        book.tranche(JUNIOR).setInterestOwed(secondDue);
        paid = _pay(book);
    }

    function check_inv_01_reserve_rung_fills_to_target(Before calldata b, uint96 target) external pure {
        unchecked {
            Book memory book = _filled(b, _rung(RESERVE, 0, NONE, uint64(WAD), NONE));
            book.setTarget(0, target);
            uint256 total = _total(book);
            uint256 paid = _pay(book);
            uint256 missing = target > b.firstHeld ? target - b.firstHeld : 0;
            assert(paid == AmountLib.min(missing, b.cash));
            assert(book.pot(0) == b.firstHeld + paid);
            assert(_total(book) == total);
        }
    }

    /// @dev All that is left, while the test fails or its report is missing; a residual behind it then gets nothing.
    function check_inv_11_trap_rung(Before calldata b, uint8 passes, bool missing, bool matured) external pure {
        unchecked {
            if (passes > 31) return;
            bytes memory trap = _rung(TRAP, NONE, NONE, uint64(WAD), 0);
            Book memory book = _filled(b, abi.encodePacked(trap, _rung(RESIDUAL, EQUITY, NONE, uint64(WAD), NONE)));
            (book.passesNeeded, book.unreported, book.matured) = (passes, missing ? 1 : 0, matured);
            uint256 total = _total(book);
            _payAll(book, 2);
            uint256 trapped = (passes > 0 || missing) && !matured ? b.cash : 0;
            assert(book.pot(book.trapPot(0)) == trapped);
            assert(book.tranche(EQUITY).credited() == b.cash - trapped);
            assert(book.cash == 0 && _total(book) == total);
        }
    }

    /// @dev A short rung leaves no cash behind; the next check says what those below get of none.
    function check_inv_02_a_short_rung_leaves_nothing(uint96 cash, uint96 due) external pure {
        Book memory book = _book(_rung(INTEREST, SENIOR, NONE, uint64(WAD), NONE), 0);
        book.cash = cash;
        book.tranche(SENIOR).setInterestOwed(due);
        _pay(book);
        if (book.tranche(SENIOR).interestOwed() > 0) assert(book.cash == 0);
    }

    function check_inv_02_without_cash_reserves_alone_pay(uint96 due, uint96 held, bool supported) external pure {
        Book memory book = _book(_rung(INTEREST, JUNIOR, NONE, uint64(WAD), NONE), supported ? SUPPORTS : 0);
        book.setPot(0, held);
        book.tranche(JUNIOR).setInterestOwed(due);
        uint256 paid = _pay(book);
        assert(paid == (supported ? AmountLib.min(due, held) : 0));
        assert(book.pot(0) == held - paid && book.cash == 0);
    }

    /// @dev More cash leaves the rung no less, and those below no less.
    function check_inv_07_more_cash_pays_no_less(uint96 less, uint96 more, uint96 due) external pure {
        if (less > more) return;
        (uint256 paid, uint256 left) = _after(less, due);
        (uint256 paidOfMore, uint256 leftOfMore) = _after(more, due);
        assert(paid <= paidOfMore && left <= leftOfMore);
    }

    function _parts(uint96 cash, uint96 firstDue, uint96 secondDue) private pure returns (uint256, uint256, uint256) {
        unchecked {
            Book memory book = _pariPassu(cash, firstDue, secondDue);
            return (cash - book.cash, book.tranche(SENIOR).credited(), book.tranche(JUNIOR).credited());
        }
    }

    /// @dev Paid without reserves.
    function _pariPassu(uint96 cash, uint96 firstDue, uint96 secondDue) private pure returns (Book memory book) {
        book = _book(_rung(INTEREST, SENIOR, JUNIOR, uint64(WAD), NONE), 0);
        book.cash = cash;
        book.tranche(SENIOR).setInterestOwed(firstDue);
        book.tranche(JUNIOR).setInterestOwed(secondDue);
        _pay(book);
    }

    function _after(uint96 cash, uint96 due) private pure returns (uint256 paid, uint256 left) {
        Book memory book = _book(_rung(INTEREST, SENIOR, NONE, uint64(WAD), NONE), 0);
        book.cash = cash;
        book.tranche(SENIOR).setInterestOwed(due);
        paid = _pay(book);
        left = book.cash;
    }

    function _filled(Before calldata b, bytes memory ladder) private pure returns (Book memory book) {
        return _filled(b, ladder, SUPPORTS);
    }

    function _filled(Before calldata b, bytes memory ladder, uint80 supported) private pure returns (Book memory book) {
        book = _book(ladder, supported);
        book.cash = b.cash;
        book.setPot(0, b.firstHeld);
        book.setPot(1, b.secondHeld);
        book.tranche(SENIOR).credit(b.credited);
    }

    /// @dev Pays one rung and reads what was noted of it.
    function _pay(Book memory book) private pure returns (uint256 noted) {
        return _payAll(book, 1);
    }

    /// @dev Pays so many rungs and reads what was noted of the first.
    function _payAll(Book memory book, uint256 rungs) private pure returns (uint256 noted) {
        (, LogCursor cursor) = SettlementLogLib.open(rungs);
        LadderLib.pay(book, LADDER_AT, rungs, cursor);
        assembly ("memory-safe") {
            noted := shr(160, mload(cursor))
        }
    }
}
