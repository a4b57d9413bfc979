// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {DiversionLib} from "./DiversionLib.sol";
import {PromoteLib} from "./PromoteLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {SettlementLogLib} from "./SettlementLogLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    Amounts,
    Book,
    DIVERT,
    DuePlace,
    FEE,
    FeeRecord,
    INTEREST,
    LIMITS_FILL,
    LogCursor,
    MAX_TRANCHES,
    NONE,
    PASSING,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    Rung,
    RungKind,
    SWEEP,
    TRAP,
    TRAPS_SUPPORT,
    Terms,
    TrancheRecord,
    WAD
} from "../types/Types.sol";

/// @title LadderLib
/// @notice Who is paid. Cash goes down the ladder once. Mirrors penstock/model/ladder.py.
/// @dev Unchecked throughout: nothing is ever paid beyond what is left, due or held.
library LadderLib {
    using BookLib for Book;
    using RecordLib for Amounts;
    using RecordLib for DuePlace;
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
            Terms terms = book.terms;
            uint256 width = book.width;
            for (; rungs > 0; --rungs) {
                cursor = cursor.append(_payRung(book, terms.rungAt(at)), width);
                at += TermsLib.RUNG_LENGTH;
            }
            return cursor;
        }
    }

    /// @notice As {pay}, where the book's cash is enough for everything owed: each fee, interest, principal and balance is paid
    /// whatever fraction or test its rung has, then the residual. Any other rung gets nothing.
    function payAll(Book memory book, uint256 at, uint256 rungs, LogCursor cursor) internal pure returns (LogCursor) {
        unchecked {
            for (; rungs > 0; --rungs) {
                cursor = cursor.append(_payWhole(book, book.terms.rungAt(at)), book.width);
                at += TermsLib.RUNG_LENGTH;
            }
            return cursor;
        }
    }

    function _payWhole(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            RungKind kind = rung.kind();
            if (kind == RESIDUAL) return _payResidual(book, rung);
            if (kind > SWEEP) return 0;
            uint256 targets = rung.others() | (1 << rung.target());
            for (uint256 i; targets >> i != 0; ++i) {
                if ((targets >> i) & 1 == 0) continue;
                uint256 due = _duePlace(book, kind, i).due();
                _give(book, kind, i, due);
                paid += due;
            }
            book.cash -= paid;
        }
    }

    /// @dev One target, as nearly every rung has, is paid right here; the rest elsewhere.
    function _payRung(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            if (!rung.isPlain()) {
                if (rung.testOf() != NONE && !acts(book, rung)) return 0;
                if (rung.others() != 0 && !(rung.kind() > SWEEP)) return _payShared(book, rung);
            }
            RungKind kind = rung.kind();
            if (kind > SWEEP) return _payRest(book, rung);
            uint256 target = rung.target();
            TrancheRecord tranche = book.tranche(target);
            DuePlace place = kind == FEE ? book.fee(target).duePlace() : tranche.duePlace(kind);
            uint256 due = place.due();
            if (due == 0) return 0;
            uint256 cash = book.cash;
            paid = (cash * rung.fraction()) / WAD;
            if (paid > due) paid = due;
            book.cash = cash - paid;
            if (paid < due) paid += _draw(book, rung, due - paid);
            place.setDue(due - paid);
            if (kind == FEE) {
                _recordFee(book, target, paid);
            } else {
                tranche.credit(paid);
                if (kind > INTEREST) _recordPrincipal(tranche, kind, paid);
            }
        }
    }

    /// @notice Whether a rung with a test acts. From the last period on a diversion does not, since everything is due, nor a trap,
    /// since no later period could release
    /// it, and nothing is deferred. For want of its report a diversion acts, and a trap unless a lender that may be paid comes below; then it
    /// holds what is left for equity, in the place of the residual.
    function acts(Book memory book, Rung rung) internal pure returns (bool) {
        uint256 test = rung.testOf();
        if (book.passesNeeded | book.unreported == 0) return test >= PASSING;
        if (test >= PASSING) return book.matured || !CoverageLib.failing(book.passesNeeded, test - PASSING);
        if (CoverageLib.failing(book.passesNeeded, test)) {
            return !(book.matured && (rung.kind() == TRAP || rung.kind() == DIVERT));
        }
        if (book.matured || !CoverageLib.traps(book, test)) return false;
        if (!(rung.kind() == TRAP)) return rung.kind() == DIVERT;
        if (rung.target() == NONE) return true;
        // Lenders come below: what they leave is held where equity would get it
        book.holdFor(test);
        return false;
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

    /// @dev Reserves, traps, the residual and diversions: cash that pays nothing due.
    function _payRest(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            RungKind kind = rung.kind();
            if (kind == RESERVE) {
                (uint256 wanted, uint256 held) = (book.target(rung.target()), book.pot(rung.target()));
                if (wanted <= held) return 0;
                uint256 short = wanted - held;
                if (book.flags & LIMITS_FILL != 0) {
                    short = AmountLib.min(short, book.terms.reserveFill(book.terms.reserveAt(rung.target())));
                }
                paid = _takeDown(book, rung, short);
                book.setPot(rung.target(), held + paid);
                return paid;
            }
            if (kind == RESIDUAL) return _payResidual(book, rung);
            if (kind == TRAP) {
                paid = _takeDown(book, rung, book.cash);
                book.addToPot(book.trapPot(rung.testOf()), paid);
                return paid;
            }
            if (kind == DIVERT) return DiversionLib.divert(book, rung);
            return _endInterest(book, rung);
        }
    }

    /// @dev The residual of the interest pot, behind which the principal pot opens. From the last period on what interest leaves
    /// joins the principal instead: everything is due by then.
    function _endInterest(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            if (!book.matured) paid = _payResidual(book, rung);
            book.cash += book.principalPot;
            book.principalPot = 0;
        }
    }

    /// @dev To equity, or to its two classes, unless a trap gets it.
    function _payResidual(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            paid = _takeDown(book, rung, book.cash);
            if (book.holds()) book.addToPot(book.trapPot(book.heldFor()), paid);
            else if (rung.others() == 0) book.tranche(rung.target()).credit(paid);
            else PromoteLib.distribute(book, paid);
        }
    }

    /// @dev Pari passu by what each is due.
    function _payShared(Book memory book, Rung rung) private pure returns (uint256 paid) {
        unchecked {
            RungKind kind = rung.kind();
            uint256 targets = rung.others() | (1 << rung.target());
            Amounts wanted = Amounts.wrap(RecordLib.allocate(2 * MAX_TRANCHES * 0x20));
            Amounts given = Amounts.wrap(Amounts.unwrap(wanted) + MAX_TRANCHES * 0x20);
            uint256 due;
            for (uint256 i; targets >> i != 0; ++i) {
                if ((targets >> i) & 1 == 0) continue;
                uint256 want = _duePlace(book, kind, i).due();
                wanted.setAt(i, want);
                due += want;
            }
            if (due == 0) return 0;
            paid = _takeDown(book, rung, due);
            _split(paid, due, targets, wanted, given);
            if (paid < due) paid += _drawShared(book, kind, targets, wanted, given);
            for (uint256 i; targets >> i != 0; ++i) {
                if ((targets >> i) & 1 != 0) _give(book, kind, i, given.at(i));
            }
        }
    }

    /// @dev Shares an amount by what each of some targets still wants, `total` in all and no less: rounded down, then the
    /// remainder in order, none above what it wants.
    function _split(uint256 amount, uint256 total, uint256 targets, Amounts wanted, Amounts given) private pure {
        unchecked {
            uint256 left = amount;
            for (uint256 i; targets >> i != 0; ++i) {
                if ((targets >> i) & 1 == 0) continue;
                uint256 want = wanted.at(i);
                uint256 part = (amount * want) / total;
                left -= part;
                given.addAt(i, part);
                wanted.setAt(i, want - part);
            }
            for (uint256 i; left > 0 && targets >> i != 0; ++i) {
                if ((targets >> i) & 1 == 0) continue;
                uint256 part = AmountLib.min(left, wanted.at(i));
                left -= part;
                given.addAt(i, part);
                wanted.setAt(i, wanted.at(i) - part);
            }
        }
    }

    /// @dev What supporting traps, then reserves give targets that share: first pot first, within it by what each lacks.
    function _drawShared(
        Book memory book,
        RungKind kind,
        uint256 targets,
        Amounts wanted,
        Amounts given
    ) private pure returns (uint256 drawn) {
        unchecked {
            if (book.flags & TRAPS_SUPPORT != 0) {
                for (uint256 test; test < book.testCount; ++test) {
                    uint256 helped = targets & book.terms.testSupported(test, kind);
                    drawn += _drawSharedPot(book, book.trapPot(test), helped, wanted, given);
                }
            }
            for (uint256 reserve; reserve < book.supportingReserves; ++reserve) {
                uint256 helped = targets & book.terms.reserveSupported(book.terms.reserveAt(reserve), kind);
                drawn += _drawSharedPot(book, reserve, helped, wanted, given);
            }
        }
    }

    /// @dev What a pot gives the targets that it supports.
    function _drawSharedPot(
        Book memory book,
        uint256 pot,
        uint256 supported,
        Amounts wanted,
        Amounts given
    ) private pure returns (uint256 part) {
        unchecked {
            uint256 lacking;
            for (uint256 i; supported >> i != 0; ++i) {
                if ((supported >> i) & 1 != 0) lacking += wanted.at(i);
            }
            uint256 held = book.pot(pot);
            part = AmountLib.min(lacking, held);
            if (part == 0) return 0;
            book.setPot(pot, held - part);
            _split(part, lacking, supported, wanted, given);
        }
    }

    /// @dev Gives one of the targets that share its part.
    function _give(Book memory book, RungKind kind, uint256 target, uint256 paid) private pure {
        unchecked {
            DuePlace place = _duePlace(book, kind, target);
            place.setDue(place.due() - paid);
            if (kind == FEE) return _recordFee(book, target, paid);
            TrancheRecord tranche = book.tranche(target);
            tranche.credit(paid);
            if (kind > INTEREST) _recordPrincipal(tranche, kind, paid);
        }
    }

    /// @dev Where it is kept what a fee or a tranche may still take.
    function _duePlace(Book memory book, RungKind kind, uint256 target) private pure returns (DuePlace) {
        return kind == FEE ? book.fee(target).duePlace() : book.tranche(target).duePlace(kind);
    }

    /// @dev What follows for a fee when its due was paid.
    function _recordFee(Book memory book, uint256 index, uint256 paid) private pure {
        book.fee(index).lowerOwed(paid);
        book.addToPot(book.feePot(index), paid);
    }

    /// @dev What follows for a tranche when a rung paid of its principal due, or of its balance.
    function _recordPrincipal(TrancheRecord tranche, RungKind kind, uint256 paid) private pure {
        unchecked {
            if (kind == PRINCIPAL) return tranche.lowerBalance(paid);
            // Whatever the rung, principal meets what fell due first
            uint256 owed = tranche.principalOwed();
            tranche.setPrincipalOwed(owed - AmountLib.min(paid, owed));
        }
    }

    /// @dev What supporting traps, then reserves give towards a shortfall, first pot first.
    function _draw(Book memory book, Rung rung, uint256 shortfall) private pure returns (uint256 drawn) {
        unchecked {
            if (book.flags & TRAPS_SUPPORT != 0) {
                for (uint256 test; test < book.testCount && drawn < shortfall; ++test) {
                    if ((book.terms.testSupported(test, rung.kind()) >> rung.target()) & 1 == 0) continue;
                    drawn += _drawPot(book, book.trapPot(test), shortfall - drawn);
                }
            }
            for (uint256 i; i < book.supportingReserves && drawn < shortfall; ++i) {
                uint256 at = book.terms.reserveAt(i);
                if (!book.terms.reserveSupports(at, rung.kind(), rung.target())) continue;
                drawn += _drawPot(book, i, shortfall - drawn);
            }
        }
    }

    /// @dev What a pot gives, at most `most`.
    function _drawPot(Book memory book, uint256 pot, uint256 most) private pure returns (uint256 part) {
        unchecked {
            uint256 held = book.pot(pot);
            part = AmountLib.min(most, held);
            book.setPot(pot, held - part);
        }
    }
}
