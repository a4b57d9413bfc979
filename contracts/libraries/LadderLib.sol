// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CoverageLib} from "./CoverageLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Book, FeeBook, NONE, RungKind, ReserveBook, TrancheBook, WAD} from "../types/Types.sol";

/// @title LadderLib
/// @notice Who is paid. Cash goes down the ladder once. Mirrors penstock/model/ladder.py.
library LadderLib {
    using TermsLib for bytes;

    struct Rung {
        RungKind kind;
        uint256 target;
        uint256 second;
        uint256 fraction;
        uint256 test;
    }

    /// @notice Pays each rung in order from what is left, at most its fraction of it; reserves make up shortfalls.
    /// @dev sum(paid) − draws + book.remaining is the cash it began with, whatever the dues are.
    /// @return paid What each rung received, reserve draws included, in base units.
    function pay(Book memory book, bool enforced) internal pure returns (uint256[] memory paid) {
        (uint256 at, uint256 count) = book.terms.ladder(enforced);
        paid = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            Rung memory rung = _rung(book.terms, at + i * TermsLib.RUNG_LENGTH);
            if (_acts(book, rung)) paid[i] = _payRung(book, rung);
        }
    }

    function _rung(bytes memory terms, uint256 at) private pure returns (Rung memory rung) {
        uint256 packed = terms.read(at, TermsLib.RUNG_LENGTH);
        rung.kind = RungKind(packed >> 88);
        rung.target = (packed >> 80) & 255;
        rung.second = (packed >> 72) & 255;
        rung.fraction = (packed >> 8) & type(uint64).max;
        rung.test = packed & 255;
    }

    /// @dev A trap holds nothing once nothing comes after that could release it.
    function _acts(Book memory book, Rung memory rung) private pure returns (bool) {
        if (rung.kind == RungKind.Trap && book.matured) return false;
        return rung.test == NONE || CoverageLib.failing(book.passesNeeded, rung.test);
    }

    function _payRung(Book memory book, Rung memory rung) private pure returns (uint256 paid) {
        uint256 due = _due(book, rung.kind, rung.target);
        uint256 secondDue = rung.second == NONE ? 0 : _due(book, rung.kind, rung.second);
        uint256 most = rung.fraction == WAD ? book.remaining : (book.remaining * rung.fraction) / WAD;
        uint256 total = due + secondDue;
        paid = Math.min(total, most);
        book.remaining -= paid;
        if (rung.kind == RungKind.Trap) {
            book.traps[rung.test] += paid;
            return paid;
        }
        // Pari passu: floor for the second, the remainder to the first
        uint256 secondPaid = secondDue == 0 ? 0 : (paid * secondDue) / total;
        uint256 drawn = _settleTarget(book, rung.kind, rung.target, due, paid - secondPaid);
        if (secondDue > 0) drawn += _settleTarget(book, rung.kind, rung.second, secondDue, secondPaid);
        paid += drawn;
    }

    /// @dev What a target may still take.
    function _due(Book memory book, RungKind kind, uint256 target) private pure returns (uint256) {
        if (kind == RungKind.Fee) return book.fees[target].due;
        if (kind == RungKind.Interest) return book.tranches[target].interestDue;
        if (kind == RungKind.Principal) return book.tranches[target].principalDue;
        if (kind == RungKind.All || kind == RungKind.Sweep) return book.tranches[target].balance;
        if (kind == RungKind.Reserve) {
            ReserveBook memory reserve = book.reserves[target];
            return reserve.target > reserve.balance ? reserve.target - reserve.balance : 0;
        }
        return book.remaining;
    }

    /// @dev Gives a target its cash and what reserves add to it; returns the latter.
    function _settleTarget(
        Book memory book,
        RungKind kind,
        uint256 target,
        uint256 due,
        uint256 fromCash
    ) private pure returns (uint256 drawn) {
        if (due > fromCash && kind <= RungKind.Sweep) drawn = _draw(book, kind, target, due - fromCash);
        uint256 paid = fromCash + drawn;
        if (kind == RungKind.Fee) {
            FeeBook memory fee = book.fees[target];
            fee.due -= paid;
            fee.paid += paid;
        } else if (kind == RungKind.Reserve) {
            book.reserves[target].balance += paid;
        } else {
            TrancheBook memory tranche = book.tranches[target];
            tranche.credited += paid;
            if (kind == RungKind.Interest) {
                tranche.interestDue -= paid;
            } else if (kind != RungKind.Residual) {
                // Whatever the rung, principal meets what fell due first
                tranche.balance -= paid;
                tranche.principalDue -= Math.min(paid, tranche.principalDue);
            }
        }
    }

    /// @dev What the supporting reserves give towards a shortfall, first reserve first.
    function _draw(
        Book memory book,
        RungKind kind,
        uint256 target,
        uint256 shortfall
    ) private pure returns (uint256 drawn) {
        for (uint256 i; i < book.reserves.length && drawn < shortfall; ++i) {
            if (!book.terms.reserveSupports(book.terms.reserveAt(i), kind, target)) continue;
            uint256 part = Math.min(shortfall - drawn, book.reserves[i].balance);
            book.reserves[i].balance -= part;
            drawn += part;
        }
    }
}
