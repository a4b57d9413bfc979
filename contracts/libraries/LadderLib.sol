// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    ALL,
    Book,
    FEE,
    FeeBook,
    INTEREST,
    NONE,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    ReserveBook,
    SWEEP,
    TRAP,
    Terms,
    TrancheBook,
    WAD
} from "../types/Types.sol";

/// @title LadderLib
/// @notice Who is paid. Cash goes down the ladder once. Mirrors penstock/model/ladder.py.
/// @dev Unchecked throughout: nothing is ever paid beyond what is left, due or held.
library LadderLib {
    using TermsLib for Terms;

    /// @notice Pays each rung in order from what is left, at most its fraction of it; reserves make up shortfalls.
    /// @dev sum(paid) − draws + book.remaining is the cash it began with, whatever the dues are.
    /// @return paid What each rung received, reserve draws included, in base units.
    function pay(Book memory book, bool enforced) internal pure returns (uint256[] memory paid) {
        unchecked {
            (uint256 at, uint256 count) = book.terms.ladder(enforced);
            paid = new uint256[](count);
            for (uint256 i; i < count; ++i) {
                uint256 rung = book.terms.read(at, TermsLib.RUNG_LENGTH);
                if (_acts(book, rung)) paid[i] = _payRung(book, rung);
                at += TermsLib.RUNG_LENGTH;
            }
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
        if (_kind(rung) == TRAP && book.matured) return false;
        return CoverageLib.failing(book.passesNeeded, test);
    }

    function _payRung(Book memory book, uint256 rung) private pure returns (uint256 paid) {
        unchecked {
            uint256 kind = _kind(rung);
            uint256 most = (book.remaining * _fraction(rung)) / WAD;
            if (_second(rung) != NONE) return _payBoth(book, kind, _target(rung), _second(rung), most);
            uint256 due = _due(book, kind, _target(rung));
            if (due == 0) return 0;
            paid = Math.min(due, most);
            book.remaining -= paid;
            if (kind == TRAP) book.traps[_test(rung)] += paid;
            else paid += _settle(book, kind, _target(rung), due, paid);
        }
    }

    /// @dev Pari passu by what each is due: floor for the second, the remainder to the first.
    function _payBoth(
        Book memory book,
        uint256 kind,
        uint256 first,
        uint256 second,
        uint256 most
    ) private pure returns (uint256 paid) {
        unchecked {
            uint256 firstDue = _due(book, kind, first);
            uint256 secondDue = _due(book, kind, second);
            uint256 due = firstDue + secondDue;
            if (due == 0) return 0;
            paid = Math.min(due, most);
            book.remaining -= paid;
            uint256 secondPaid = (paid * secondDue) / due;
            uint256 drawn = _settle(book, kind, first, firstDue, paid - secondPaid);
            paid += drawn + _settle(book, kind, second, secondDue, secondPaid);
        }
    }

    /// @dev What a target may still take.
    function _due(Book memory book, uint256 kind, uint256 target) private pure returns (uint256) {
        unchecked {
            if (kind == INTEREST) return book.tranches[target].interestDue;
            if (kind == PRINCIPAL) return book.tranches[target].principalDue;
            if (kind == FEE) return book.fees[target].due;
            if (kind >= TRAP) return book.remaining;
            if (kind != RESERVE) return book.tranches[target].balance;
            ReserveBook memory reserve = book.reserves[target];
            return reserve.target > reserve.balance ? reserve.target - reserve.balance : 0;
        }
    }

    /// @dev Gives a target its cash and what reserves add to it; returns the latter.
    function _settle(
        Book memory book,
        uint256 kind,
        uint256 target,
        uint256 due,
        uint256 paid
    ) private pure returns (uint256 drawn) {
        unchecked {
            if (due > paid && kind <= SWEEP) {
                drawn = _draw(book, kind, target, due - paid);
                paid += drawn;
            }
            if (kind == FEE) {
                FeeBook memory fee = book.fees[target];
                fee.due -= paid;
                fee.paid += paid;
            } else if (kind == RESERVE) {
                book.reserves[target].balance += paid;
            } else {
                TrancheBook memory tranche = book.tranches[target];
                tranche.credited += paid;
                if (kind == INTEREST) {
                    tranche.interestDue -= paid;
                } else if (kind != RESIDUAL) {
                    // Whatever the rung, principal meets what fell due first
                    tranche.balance -= paid;
                    tranche.principalDue -= Math.min(paid, tranche.principalDue);
                }
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
            for (uint256 i; i < book.reserves.length && drawn < shortfall; ++i) {
                if (!book.terms.reserveSupports(book.terms.reserveAt(i), kind, target)) continue;
                ReserveBook memory reserve = book.reserves[i];
                uint256 part = Math.min(shortfall - drawn, reserve.balance);
                reserve.balance -= part;
                drawn += part;
            }
        }
    }
}
