// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {ASSET_VALUE, Book, OF_PRINCIPAL, PackedTest, Rung, Terms, TrancheRecord, WAD} from "../types/Types.sol";

/// @title DiversionLib
/// @notice Cash that repays lenders until a test of over-collateralisation is met. Mirrors penstock/model/diversion.py.
/// @dev Unchecked throughout: a threshold below 2**128 times sums below 2**101 stays under 2**256.
library DiversionLib {
    using BookLib for Book;
    using RecordLib for TrancheRecord;
    using TermsLib for PackedTest;
    using TermsLib for Rung;
    using TermsLib for Terms;

    /// @notice Repays the tested tranche and all senior to it, the most senior first, with what its test lacks; returns it.
    function divert(Book memory book, Rung rung) internal pure returns (uint256 paid) {
        unchecked {
            PackedTest packed = book.terms.packedTest(rung.testOf());
            uint256 tested = packed.measured();
            paid = AmountLib.min(_diversionUp(book, packed, rung.target() == OF_PRINCIPAL), book.cash);
            book.cash -= paid;
            uint256 left = paid;
            for (uint256 i; i <= tested && left > 0; ++i) {
                TrancheRecord tranche = book.tranche(i);
                uint256 part = AmountLib.min(left, tranche.balance());
                left -= part;
                tranche.lowerBalance(part);
                tranche.credit(part);
                tranche.setPrincipalOwed(tranche.principalOwed() - AmountLib.min(part, tranche.principalOwed()));
            }
        }
    }

    /// @dev With D the balances, A the asset value and the principal collections that are not paid out yet, and t the threshold:
    /// D − A / t from interest, (t D − A) / (t − 1) from principal, rounded up, at most D. An asset value that is not
    /// reported covers nothing.
    function _diversionUp(Book memory book, PackedTest packed, bool ofPrincipal) private pure returns (uint256 needed) {
        unchecked {
            uint256 balances;
            for (uint256 i; i <= packed.measured(); ++i) balances += book.tranche(i).balance();
            uint256 threshold = packed.threshold();
            uint256 assets = book.isReported(ASSET_VALUE) ? book.reportOf(ASSET_VALUE) : 0;
            if (ofPrincipal) {
                uint256 wanted = threshold * balances;
                uint256 there = WAD * (assets + book.cash);
                if (wanted > there) needed = (wanted - there - 1) / (threshold - WAD) + 1;
            } else {
                uint256 covered = ((assets + book.principalPot) * WAD) / threshold;
                if (balances > covered) needed = balances - covered;
            }
            if (needed > balances) needed = balances;
        }
    }
}
