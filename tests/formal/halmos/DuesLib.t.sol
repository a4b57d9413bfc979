// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Books} from "./Books.sol";
import {AmountLib} from "../../../contracts/libraries/AmountLib.sol";
import {BookLib} from "../../../contracts/libraries/BookLib.sol";
import {CoverageLib} from "../../../contracts/libraries/CoverageLib.sol";
import {MetricLib} from "../../../contracts/libraries/MetricLib.sol";
import {DuesLib} from "../../../contracts/libraries/DuesLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";
import {TermsLayout as Layout} from "../../../contracts/types/TermsLayout.sol";
import {Book, FeeRecord, LOSS, MAX_AMOUNT, TrancheRecord, WAD} from "../../../contracts/types/Types.sol";

/// @title DuesLibCheck
/// @notice Write-downs, carrying over and coverage tests of three tranches and two fees. Ranges: amounts 96 bits, interest owed up
/// to 98 bits, a ratio of 128. Bound: loops over tranches and fees are followed for that many.
contract DuesLibCheck is Books {
    using BookLib for Book;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;

    /// @dev From the last tranche up, floor at zero; principal arrears never above the balance.
    function check_inv_02_09_write_down(
        uint96 loss,
        uint96 senior,
        uint96 junior,
        uint96 equity,
        uint96 arrears
    ) external pure {
        unchecked {
            if (arrears > senior) return;
            Book memory book = _book("", 0);
            book.openReport();
            book.setReport(LOSS, loss);
            book.tranche(SENIOR).setBalance(senior);
            book.tranche(SENIOR).setPrincipalOwed(arrears);
            book.tranche(JUNIOR).setBalance(junior);
            book.tranche(EQUITY).setBalance(equity);
            DuesLib.writeDown(book);
            uint256 ofEquity = AmountLib.min(loss, equity);
            uint256 ofJunior = AmountLib.min(loss - ofEquity, junior);
            uint256 ofSenior = AmountLib.min(loss - ofEquity - ofJunior, senior);
            assert(book.tranche(EQUITY).balance() == equity - ofEquity);
            assert(book.tranche(JUNIOR).balance() == junior - ofJunior);
            assert(book.tranche(SENIOR).balance() == senior - ofSenior);
            uint256 cut = ofSenior > 0 ? AmountLib.min(arrears, senior - ofSenior) : arrears;
            assert(book.tranche(SENIOR).principalOwed() == cut);
        }
    }

    /// @dev A balance rises by unpaid interest alone, and only under `capitalise` (rule 3).
    function check_inv_09_carry_capitalises_only(
        uint8 rule,
        uint96 balance,
        uint96 unpaid,
        uint8 beyond,
        uint96 principal
    ) external pure {
        unchecked {
            Book memory book = _book("", 0);
            _setByte(book, Layout.HEADER_LENGTH + _placeOf(Layout.TRANCHE_ARREARS), rule);
            uint256 interest = uint256(unpaid) + beyond;
            TrancheRecord senior = book.tranche(SENIOR);
            senior.setBalance(balance);
            senior.setInterestOwed(interest);
            senior.setPrincipalOwed(principal);
            DuesLib.carry(book);
            bool joins = rule == 3;
            assert(senior.balance() == (joins ? AmountLib.min(balance + interest, MAX_AMOUNT) : balance));
            assert(senior.interestOwed() == (joins ? 0 : AmountLib.min(interest, MAX_AMOUNT)));
            assert(senior.principalOwed() == principal);
            assert(book.tranche(JUNIOR).balance() == 0);
        }
    }

    /// @dev After the last period whole balances and fee arrears are due, interest as it stood.
    function check_inv_03_late_dues(uint96 senior, uint96 junior, uint96 interest, uint96 fee) external pure {
        Book memory book = _book("", 0);
        book.tranche(SENIOR).setBalance(senior);
        book.tranche(SENIOR).setInterestOwed(interest);
        book.tranche(JUNIOR).setBalance(junior);
        book.fee(1).setOwed(fee);
        DuesLib.lateDues(book);
        assert(book.tranche(SENIOR).principalOwed() == senior && book.tranche(JUNIOR).principalOwed() == junior);
        assert(book.tranche(SENIOR).interestOwed() == interest && book.tranche(SENIOR).balance() == senior);
        assert(book.fee(1).due() == fee && book.fee(0).due() == 0);
    }

    /// @dev Fails exactly when CFADS × 1e18 < threshold × debt service; then the counter is the cure, else one less. No debt
    /// service is not tested; repaid, it is cured.
    function check_coverage_counter(
        uint96 collections,
        uint96 service,
        uint128 threshold,
        uint8 cure,
        uint8 needed,
        uint96 balance
    ) external pure {
        unchecked {
            if (cure > 31 || needed > 31) return;
            Book memory book = _book("", 0);
            _setTest(book, threshold, cure);
            (book.collections, book.passesNeeded) = (collections, needed);
            book.tranche(SENIOR).setDebtService(service);
            book.tranche(SENIOR).setBalance(balance);
            uint256 after_ = CoverageLib.dscr(book, MetricLib.cfads(book));
            if (service == 0) assert(after_ == (balance == 0 ? 0 : needed));
            else if (uint256(collections) * WAD < uint256(threshold) * service) assert(after_ == cure);
            else assert(after_ == (needed > 0 ? needed - 1 : 0));
        }
    }

    function _setByte(Book memory book, uint256 at, uint8 value) private pure {
        assembly ("memory-safe") {
            mstore8(add(mload(book), at), value)
        }
    }

    /// @dev The one test, of the senior's debt service.
    function _setTest(Book memory book, uint128 threshold, uint8 cure) private pure {
        uint256 at = TESTS_AT + _placeOf(Layout.TEST_THRESHOLD);
        assembly ("memory-safe") {
            let place := add(mload(book), at)
            mstore(place, or(shl(128, threshold), shr(128, mload(add(place, 16)))))
        }
        _setByte(book, TESTS_AT + _placeOf(Layout.TEST_CURE), cure);
    }
}
