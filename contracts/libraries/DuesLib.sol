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
    ASSET_VALUE,
    AccrualTerms,
    Book,
    CAPITALISE,
    CASH,
    FIXED,
    FeeRecord,
    HOLDS_PARTS,
    INTEREST,
    JUDGES,
    LISTED,
    LOSS,
    OF_BALANCE,
    OF_COLLECTIONS,
    OF_REPORT,
    PAYS_IN_KIND,
    PRINCIPAL,
    REPAYS_TO_TARGET,
    SCHEDULE,
    STANDARD_FIELDS,
    TARGET_OC,
    Terms,
    TermsRow,
    TrancheRecord,
    WAD
} from "../types/Types.sol";

/// @title DuesLib
/// @notice What is owed in a period. Terms, state and date decide it. Mirrors penstock/model/dues.py.
/// @dev Unchecked throughout: amounts are at most MAX_AMOUNT, and no due is more than a few of them.
library DuesLib {
    using BookLib for Book;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using TermsLib for AccrualTerms;
    using TermsLib for Terms;

    /// @notice Reduces balances by a reported loss, the last tranche first, floor at zero.
    function writeDown(Book memory book) internal pure {
        unchecked {
            uint256 loss = book.reportOf(LOSS);
            for (uint256 i = book.trancheCount; i > 0 && loss > 0; --i) {
                TrancheRecord tranche = book.tranche(i - 1);
                uint256 balance = tranche.balance();
                uint256 part = AmountLib.min(loss, balance);
                balance -= part;
                loss -= part;
                tranche.setBalance(balance);
                tranche.setPrincipalOwed(AmountLib.min(tranche.principalOwed(), balance));
            }
        }
    }

    /// @notice Turns arrears into everything owed in the book's period.
    function dues(Book memory book) internal pure {
        unchecked {
            uint256 count = book.feeCount;
            for (uint256 i; i < count; ++i) {
                FeeRecord fee = book.fee(i);
                uint256 at = book.terms.feeAt(i);
                uint256 owed = feeAccrualDown(book, at) + feeArrears(book, at, fee);
                fee.setOwed(owed);
                uint256 cap = book.terms.feeCap(at);
                fee.setDue(owed < cap ? owed : cap);
            }
            // Behind the fees, which are charged on balances before anything joins them
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) _trancheDues(book, book.tranche(i), TermsLib.trancheAt(i));
            if (book.flags & REPAYS_TO_TARGET != 0 && !book.matured && book.isReported(ASSET_VALUE))
                _limitToTarget(book);
            count = book.reserveCount;
            for (uint256 i; i < count; ++i) {
                book.setTarget(i, book.matured ? 0 : _reserveTarget(book, book.terms.reserveAt(i)));
            }
        }
    }

    /// @notice What is still owed after the last period: arrears, which are there already, and balances.
    function lateDues(Book memory book) internal pure {
        unchecked {
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) {
                TrancheRecord tranche = book.tranche(i);
                tranche.setPrincipalOwed(tranche.balance());
            }
            for (uint256 i; i < book.feeCount; ++i) {
                FeeRecord fee = book.fee(i);
                fee.setDue(fee.owed());
            }
        }
    }

    /// @notice Turns what was not paid into arrears, or balance for PIK. No claim outgrows the book's cap; after
    /// maturity, no capped fee its own.
    function carry(Book memory book) internal pure {
        unchecked {
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) {
                TrancheRecord tranche = book.tranche(i);
                if (tranche.interestOwed() | tranche.principalOwed() != 0) {
                    _carryTranche(book, tranche, TermsLib.trancheAt(i));
                }
            }
            if (!book.matured) return;
            for (uint256 i; i < book.feeCount; ++i) {
                FeeRecord fee = book.fee(i);
                fee.setOwed(AmountLib.min(fee.owed(), book.terms.feeCap(book.terms.feeAt(i))));
            }
        }
    }

    /// @notice What stays owed of a fee from one period to the next.
    function feeArrears(Book memory book, uint256 at, FeeRecord fee) internal pure returns (uint256) {
        return book.terms.feeCarries(at) ? AmountLib.min(fee.owed(), book.cap) : 0;
    }

    /// @notice What a fee adds in the period, before cap and arrears, rounded down.
    function feeAccrualDown(Book memory book, uint256 at) internal pure returns (uint256) {
        Terms terms = book.terms;
        if (!terms.feeFallsDue(at, book.period)) return 0;
        uint256 base = terms.feeBase(at);
        uint256 amountOrRate = terms.feeAmountOrRate(at);
        if (base == FIXED) return amountOrRate;
        if (base == OF_COLLECTIONS) return (book.collections * amountOrRate) / WAD;
        if (base == LISTED) return terms.feeListed(at, book.row);
        uint256 tranche = terms.feeTranche(at);
        if (base == OF_REPORT) return book.reportOf(STANDARD_FIELDS + tranche);
        AccrualTerms packed = terms.accrualTerms(TermsLib.trancheAt(tranche));
        (uint256 numerator, uint256 denominator) = terms.dayFraction(packed, book.row);
        uint256 amount = base == OF_BALANCE ? book.tranche(tranche).balance() : book.reportOf(ASSET_VALUE);
        return AccrualLib.interestDown(amount, amountOrRate, numerator, denominator);
    }

    /// @dev Principal due of TARGET_OC tranches: what their balance and all senior ones are above what the asset value covers,
    /// rounded up, less what is due to the senior ones. Without an asset value it stays what cash may repay: the balance.
    function _limitToTarget(Book memory book) private pure {
        unchecked {
            uint256 lenders = book.lenders;
            uint256 balances;
            uint256 taken;
            for (uint256 i; i < lenders; ++i) {
                TrancheRecord tranche = book.tranche(i);
                balances += tranche.balance();
                uint256 at = TermsLib.trancheAt(i);
                if (book.terms.principalKind(at) == TARGET_OC) {
                    uint256 kept = _covered(book, at) + taken;
                    uint256 excess = balances > kept ? balances - kept : 0;
                    tranche.setPrincipalOwed(AmountLib.min(tranche.balance(), excess));
                }
                taken += tranche.principalOwed();
            }
        }
    }

    /// @dev How much of balances the asset value covers.
    function _covered(Book memory book, uint256 at) private pure returns (uint256) {
        unchecked {
            (uint256 ratio, uint256 amount) = book.terms.ocTarget(at);
            uint256 value = book.reportOf(ASSET_VALUE);
            if (ratio != 0) return (value * WAD) / ratio;
            return value > amount ? value - amount : 0;
        }
    }

    function _trancheDues(Book memory book, TrancheRecord tranche, uint256 at) private pure {
        unchecked {
            uint256 balance = tranche.balance();
            uint256 owed = tranche.interestOwed();
            if (balance | owed == 0) {
                tranche.setDebtService(0);
                tranche.setCurrentInterest(0);
                return;
            }
            AccrualTerms packed = book.terms.accrualTerms(at);
            (uint256 interest, uint256 scheduled) = _debtService(book.terms, packed, book.row, balance, book.period);
            if (book.flags & (PAYS_IN_KIND | JUDGES) != 0) {
                tranche.setCurrentInterest(interest);
                if (book.flags & PAYS_IN_KIND != 0) {
                    balance = _withPik(book, packed, book.row, balance, book.period);
                    tranche.setBalance(balance);
                    (, scheduled) = _debtService(book.terms, packed, book.row, balance, book.period);
                }
            }
            tranche.setDebtService(interest + scheduled);
            if (owed > 0) owed += _interestOnArrears(book, at, owed);
            tranche.setInterestOwed(interest + owed);
            scheduled += tranche.principalOwed();
            bool whole = scheduled > balance || book.matured || packed.principalKind() >= CASH;
            tranche.setPrincipalOwed(whole ? balance : scheduled);
        }
    }

    function _interestOnArrears(Book memory book, uint256 at, uint256 arrears) private pure returns (uint256) {
        unchecked {
            Terms terms = book.terms;
            uint256 rule = terms.arrearsRule(at);
            if (rule != ARREARS_COUPON && rule != ARREARS_SPREAD) return 0;
            AccrualTerms packed = terms.accrualTerms(at);
            (uint256 numerator, uint256 denominator) = terms.dayFraction(packed, book.row);
            uint256 coupon = terms.coupon(packed, book.period) + terms.spread(at);
            return AccrualLib.interestDown(arrears, coupon, numerator, denominator);
        }
    }

    /// @dev Current interest on a balance in a period, whose row is given, and the principal that falls due of it by the
    /// schedule alone, never more.
    function _debtService(
        Terms terms,
        AccrualTerms packed,
        TermsRow row,
        uint256 balance,
        uint256 period
    ) private pure returns (uint256 interest, uint256 scheduled) {
        unchecked {
            (uint256 numerator, uint256 denominator) = terms.dayFraction(packed, row);
            uint256 coupon = packed.hasOneCoupon() ? terms.onlyCoupon(packed) : terms.coupon(packed, period);
            interest = AccrualLib.interestDown(balance, coupon, numerator, denominator);
            if (period == terms.periods()) return (interest, balance);
            if (packed.principalKind() != SCHEDULE) return (interest, 0);
            scheduled = terms.scheduled(packed, row);
            if (scheduled > balance) scheduled = balance;
        }
    }

    /// @dev A balance after what is paid in kind has joined it, as far as it may grow.
    function _withPik(
        Book memory book,
        AccrualTerms packed,
        TermsRow row,
        uint256 balance,
        uint256 period
    ) private pure returns (uint256) {
        unchecked {
            (uint256 rate, uint256 lastPeriod) = packed.pik();
            if (rate == 0 || period > lastPeriod) return balance;
            (uint256 numerator, uint256 denominator) = book.terms.dayFraction(packed, row);
            return AmountLib.min(balance + AccrualLib.interestDown(balance, rate, numerator, denominator), book.cap);
        }
    }

    /// @dev A tranche repaid as cash comes, or to a target, has no principal arrears before the last period.
    function _carryTranche(Book memory book, TrancheRecord tranche, uint256 at) private pure {
        unchecked {
            uint256 interest = tranche.interestOwed();
            if (book.terms.arrearsRule(at) == CAPITALISE) {
                tranche.setBalance(AmountLib.min(tranche.balance() + interest, book.cap));
                interest = 0;
            }
            tranche.setInterestOwed(AmountLib.min(interest, book.cap));
            if (!book.matured && book.terms.principalKind(at) >= CASH) tranche.setPrincipalOwed(0);
        }
    }

    /// @dev What a reserve should hold after the period, which is not the last.
    function _reserveTarget(Book memory book, uint256 at) private pure returns (uint256 target) {
        unchecked {
            (bool moves, uint256 ahead) = book.terms.reserveAhead(at, book.row);
            if (!moves) {
                (bool isListed, uint256 amount) = book.terms.reserveListed(at, book.row);
                return isListed ? amount : book.terms.reserveTarget(at);
            }
            target = _supportedService(book, at, book.period + ahead);
            if (book.flags & HOLDS_PARTS == 0) return target;
            (uint256 months, uint256 ofMonths) = book.terms.reservePart(at, book.row);
            if (months == 0) return target;
            uint256 next = _supportedService(book, at, book.period + ahead + 1) - target;
            target += (next * months + ofMonths - 1) / ofMonths;
        }
    }

    /// @dev The debt service that a reserve supports after the book's period, up to another.
    function _supportedService(Book memory book, uint256 at, uint256 end) private pure returns (uint256 service) {
        unchecked {
            uint256 interests = book.terms.reserveSupported(at, INTEREST);
            uint256 principals = book.terms.reserveSupported(at, PRINCIPAL);
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) {
                uint256 interest = 0 - ((interests >> i) & 1);
                uint256 principal = 0 - ((principals >> i) & 1);
                if (interest | principal != 0) service += _debtServiceAhead(book, i, end, interest, principal);
            }
        }
    }

    /// @dev Interest and scheduled principal of the coming periods, on the balances that scheduled payments leave.
    /// @param ofInterest All ones where interest counts, else 0; `ofPrincipal` the same.
    function _debtServiceAhead(
        Book memory book,
        uint256 index,
        uint256 end,
        uint256 ofInterest,
        uint256 ofPrincipal
    ) private pure returns (uint256 service) {
        unchecked {
            AccrualTerms packed = book.terms.accrualTerms(TermsLib.trancheAt(index));
            uint256 balance = book.tranche(index).balance();
            if (packed.principalKind() < CASH) balance -= book.tranche(index).principalOwed();
            TermsRow row = book.row;
            bool inKind = book.flags & PAYS_IN_KIND != 0;
            uint256 rowLength = book.terms.rowLength();
            for (uint256 period = book.period; period < end && balance > 0;) {
                ++period;
                row = TermsRow.wrap(TermsRow.unwrap(row) + rowLength);
                (uint256 interest, uint256 scheduled) = _debtService(book.terms, packed, row, balance, period);
                if (inKind) {
                    balance = _withPik(book, packed, row, balance, period);
                    (, scheduled) = _debtService(book.terms, packed, row, balance, period);
                }
                service += (interest & ofInterest) + (scheduled & ofPrincipal);
                balance -= scheduled;
            }
        }
    }
}
