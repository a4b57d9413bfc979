// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {SettlementLogLib} from "./SettlementLogLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    Book,
    FEE,
    FeeRecord,
    LogCursor,
    NONE,
    PRINCIPAL,
    RESERVE,
    Rung,
    RungKind,
    SWEEP,
    TRAP,
    Terms,
    TrancheRecord,
    WAD
} from "../types/Types.sol";

/// @title LadderLib
/// @notice Who is paid. Cash goes down the ladder once. Mirrors penstock/model/ladder.py.
/// @dev Unchecked throughout: nothing is ever paid beyond what is left, due or held.
library LadderLib {
    using BookLib for Book;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using SettlementLogLib for LogCursor;
    using TermsLib for Rung;
    using TermsLib for Terms;

    /// @notice Pays each rung in order from the book's cash, at most its fraction of it; reserves make up shortfalls.
    /// @dev sum(paid) − draws + book.cash is the cash it began with, whatever the dues are.
    /// @param at Where the ladder in force begins in the terms.
    /// @param rungs How many rungs it has.
    /// @param cursor Where to note what each rung received, reserve draws included: see {SettlementLogLib}.
    /// @return The cursor behind them.
    function pay(Book memory book, uint256 at, uint256 rungs, LogCursor cursor) internal pure returns (LogCursor) {
        unchecked {
            for (; rungs > 0; --rungs) {
                cursor = cursor.append(_payRung(book, book.terms.rungAt(at)), book.width);
                at += TermsLib.RUNG_LENGTH;
            }
            return cursor;
        }
    }

    /// @dev A rung with one tranche, as nearly all are, is paid right here; the rest elsewhere.
    function _payRung(Book memory book, Rung rung) private pure returns (uint256 paid) {
        if (rung.testOf() != NONE && !_acts(book, rung)) return 0;
        RungKind kind = rung.kind();
        if (kind > SWEEP) return _payRest(book, rung);
        if (rung.secondTarget() != NONE) return _payBoth(book, rung);
        if (kind == FEE) return _payFee(book, rung);
        TrancheRecord tranche = book.tranche(rung.target());
        paid = _payDue(book, rung, tranche.due(kind));
        if (paid != 0) _giveTranche(tranche, kind, paid);
    }

    function _payFee(Book memory book, Rung rung) private pure returns (uint256 paid) {
        paid = _payDue(book, rung, book.fee(rung.target()).due());
        if (paid != 0) _giveFee(book, rung.target(), paid);
    }

    /// @dev Takes what is due of a rung from the cash left, and what is then lacking from the reserves that support it.
    function _payDue(Book memory book, Rung rung, uint256 due) private pure returns (uint256 paid) {
        unchecked {
            if (due == 0) return 0;
            paid = _takeDown(book, rung, due);
            if (paid < due) paid += _draw(book, rung, due - paid);
        }
    }

    /// @dev Whether a rung with a test acts. A trap holds nothing once nothing comes after that could release it.
    function _acts(Book memory book, Rung rung) private pure returns (bool) {
        if (!CoverageLib.failing(book.passesNeeded, rung.testOf())) return false;
        return !(book.matured && rung.kind() == TRAP);
    }

    /// @dev Takes what a rung may from the cash left: its fraction, rounded down, at most `most`.
    function _takeDown(Book memory book, Rung rung, uint256 most) private pure returns (uint256 taken) {
        unchecked {
            uint256 cash = book.cash;
            taken = (cash * rung.fraction()) / WAD;
            if (taken > most) taken = most;
            book.cash = cash - taken;
        }
    }

    /// @dev Reserves, traps and the residual: cash that pays nothing owed.
    function _payRest(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            RungKind kind = rung.kind();
            if (kind == RESERVE) {
                (uint256 wanted, uint256 held) = (book.target(rung.target()), book.pot(rung.target()));
                if (wanted <= held) return 0;
                paid = _takeDown(book, rung, wanted - held);
                book.setPot(rung.target(), held + paid);
                return paid;
            }
            paid = _takeDown(book, rung, book.cash);
            if (kind == TRAP) book.addToPot(book.trapPot(rung.testOf()), paid);
            else book.tranche(rung.target()).credit(paid);
        }
    }

    /// @dev Pari passu by what each is due.
    function _payBoth(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            RungKind kind = rung.kind();
            uint256 firstDue = _due(book, kind, rung.target());
            uint256 secondDue = _due(book, kind, rung.secondTarget());
            if (firstDue + secondDue == 0) return 0;
            paid = _takeDown(book, rung, firstDue + secondDue);
            (uint256 first, uint256 second) = _splitSecondDown(paid, firstDue, secondDue);
            (uint256 firstDrawn, uint256 secondDrawn) = _drawBoth(book, rung, firstDue - first, secondDue - second);
            _give(book, kind, rung.target(), first + firstDrawn);
            _give(book, kind, rung.secondTarget(), second + secondDrawn);
            paid += firstDrawn + secondDrawn;
        }
    }

    /// @dev By what each is due: rounded down for the second, the remainder to the first.
    function _splitSecondDown(
        uint256 amount,
        uint256 firstDue,
        uint256 secondDue
    ) private pure returns (uint256, uint256) {
        unchecked {
            uint256 second = (amount * secondDue) / (firstDue + secondDue);
            return (amount - second, second);
        }
    }

    /// @dev What a fee or a tranche may still take.
    function _due(Book memory book, RungKind kind, uint256 target) private pure returns (uint256) {
        return kind == FEE ? book.fee(target).due() : book.tranche(target).due(kind);
    }

    /// @dev Gives a fee or a tranche what it was paid, with all that follows.
    function _give(Book memory book, RungKind kind, uint256 target, uint256 paid) private pure {
        if (kind == FEE) _giveFee(book, target, paid);
        else _giveTranche(book.tranche(target), kind, paid);
    }

    function _giveFee(Book memory book, uint256 target, uint256 paid) private pure {
        book.fee(target).lowerDue(paid);
        book.addToPot(book.feePot(target), paid);
    }

    function _giveTranche(TrancheRecord tranche, RungKind kind, uint256 paid) private pure {
        unchecked {
            tranche.lowerDue(kind, paid);
            tranche.credit(paid);
            if (kind == PRINCIPAL) {
                tranche.lowerBalance(paid);
            } else if (kind > PRINCIPAL) {
                // Whatever the rung, principal meets what fell due first
                uint256 owed = tranche.principalOwed();
                tranche.setPrincipalOwed(owed - AmountLib.min(paid, owed));
            }
        }
    }

    /// @dev What the supporting reserves give towards a shortfall, first reserve first.
    function _draw(Book memory book, Rung rung, uint256 shortfall) private pure returns (uint256 drawn) {
        unchecked {
            for (uint256 i; i < book.reserveCount && drawn < shortfall; ++i) {
                uint256 at = book.terms.reserveAt(i);
                if (!book.terms.reserveSupports(at, rung.kind(), rung.target())) continue;
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
        Rung rung,
        uint256 firstLack,
        uint256 secondLack
    ) private pure returns (uint256 firstDrawn, uint256 secondDrawn) {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) {
                uint256 at = book.terms.reserveAt(i);
                bool supportsFirst = book.terms.reserveSupports(at, rung.kind(), rung.target());
                bool supportsSecond = book.terms.reserveSupports(at, rung.kind(), rung.secondTarget());
                uint256 firstWants = supportsFirst ? firstLack - firstDrawn : 0;
                uint256 secondWants = supportsSecond ? secondLack - secondDrawn : 0;
                if (firstWants + secondWants == 0) continue;
                uint256 held = book.pot(i);
                uint256 given = AmountLib.min(firstWants + secondWants, held);
                book.setPot(i, held - given);
                (uint256 first, uint256 second) = _splitSecondDown(given, firstWants, secondWants);
                (firstDrawn, secondDrawn) = (firstDrawn + first, secondDrawn + second);
            }
        }
    }
}
