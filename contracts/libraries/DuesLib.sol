// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AccrualLib} from "./AccrualLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    ARREARS_COUPON,
    ARREARS_SPREAD,
    Book,
    CASH,
    FIXED,
    FeeBook,
    INTEREST,
    OF_BALANCE,
    OF_COLLECTIONS,
    PRINCIPAL,
    SCHEDULE,
    Terms,
    TrancheBook,
    WAD
} from "../types/Types.sol";

/// @title DuesLib
/// @notice What is owed in a period. Terms, state and date decide it. Mirrors penstock/model/dues.py.
/// @dev Unchecked throughout: amounts are at most MAX_AMOUNT, and no due is more than a few of them.
library DuesLib {
    using TermsLib for Terms;

    /// @notice Reduces balances by a reported loss, the last tranche first, floor at zero.
    function writeDown(Book memory book) internal pure {
        unchecked {
            uint256 loss = book.loss;
            for (uint256 i = book.tranches.length; i > 0 && loss > 0; --i) {
                TrancheBook memory tranche = book.tranches[i - 1];
                uint256 part = Math.min(loss, tranche.balance);
                tranche.balance -= part;
                tranche.principalArrears = Math.min(tranche.principalArrears, tranche.balance);
                loss -= part;
            }
        }
    }

    /// @notice Fills in everything owed in the book's period.
    function dues(Book memory book) internal pure {
        unchecked {
            uint256 equity = book.tranches.length - 1;
            for (uint256 i; i < equity; ++i) _trancheDues(book, book.tranches[i], book.terms.trancheAt(i));
            for (uint256 i; i < book.fees.length; ++i) {
                FeeBook memory fee = book.fees[i];
                uint256 at = book.terms.feeAt(i);
                fee.accrued = feeAccrual(book, at) + fee.arrears;
                fee.due = Math.min(fee.accrued, book.terms.feeCap(at));
            }
            if (book.matured) return;
            for (uint256 i; i < book.reserves.length; ++i) {
                book.reserves[i].target = _reserveTarget(book, book.terms.reserveAt(i));
            }
        }
    }

    /// @notice Fills in what is still owed after the last period: arrears and balances.
    function lateDues(Book memory book) internal pure {
        unchecked {
            uint256 equity = book.tranches.length - 1;
            for (uint256 i; i < equity; ++i) {
                TrancheBook memory tranche = book.tranches[i];
                tranche.interestDue = tranche.interestArrears;
                tranche.principalDue = tranche.balance;
            }
            for (uint256 i; i < book.fees.length; ++i) {
                FeeBook memory fee = book.fees[i];
                fee.accrued = fee.arrears;
                fee.due = Math.min(fee.arrears, book.terms.feeCap(book.terms.feeAt(i)));
            }
        }
    }

    /// @notice What a fee adds in the period, before cap and arrears, rounded down.
    function feeAccrual(Book memory book, uint256 at) internal pure returns (uint256) {
        Terms terms = book.terms;
        if (!terms.feeFallsDue(at, book.period)) return 0;
        uint256 base = terms.feeBase(at);
        uint256 amountOrRate = terms.feeAmountOrRate(at);
        if (base == FIXED) return amountOrRate;
        if (base == OF_COLLECTIONS) return (book.collections * amountOrRate) / WAD;
        uint256 tranche = terms.feeTranche(at);
        (uint256 numerator, uint256 denominator) = terms.dayFraction(terms.trancheAt(tranche), book.row);
        uint256 amount = base == OF_BALANCE ? book.tranches[tranche].balance : book.assetValue;
        return AccrualLib.interest(amount, amountOrRate, numerator, denominator);
    }

    function _trancheDues(Book memory book, TrancheBook memory tranche, uint256 at) private pure {
        unchecked {
            uint256 balance = tranche.balance;
            uint256 arrears = tranche.interestArrears;
            if (balance == 0 && arrears == 0) return;
            Terms terms = book.terms;
            (uint256 numerator, uint256 denominator) = terms.dayFraction(at, book.row);
            uint256 coupon = terms.coupon(at, book.period);
            uint256 current = AccrualLib.interest(balance, coupon, numerator, denominator);
            tranche.currentInterest = current;
            tranche.interestDue = current + arrears;
            if (arrears > 0) {
                uint256 rule = terms.arrearsRule(at);
                if (rule == ARREARS_COUPON || rule == ARREARS_SPREAD) {
                    coupon += terms.spread(at);
                    tranche.interestDue += AccrualLib.interest(arrears, coupon, numerator, denominator);
                }
            }
            uint256 kind = terms.principalKind(at);
            uint256 scheduled = _scheduledPrincipal(terms, at, kind, balance, book.row, book.matured);
            tranche.scheduledPrincipal = scheduled;
            tranche.principalDue = book.matured || kind == CASH
                ? balance
                : Math.min(balance, scheduled + tranche.principalArrears);
        }
    }

    /// @dev Principal that falls due by the schedule alone, never more than the balance.
    function _scheduledPrincipal(
        Terms terms,
        uint256 at,
        uint256 kind,
        uint256 balance,
        uint256 row,
        bool last
    ) private pure returns (uint256) {
        if (last) return balance;
        return kind == SCHEDULE ? Math.min(balance, terms.scheduled(at, row)) : 0;
    }

    /// @dev What a reserve should hold after the period, which is not the last.
    function _reserveTarget(Book memory book, uint256 at) private pure returns (uint256 target) {
        unchecked {
            Terms terms = book.terms;
            (bool moves, uint256 ahead) = terms.reserveAhead(at, book.row);
            if (!moves) return terms.reserveTarget(at);
            uint256 equity = book.tranches.length - 1;
            for (uint256 i; i < equity; ++i) {
                bool interest = terms.reserveSupports(at, INTEREST, i);
                bool principal = terms.reserveSupports(at, PRINCIPAL, i);
                if (interest || principal) target += _debtServiceAhead(book, i, ahead, interest, principal);
            }
        }
    }

    /// @dev Interest and scheduled principal of the coming periods, on the balances that scheduled payments leave.
    function _debtServiceAhead(
        Book memory book,
        uint256 index,
        uint256 ahead,
        bool countsInterest,
        bool countsPrincipal
    ) private pure returns (uint256 service) {
        unchecked {
            Terms terms = book.terms;
            uint256 at = terms.trancheAt(index);
            uint256 kind = terms.principalKind(at);
            uint256 balance = book.tranches[index].balance;
            if (kind != CASH) balance -= book.tranches[index].principalDue;
            uint256 last = terms.periods();
            uint256 rowLength = terms.rowLength();
            uint256 row = book.row;
            uint256 end = book.period + ahead;
            for (uint256 period = book.period + 1; period <= end && balance > 0; ++period) {
                row += rowLength;
                uint256 principal = _scheduledPrincipal(terms, at, kind, balance, row, period == last);
                if (countsInterest) {
                    (uint256 numerator, uint256 denominator) = terms.dayFraction(at, row);
                    service += AccrualLib.interest(balance, terms.coupon(at, period), numerator, denominator);
                }
                if (countsPrincipal) service += principal;
                balance -= principal;
            }
        }
    }
}
