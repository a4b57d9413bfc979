// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {AccrualLib} from "./AccrualLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {ArrearsRule, Book, FeeBase, FeeBook, PrincipalKind, RungKind, TrancheBook, WAD} from "../types/Types.sol";

/// @title DuesLib
/// @notice What is owed in a period. Terms, state and date decide it. Mirrors penstock/model/dues.py.
library DuesLib {
    using TermsLib for bytes;

    /// @notice Reduces balances by a reported loss, the last tranche first, floor at zero.
    function writeDown(Book memory book) internal pure {
        uint256 loss = book.report.loss;
        for (uint256 i = book.tranches.length; i > 0 && loss > 0; --i) {
            TrancheBook memory tranche = book.tranches[i - 1];
            uint256 part = Math.min(loss, tranche.balance);
            tranche.balance -= part;
            tranche.principalArrears = Math.min(tranche.principalArrears, tranche.balance);
            loss -= part;
        }
    }

    /// @notice Fills in everything owed in the book's period.
    function dues(Book memory book) internal pure {
        uint256 equity = book.tranches.length - 1;
        for (uint256 i; i < equity; ++i) _trancheDues(book, i);
        for (uint256 i; i < book.fees.length; ++i) {
            uint256 at = book.terms.feeAt(i);
            FeeBook memory fee = book.fees[i];
            fee.accrued = feeAccrual(book, at) + fee.arrears;
            fee.due = Math.min(fee.accrued, _cap(book.terms, at));
        }
        for (uint256 i; i < book.reserves.length; ++i) book.reserves[i].target = _reserveTarget(book, i);
    }

    /// @notice Fills in what is still owed after the last period: arrears and balances.
    function lateDues(Book memory book) internal pure {
        uint256 equity = book.tranches.length - 1;
        for (uint256 i; i < equity; ++i) {
            TrancheBook memory tranche = book.tranches[i];
            tranche.interestDue = tranche.interestArrears;
            tranche.principalDue = tranche.balance;
        }
        for (uint256 i; i < book.fees.length; ++i) {
            FeeBook memory fee = book.fees[i];
            fee.accrued = fee.arrears;
            fee.due = Math.min(fee.arrears, _cap(book.terms, book.terms.feeAt(i)));
        }
    }

    /// @notice What a fee adds in the period, before cap and arrears, rounded down.
    function feeAccrual(Book memory book, uint256 at) internal pure returns (uint256) {
        bytes memory terms = book.terms;
        if (!terms.feeFallsDue(at, book.period)) return 0;
        FeeBase base = terms.feeBase(at);
        uint256 amountOrRate = terms.feeAmountOrRate(at);
        if (base == FeeBase.Fixed) return amountOrRate;
        if (base == FeeBase.Collections) return (book.collections * amountOrRate) / WAD;
        uint256 tranche = terms.feeTranche(at);
        (uint256 numerator, uint256 denominator) = terms.dayFraction(terms.trancheAt(tranche), book.row);
        uint256 amount = base == FeeBase.Balance ? book.tranches[tranche].balance : book.report.assetValue;
        return AccrualLib.interest(amount, amountOrRate, numerator, denominator);
    }

    function _trancheDues(Book memory book, uint256 index) private pure {
        TrancheBook memory tranche = book.tranches[index];
        uint256 balance = tranche.balance;
        uint256 arrears = tranche.interestArrears;
        if (balance == 0 && arrears == 0) return;
        bytes memory terms = book.terms;
        uint256 at = terms.trancheAt(index);
        (uint256 numerator, uint256 denominator) = terms.dayFraction(at, book.row);
        uint256 coupon = terms.coupon(at, book.period);
        tranche.currentInterest = AccrualLib.interest(balance, coupon, numerator, denominator);
        tranche.interestDue = tranche.currentInterest + arrears;
        if (arrears > 0) {
            ArrearsRule rule = terms.arrearsRule(at);
            if (rule == ArrearsRule.Coupon || rule == ArrearsRule.Spread) {
                uint256 rate = coupon + terms.spread(at);
                tranche.interestDue += AccrualLib.interest(arrears, rate, numerator, denominator);
            }
        }
        tranche.scheduledPrincipal = _scheduledPrincipal(terms, at, balance, book.row, book.matured);
        if (book.matured || terms.principalKind(at) == PrincipalKind.Cash) {
            tranche.principalDue = balance;
        } else {
            tranche.principalDue = Math.min(balance, tranche.scheduledPrincipal + tranche.principalArrears);
        }
    }

    /// @dev Principal that falls due by the schedule alone, never more than the balance.
    function _scheduledPrincipal(
        bytes memory terms,
        uint256 at,
        uint256 balance,
        uint256 row,
        bool last
    ) private pure returns (uint256) {
        if (last) return balance;
        if (terms.principalKind(at) != PrincipalKind.Schedule) return 0;
        return Math.min(balance, terms.scheduled(at, row));
    }

    /// @dev What a reserve should hold after the period; nothing after the last one.
    function _reserveTarget(Book memory book, uint256 index) private pure returns (uint256 target) {
        if (book.matured) return 0;
        bytes memory terms = book.terms;
        uint256 at = terms.reserveAt(index);
        (bool moves, uint256 ahead) = terms.reserveAhead(at, book.row);
        if (!moves) return terms.reserveTarget(at);
        uint256 equity = book.tranches.length - 1;
        for (uint256 i; i < equity; ++i) {
            bool interest = terms.reserveSupports(at, RungKind.Interest, i);
            bool principal = terms.reserveSupports(at, RungKind.Principal, i);
            if (interest || principal) target += _debtServiceAhead(book, i, ahead, interest, principal);
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
        bytes memory terms = book.terms;
        uint256 at = terms.trancheAt(index);
        uint256 balance = book.tranches[index].balance;
        if (terms.principalKind(at) != PrincipalKind.Cash) balance -= book.tranches[index].principalDue;
        uint256 last = terms.periods();
        uint256 end = book.period + ahead;
        for (uint256 period = book.period + 1; period <= end && balance > 0; ++period) {
            uint256 row = terms.rowAt(period);
            uint256 principal = _scheduledPrincipal(terms, at, balance, row, period == last);
            if (countsInterest) {
                (uint256 numerator, uint256 denominator) = terms.dayFraction(at, row);
                service += AccrualLib.interest(balance, terms.coupon(at, period), numerator, denominator);
            }
            if (countsPrincipal) service += principal;
            balance -= principal;
        }
    }

    function _cap(bytes memory terms, uint256 at) private pure returns (uint256) {
        uint256 cap = terms.feeCap(at);
        return cap == TermsLib.NO_CAP ? type(uint256).max : cap;
    }
}
