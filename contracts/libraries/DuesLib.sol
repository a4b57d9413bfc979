// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccrualLib} from "./AccrualLib.sol";
import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    ARREARS_COUPON,
    ARREARS_SPREAD,
    BALANCE,
    Book,
    CAPITALISE,
    CASH,
    DEBT_SERVICE,
    FEE_DUE,
    FEE_OWED,
    FIXED,
    INTEREST,
    INTEREST_OWED,
    MAX_AMOUNT,
    OF_BALANCE,
    OF_COLLECTIONS,
    PRINCIPAL,
    PRINCIPAL_OWED,
    Record,
    SCHEDULE,
    Terms,
    WAD
} from "../types/Types.sol";

/// @title DuesLib
/// @notice What is owed in a period. Terms, state and date decide it. Mirrors penstock/model/dues.py.
/// @dev Unchecked throughout: amounts are at most MAX_AMOUNT, and no due is more than a few of them.
library DuesLib {
    using BookLib for Book;
    using RecordLib for Record;
    using TermsLib for Terms;
    using TermsLib for uint256;

    /// @notice Reduces balances by a reported loss, the last tranche first, floor at zero.
    function writeDown(Book memory book) internal pure {
        unchecked {
            uint256 loss = book.loss;
            for (uint256 i = book.trancheCount; i > 0 && loss > 0; --i) {
                Record tranche = book.tranche(i - 1);
                uint256 balance = tranche.get(BALANCE);
                uint256 part = AmountLib.min(loss, balance);
                balance -= part;
                loss -= part;
                tranche.set(BALANCE, balance);
                tranche.set(PRINCIPAL_OWED, AmountLib.min(tranche.get(PRINCIPAL_OWED), balance));
            }
        }
    }

    /// @notice Turns arrears into everything owed in the book's period.
    function dues(Book memory book) internal pure {
        unchecked {
            uint256 equity = book.trancheCount - 1;
            for (uint256 i; i < equity; ++i) _trancheDues(book, book.tranche(i), TermsLib.trancheAt(i));
            for (uint256 i; i < book.feeCount; ++i) {
                Record fee = book.fee(i);
                uint256 at = book.terms.feeAt(i);
                uint256 owed = feeAccrual(book, at) + feeArrears(book.terms, at, fee);
                fee.set(FEE_OWED, owed);
                uint256 cap = book.terms.feeCap(at);
                fee.set(FEE_DUE, owed < cap ? owed : cap);
            }
            for (uint256 i; i < book.reserveCount; ++i) {
                book.setTarget(i, book.matured ? 0 : _reserveTarget(book, book.terms.reserveAt(i)));
            }
        }
    }

    /// @notice What is still owed after the last period: arrears, which stand there already, and balances.
    function lateDues(Book memory book) internal pure {
        unchecked {
            uint256 equity = book.trancheCount - 1;
            for (uint256 i; i < equity; ++i) {
                Record tranche = book.tranche(i);
                tranche.set(PRINCIPAL_OWED, tranche.get(BALANCE));
            }
            for (uint256 i; i < book.feeCount; ++i) {
                Record fee = book.fee(i);
                fee.set(FEE_DUE, fee.get(FEE_OWED));
            }
        }
    }

    /// @notice Turns what was not paid into arrears, or balance for PIK. No claim outgrows MAX_AMOUNT; after maturity, no
    /// capped fee its cap.
    function carry(Book memory book) internal pure {
        unchecked {
            uint256 equity = book.trancheCount - 1;
            for (uint256 i; i < equity; ++i) {
                Record tranche = book.tranche(i);
                if (tranche.get(INTEREST_OWED) | tranche.get(PRINCIPAL_OWED) != 0) {
                    _carryTranche(book, tranche, TermsLib.trancheAt(i));
                }
            }
            if (!book.matured) return;
            for (uint256 i; i < book.feeCount; ++i) {
                Record fee = book.fee(i);
                fee.set(FEE_OWED, AmountLib.min(fee.get(FEE_OWED), book.terms.feeCap(book.terms.feeAt(i))));
            }
        }
    }

    /// @notice What stays owed of a fee from one period to the next.
    function feeArrears(Terms terms, uint256 at, Record fee) internal pure returns (uint256) {
        return terms.feeCarries(at) ? AmountLib.min(fee.get(FEE_OWED), MAX_AMOUNT) : 0;
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
        (uint256 numerator, uint256 denominator) = terms.dayFraction(TermsLib.trancheAt(tranche), book.row);
        uint256 amount = base == OF_BALANCE ? book.tranche(tranche).get(BALANCE) : book.assetValue;
        return AccrualLib.interest(amount, amountOrRate, numerator, denominator);
    }

    function _trancheDues(Book memory book, Record tranche, uint256 at) private pure {
        unchecked {
            uint256 balance = tranche.get(BALANCE);
            uint256 owed = tranche.get(INTEREST_OWED);
            if (balance | owed == 0) {
                tranche.set(DEBT_SERVICE, 0);
                return;
            }
            (uint256 interest, uint256 scheduled) = _debtService(book.terms, at, balance, book.period);
            tranche.set(DEBT_SERVICE, interest + scheduled);
            if (owed > 0) owed += _interestOnArrears(book, at, owed);
            tranche.set(INTEREST_OWED, interest + owed);
            scheduled += tranche.get(PRINCIPAL_OWED);
            bool whole = scheduled > balance || book.matured || book.terms.principalKind(at) == CASH;
            tranche.set(PRINCIPAL_OWED, whole ? balance : scheduled);
        }
    }

    function _interestOnArrears(Book memory book, uint256 at, uint256 arrears) private pure returns (uint256) {
        unchecked {
            Terms terms = book.terms;
            uint256 rule = terms.arrearsRule(at);
            if (rule != ARREARS_COUPON && rule != ARREARS_SPREAD) return 0;
            (uint256 numerator, uint256 denominator) = terms.dayFraction(at, book.row);
            uint256 coupon = terms.coupon(at, book.period) + terms.spread(at);
            return AccrualLib.interest(arrears, coupon, numerator, denominator);
        }
    }

    /// @dev Current interest on a balance, and the principal that falls due of it by the schedule alone, never more.
    function _debtService(
        Terms terms,
        uint256 at,
        uint256 balance,
        uint256 period
    ) private pure returns (uint256 interest, uint256 scheduled) {
        unchecked {
            uint256 row = terms.rowAt(period);
            uint256 packed = terms.accrualTerms(at);
            uint256 numerator = terms.field(row, packed.numeratorAt(), 2);
            uint256 coupon = packed.hasOneCoupon() ? terms.onlyCoupon(packed) : terms.coupon(at, period);
            interest = AccrualLib.interest(balance, coupon, numerator, packed.yearDenominator());
            if (period == terms.periods()) return (interest, balance);
            if (packed.principalKind() != SCHEDULE) return (interest, 0);
            scheduled = terms.field(row, packed.scheduleAt(), packed.scheduleWidth());
            if (scheduled > balance) scheduled = balance;
        }
    }

    /// @dev A `cash` tranche has no principal arrears before the last period.
    function _carryTranche(Book memory book, Record tranche, uint256 at) private pure {
        unchecked {
            uint256 interest = tranche.get(INTEREST_OWED);
            if (book.terms.arrearsRule(at) == CAPITALISE) {
                tranche.set(BALANCE, AmountLib.min(tranche.get(BALANCE) + interest, MAX_AMOUNT));
                interest = 0;
            }
            tranche.set(INTEREST_OWED, AmountLib.min(interest, MAX_AMOUNT));
            if (!book.matured && book.terms.principalKind(at) == CASH) tranche.set(PRINCIPAL_OWED, 0);
        }
    }

    /// @dev What a reserve should hold after the period, which is not the last.
    function _reserveTarget(Book memory book, uint256 at) private pure returns (uint256 target) {
        unchecked {
            (bool moves, uint256 ahead) = book.terms.reserveAhead(at, book.row);
            if (!moves) return book.terms.reserveTarget(at);
            uint256 end = book.period + ahead;
            for (uint256 i = book.trancheCount - 1; i > 0; ) {
                --i;
                bool interest = book.terms.reserveSupports(at, INTEREST, i);
                bool principal = book.terms.reserveSupports(at, PRINCIPAL, i);
                if (interest || principal) target += _debtServiceAhead(book, i, end, interest, principal);
            }
        }
    }

    /// @dev Interest and scheduled principal of the coming periods, on the balances that scheduled payments leave.
    function _debtServiceAhead(
        Book memory book,
        uint256 index,
        uint256 end,
        bool countsInterest,
        bool countsPrincipal
    ) private pure returns (uint256 service) {
        unchecked {
            uint256 at = TermsLib.trancheAt(index);
            uint256 balance = book.tranche(index).get(BALANCE);
            if (book.terms.principalKind(at) != CASH) balance -= book.tranche(index).get(PRINCIPAL_OWED);
            for (uint256 period = book.period; period < end && balance > 0; ) {
                ++period;
                (uint256 interest, uint256 scheduled) = _debtService(book.terms, at, balance, period);
                if (countsInterest) service += interest;
                if (countsPrincipal) service += scheduled;
                balance -= scheduled;
            }
        }
    }
}
