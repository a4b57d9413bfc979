// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {DuesLib} from "./DuesLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {
    Amounts,
    Book,
    FeeRecord,
    MAX_TRANCHES,
    OF_ASSET_VALUE,
    OF_REPORT,
    PROMOTES,
    Terms,
    TrancheRecord,
    WAD
} from "../types/Types.sol";

/// @title CallLib
/// @notice The clean-up call: when it is allowed, and what it costs. Mirrors penstock/model/call.py.
/// @dev Unchecked throughout, as {DuesLib}.
library CallLib {
    using BookLib for Book;
    using RecordLib for Amounts;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using TermsLib for Terms;

    /// @notice Lenders' faces less principal ever paid, and the most it may be for a call to be allowed.
    /// @param repaid Principal ever paid to lenders.
    function outstanding(Terms terms, uint256 repaid) internal pure returns (uint256 left, uint256 most) {
        unchecked {
            uint256 lenders = terms.trancheCount() - (terms.flags() & PROMOTES == 0 ? 1 : 2);
            uint256 faces;
            for (uint256 i; i < lenders; ++i) faces += terms.face(TermsLib.trancheAt(i));
            left = faces > repaid ? faces - repaid : 0;
            // Of whole numbers one is at most a fraction where it is at most the fraction rounded down
            most = (faces * terms.callBelow()) / WAD;
        }
    }

    /// @notice The balances of all lenders.
    function balances(Book memory book) internal pure returns (uint256 sum) {
        unchecked {
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) sum += book.tranche(i).balance();
        }
    }

    /// @notice Writes a reported loss down, and notes what each lender bears of it: a call restores it.
    /// @param writtenDown All that was written down of each lender so far.
    function writeDown(Book memory book, uint96[MAX_TRANCHES - 1] storage writtenDown) internal {
        unchecked {
            uint256 lenders = book.lenders;
            Amounts before = Amounts.wrap(RecordLib.allocate(lenders * 0x20));
            for (uint256 i; i < lenders; ++i) before.setAt(i, book.tranche(i).balance());
            DuesLib.writeDown(book);
            for (uint256 i; i < lenders; ++i) {
                uint256 lost = before.at(i) - book.tranche(i).balance();
                if (lost != 0) writtenDown[i] = uint96(AmountLib.min(writtenDown[i] + lost, book.cap));
            }
        }
    }

    /// @notice Turns arrears into everything that a call of the book's period pays: all that falls due in a last period,
    /// balances with all that was written down, and of fees what their caps keep for later.
    /// @dev The period's loss is not written down; debt service is what it is without the call.
    function dues(Book memory book, uint96[MAX_TRANCHES - 1] storage writtenDown) internal view {
        unchecked {
            uint256 fees = book.feeCount;
            Amounts arrears = Amounts.wrap(RecordLib.allocate(fees * 0x20));
            for (uint256 i; i < fees; ++i) {
                arrears.setAt(i, DuesLib.feeArrears(book, book.terms.feeAt(i), book.fee(i)));
            }
            DuesLib.dues(book);
            for (uint256 i; i < fees; ++i) {
                FeeRecord fee = book.fee(i);
                uint256 due = arrears.at(i) + _accrual(book, book.terms.feeAt(i), fee.owed() - arrears.at(i));
                fee.setDue(due);
                fee.setOwed(due);
            }
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) {
                TrancheRecord tranche = book.tranche(i);
                uint256 balance = tranche.balance() + writtenDown[i];
                tranche.setBalance(balance);
                tranche.setPrincipalOwed(balance);
            }
        }
    }

    /// @notice Everything owed to lenders and payees once {dues} are in.
    function owed(Book memory book) internal pure returns (uint256 sum) {
        unchecked {
            sum = balances(book);
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) sum += book.tranche(i).interestOwed();
            for (uint256 i; i < book.feeCount; ++i) sum += book.fee(i).due();
        }
    }

    /// @notice What reserves and traps hold.
    function held(Book memory book) internal pure returns (uint256 sum) {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) sum += book.pot(i);
            for (uint256 i = book.trapsAt; i < book.potsInUse; ++i) sum += book.pot(i);
        }
    }

    /// @notice Empties reserves and traps.
    function release(Book memory book) internal pure {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) book.setPot(i, 0);
            for (uint256 i = book.trapsAt; i < book.potsInUse; ++i) book.setPot(i, 0);
        }
    }

    /// @dev What accrues of a fee in a called period: at most its cap where the rest is not kept, and where a report decides,
    /// which must not raise the price of a call further.
    function _accrual(Book memory book, uint256 at, uint256 accrued) private pure returns (uint256) {
        uint256 base = book.terms.feeBase(at);
        if (book.terms.feeCarries(at) && base != OF_REPORT && base != OF_ASSET_VALUE) return accrued;
        return AmountLib.min(accrued, book.terms.feeCap(at));
    }
}
