// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {FiguresLib} from "./FiguresLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    BALANCE,
    Book,
    CREDITED,
    FEE,
    FEE_DUE,
    FEE_OWED,
    INTEREST,
    INTEREST_OWED,
    NONE,
    PRINCIPAL,
    PRINCIPAL_OWED,
    RESERVE,
    Record,
    SWEEP,
    TRAP,
    Terms,
    WAD
} from "../types/Types.sol";

/// @title LadderLib
/// @notice Who is paid. Cash goes down the ladder once. Mirrors penstock/model/ladder.py.
/// @dev Unchecked throughout: nothing is ever paid beyond what is left, due or held.
library LadderLib {
    using BookLib for Book;
    using FiguresLib for uint256;
    using RecordLib for Record;
    using TermsLib for Terms;

    /// @notice Pays each rung in order from what is left, at most its fraction of it; reserves make up shortfalls.
    /// @dev sum(paid) − draws is the cash it began with, whatever the dues are: every ladder ends with a residual.
    /// @param cash What there is to share, in base units.
    /// @param at Where the ladder in force begins in the terms.
    /// @param rungs How many rungs it has.
    /// @param cursor Where to note what each rung received, reserve draws included: see {FiguresLib}.
    /// @return The cursor behind them.
    function pay(
        Book memory book,
        uint256 cash,
        uint256 at,
        uint256 rungs,
        uint256 cursor
    ) internal pure returns (uint256) {
        unchecked {
            uint256 width = book.width;
            uint256 end = at + rungs * TermsLib.RUNG_LENGTH;
            for (; at < end; at += TermsLib.RUNG_LENGTH) {
                uint256 rung = book.terms.read(at, TermsLib.RUNG_LENGTH);
                uint256 received;
                if (_acts(book, rung)) {
                    uint256 most = (cash * _fraction(rung)) / WAD;
                    (uint256 paid, uint256 drawn) = _payRung(book, rung, cash, most);
                    cash -= paid;
                    received = paid + drawn;
                }
                cursor = cursor.append(received, width);
            }
            return cursor;
        }
    }

    // A rung in one word: kind, first target, second target (a byte each), fraction (eight), test (one)

    function _kind(uint256 rung) private pure returns (uint256) {
        return rung >> 88;
    }

    function _target(uint256 rung) private pure returns (uint256) {
        return (rung >> 80) & 255;
    }

    function _second(uint256 rung) private pure returns (uint256) {
        return (rung >> 72) & 255;
    }

    function _fraction(uint256 rung) private pure returns (uint256) {
        return (rung >> 8) & type(uint64).max;
    }

    function _test(uint256 rung) private pure returns (uint256) {
        return rung & 255;
    }

    /// @dev A trap holds nothing once nothing comes after that could release it.
    function _acts(Book memory book, uint256 rung) private pure returns (bool) {
        uint256 test = _test(rung);
        if (test == NONE) return true;
        if (!CoverageLib.failing(book.passesNeeded, test)) return false;
        return _kind(rung) != TRAP || !book.matured;
    }

    /// @return paid Out of `cash`, at most `most`. @return drawn Out of reserves.
    function _payRung(
        Book memory book,
        uint256 rung,
        uint256 cash,
        uint256 most
    ) private pure returns (uint256 paid, uint256 drawn) {
        unchecked {
            uint256 kind = _kind(rung);
            if (_second(rung) != NONE) return _payBoth(book, rung, most);
            uint256 target = _target(rung);
            if (kind <= SWEEP) {
                uint256 due = _due(book, kind, target);
                if (due == 0) return (0, 0);
                paid = AmountLib.min(due, most);
                if (due > paid) drawn = _draw(book, kind, target, due - paid);
                _record(book, kind, target, paid + drawn);
            } else if (kind == RESERVE) {
                (uint256 wanted, uint256 held) = (book.target(target), book.pot(target));
                if (wanted <= held) return (0, 0);
                paid = AmountLib.min(wanted - held, most);
                book.setPot(target, held + paid);
            } else {
                paid = AmountLib.min(cash, most);
                if (kind == TRAP) book.addToPot(book.trapPot(_test(rung)), paid);
                else book.tranche(target).increase(CREDITED, paid);
            }
        }
    }

    /// @dev Pari passu by what each is due: floor for the second, the remainder to the first.
    function _payBoth(Book memory book, uint256 rung, uint256 most) private pure returns (uint256 paid, uint256 drawn) {
        unchecked {
            uint256 kind = _kind(rung);
            uint256 firstDue = _due(book, kind, _target(rung));
            uint256 secondDue = _due(book, kind, _second(rung));
            uint256 due = firstDue + secondDue;
            if (due == 0) return (0, 0);
            paid = AmountLib.min(due, most);
            uint256 secondPaid = (paid * secondDue) / due;
            uint256 firstPaid = paid - secondPaid;
            uint256 firstDrawn = _draw(book, kind, _target(rung), firstDue - firstPaid);
            uint256 secondDrawn = _draw(book, kind, _second(rung), secondDue - secondPaid);
            _record(book, kind, _target(rung), firstPaid + firstDrawn);
            _record(book, kind, _second(rung), secondPaid + secondDrawn);
            drawn = firstDrawn + secondDrawn;
        }
    }

    /// @dev What a fee or a tranche may still take.
    function _due(Book memory book, uint256 kind, uint256 target) private pure returns (uint256) {
        if (kind == FEE) return book.fee(target).get(FEE_DUE);
        Record tranche = book.tranche(target);
        if (kind == INTEREST) return tranche.get(INTEREST_OWED);
        if (kind == PRINCIPAL) return tranche.get(PRINCIPAL_OWED);
        return tranche.get(BALANCE);
    }

    /// @dev Gives a fee's payee or a tranche its cash.
    function _record(Book memory book, uint256 kind, uint256 target, uint256 paid) private pure {
        unchecked {
            if (kind == FEE) {
                Record fee = book.fee(target);
                fee.decrease(FEE_DUE, paid);
                fee.decrease(FEE_OWED, paid);
                book.addToPot(book.feePot(target), paid);
                return;
            }
            Record tranche = book.tranche(target);
            tranche.increase(CREDITED, paid);
            if (kind == INTEREST) {
                tranche.decrease(INTEREST_OWED, paid);
            } else {
                // Whatever the rung, principal meets what fell due first
                tranche.decrease(BALANCE, paid);
                tranche.decrease(PRINCIPAL_OWED, AmountLib.min(paid, tranche.get(PRINCIPAL_OWED)));
            }
        }
    }

    /// @dev What the supporting reserves give towards a shortfall, first reserve first.
    function _draw(
        Book memory book,
        uint256 kind,
        uint256 target,
        uint256 shortfall
    ) private pure returns (uint256 drawn) {
        unchecked {
            for (uint256 i; i < book.reserveCount && drawn < shortfall; ++i) {
                if (!book.terms.reserveSupports(book.terms.reserveAt(i), kind, target)) continue;
                uint256 held = book.pot(i);
                uint256 part = AmountLib.min(shortfall - drawn, held);
                book.setPot(i, held - part);
                drawn += part;
            }
        }
    }
}
