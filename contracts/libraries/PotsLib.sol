// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Book, STANDARD_FIELDS, TWO_POTS, Terms} from "../types/Types.sol";

/// @title PotsLib
/// @notice Two pots: what interest and principal collections are. Mirrors penstock/model/pots.py.
library PotsLib {
    using BookLib for Book;
    using TermsLib for Terms;

    /// @notice Fills the principal pot: what is reported as principal, at most the collections; all of them without a report.
    /// Nothing in a deal of one pot.
    function fill(Book memory book) internal pure {
        unchecked {
            if (book.flags & TWO_POTS == 0) return;
            uint256 field = STANDARD_FIELDS + book.terms.principalField();
            uint256 most = book.collections;
            book.principalPot = book.isReported(field) ? AmountLib.min(book.reportOf(field), most) : most;
        }
    }
}
