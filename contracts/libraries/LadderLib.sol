// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {FiguresLib} from "./FiguresLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    ALL,
    BALANCE,
    Book,
    CREDITED,
    FEE,
    FEE_DUE,
    FEE_OWED,
    INTEREST,
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

    /// @notice Pays each rung in order from the book's cash, at most its fraction of it; reserves make up shortfalls.
    /// @dev sum(paid) − draws + book.cash is the cash it began with, whatever the dues are.
    /// @param at Where the ladder in force begins in the terms.
    /// @param rungs How many rungs it has.
    /// @param cursor Where to note what each rung received, reserve draws included: see {FiguresLib}.
    /// @return The cursor behind them.
    function pay(Book memory book, uint256 at, uint256 rungs, uint256 cursor) internal pure returns (uint256) {
        unchecked {
            for (; rungs > 0; --rungs) {
                uint256 rung = book.terms.read(at, TermsLib.RUNG_LENGTH);
                cursor = cursor.append(_payRung(book, rung), book.width);
                at += TermsLib.RUNG_LENGTH;
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

    /// @dev Whether a rung with a test acts. A trap holds nothing once nothing comes after that could release it.
    function _acts(Book memory book, uint256 rung) private pure returns (bool) {
        if (!CoverageLib.failing(book.passesNeeded, _test(rung))) return false;
        return _kind(rung) != TRAP || !book.matured;
    }

    /// @dev One target of a fee or a tranche, nearly every rung, is paid right here; the rest elsewhere.
    function _payRung(Book memory book, uint256 rung) private pure returns (uint256 paid) {
        unchecked {
            if (_test(rung) != NONE && !_acts(book, rung)) return 0;
            uint256 kind = _kind(rung);
            if (kind > SWEEP) return _payRest(book, rung);
            if (_second(rung) != NONE) return _payBoth(book, rung);
            (Record owed, uint256 field) = _owed(book, kind, _target(rung));
            uint256 due = owed.get(field);
            if (due == 0) return 0;
            uint256 cash = book.cash;
            paid = (cash * _fraction(rung)) / WAD;
            if (paid > due) paid = due;
            book.cash = cash - paid;
            if (paid < due) paid += _draw(book, kind, _target(rung), due - paid);
            owed.set(field, due - paid);
            if (kind == FEE) _recordFee(book, owed, _target(rung), paid);
            else _recordTranche(owed, kind, paid);
        }
    }

    /// @dev Reserves, traps and the residual: cash that pays nothing owed.
    function _payRest(Book memory book, uint256 rung) private pure returns (uint256 paid) {
        unchecked {
            uint256 kind = _kind(rung);
            paid = (book.cash * _fraction(rung)) / WAD;
            if (kind == RESERVE) {
                (uint256 wanted, uint256 held) = (book.target(_target(rung)), book.pot(_target(rung)));
                if (wanted <= held) return 0;
                if (paid > wanted - held) paid = wanted - held;
                book.setPot(_target(rung), held + paid);
            } else if (kind == TRAP) {
                book.addToPot(book.trapPot(_test(rung)), paid);
            } else {
                book.tranche(_target(rung)).increase(CREDITED, paid);
            }
            book.cash -= paid;
        }
    }

    /// @dev Pari passu by what each is due.
    function _payBoth(Book memory book, uint256 rung) private pure returns (uint256 paid) {
        unchecked {
            uint256 kind = _kind(rung);
            uint256 firstDue = _due(book, kind, _target(rung));
            uint256 secondDue = _due(book, kind, _second(rung));
            paid = AmountLib.min(firstDue + secondDue, (book.cash * _fraction(rung)) / WAD);
            if (firstDue + secondDue == 0) return 0;
            book.cash -= paid;
            (uint256 first, uint256 second) = _split(paid, firstDue, secondDue);
            (uint256 firstDrawn, uint256 secondDrawn) = _drawBoth(book, rung, firstDue - first, secondDue - second);
            _give(book, kind, _target(rung), first + firstDrawn);
            _give(book, kind, _second(rung), second + secondDrawn);
            paid += firstDrawn + secondDrawn;
        }
    }

    /// @dev Floor for the second, the remainder to the first.
    function _split(uint256 amount, uint256 firstDue, uint256 secondDue) private pure returns (uint256, uint256) {
        unchecked {
            uint256 second = (amount * secondDue) / (firstDue + secondDue);
            return (amount - second, second);
        }
    }

    function _due(Book memory book, uint256 kind, uint256 target) private pure returns (uint256) {
        (Record owed, uint256 field) = _owed(book, kind, target);
        return owed.get(field);
    }

    /// @dev Gives one of two targets its part.
    function _give(Book memory book, uint256 kind, uint256 target, uint256 paid) private pure {
        (Record owed, uint256 field) = _owed(book, kind, target);
        owed.decrease(field, paid);
        if (kind == FEE) _recordFee(book, owed, target, paid);
        else _recordTranche(owed, kind, paid);
    }

    /// @dev Where it stands what a fee or a tranche may still take.
    function _owed(Book memory book, uint256 kind, uint256 target) private pure returns (Record, uint256 field) {
        unchecked {
            if (kind == FEE) return (book.fee(target), FEE_DUE);
            return (book.tranche(target), (kind < ALL ? kind : ALL) << 5);
        }
    }

    /// @dev What follows for a fee when its due was paid.
    function _recordFee(Book memory book, Record fee, uint256 index, uint256 paid) private pure {
        fee.decrease(FEE_OWED, paid);
        book.addToPot(book.feePot(index), paid);
    }

    /// @dev What follows for a tranche when what a rung pays of it was paid.
    function _recordTranche(Record tranche, uint256 kind, uint256 paid) private pure {
        tranche.increase(CREDITED, paid);
        if (kind == INTEREST) return;
        if (kind == PRINCIPAL) tranche.decrease(BALANCE, paid);
        // Whatever the rung, principal meets what fell due first
        else tranche.decrease(PRINCIPAL_OWED, AmountLib.min(paid, tranche.get(PRINCIPAL_OWED)));
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

    /// @dev What the supporting reserves give two targets: first reserve first, within it by what each lacks.
    function _drawBoth(
        Book memory book,
        uint256 rung,
        uint256 firstLack,
        uint256 secondLack
    ) private pure returns (uint256 firstDrawn, uint256 secondDrawn) {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) {
                uint256 at = book.terms.reserveAt(i);
                bool supportsFirst = book.terms.reserveSupports(at, _kind(rung), _target(rung));
                bool supportsSecond = book.terms.reserveSupports(at, _kind(rung), _second(rung));
                uint256 firstWants = supportsFirst ? firstLack - firstDrawn : 0;
                uint256 secondWants = supportsSecond ? secondLack - secondDrawn : 0;
                if (firstWants + secondWants == 0) continue;
                uint256 held = book.pot(i);
                uint256 given = AmountLib.min(firstWants + secondWants, held);
                book.setPot(i, held - given);
                (uint256 first, uint256 second) = _split(given, firstWants, secondWants);
                (firstDrawn, secondDrawn) = (firstDrawn + first, secondDrawn + second);
            }
        }
    }
}
