// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccrualLib} from "./AccrualLib.sol";
import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {RecordLib} from "./RecordLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Amounts, Book, CATCH_UP, HURDLE, Terms, TrancheRecord, WAD} from "../types/Types.sol";

/// @title PromoteLib
/// @notice How two classes of equity share the residual: tier by tier, with hurdles that are balances. Mirrors
/// penstock/model/promote.py.
/// @dev Unchecked throughout: every amount is at most MAX_AMOUNT, every rate below 2**64, a tier's part at most WAD.
library PromoteLib {
    using BookLib for Book;
    using RecordLib for Amounts;
    using RecordLib for TrancheRecord;
    using TermsLib for Terms;

    // Amounts of a book's promote: all that the capital side and the promote ever got, then the hurdles
    uint256 internal constant CAPITAL_RECEIVED = 0;
    uint256 internal constant PROMOTE_RECEIVED = 1;
    uint256 internal constant HURDLES = 2;

    /// @notice How many amounts a deal with a promote keeps for it.
    function amounts(Terms terms) internal pure returns (uint256) {
        unchecked {
            return HURDLES + terms.promoteHurdles();
        }
    }

    /// @notice Makes room for them, all zero.
    function makeRoom(Book memory book) internal pure returns (Amounts) {
        return book.promote = Amounts.wrap(RecordLib.allocate(amounts(book.terms) * 0x20));
    }

    /// @notice The promote at closing: the whole capital is outstanding under every hurdle.
    /// @return capital What both sides put in.
    function open(Book memory book) internal pure returns (uint256 capital) {
        Amounts promote = makeRoom(book);
        (capital, , ) = book.terms.promote();
        uint256 end = amounts(book.terms);
        for (uint256 i = HURDLES; i < end; ++i) promote.setAt(i, capital);
    }

    /// @notice Adds the return of the book's period to each hurdle, rounded down; none outgrows the book's cap.
    function grow(Book memory book) internal pure {
        unchecked {
            (uint256 numerator, uint256 denominator) = book.terms.promoteDays(book.row);
            uint256 at = HURDLES;
            (, , uint256 tiers) = book.terms.promote();
            for (uint256 i; i < tiers; ++i) {
                (uint256 kind, uint256 rate, ) = book.terms.tier(i);
                if (kind != HURDLE) continue;
                uint256 hurdle = book.promote.at(at);
                hurdle += AccrualLib.interestDown(hurdle, rate, numerator, denominator);
                book.promote.setAt(at++, AmountLib.min(hurdle, book.cap));
            }
        }
    }

    /// @notice Gives a part of the residual to the tiers in order; the last one takes all that is left. Of each tier the promote
    /// gets its part rounded down, the capital side the rest; of all that the capital side gets, the sponsor's own capital gets
    /// its part rounded down, the investor the rest.
    function distribute(Book memory book, uint256 amount) internal pure {
        unchecked {
            (uint256 capital, uint256 coInvest, uint256 tiers) = book.terms.promote();
            Amounts promote = book.promote;
            uint256 toCapital = promote.at(CAPITAL_RECEIVED);
            uint256 left = amount;
            uint256 hurdleAt = HURDLES;
            for (uint256 i; i < tiers; ++i) {
                (uint256 kind, uint256 rate, uint256 part) = book.terms.tier(i);
                uint256 taken = left;
                if (kind == HURDLE) taken = AmountLib.min(left, _roomBelowHurdle(promote.at(hurdleAt++), part));
                else if (kind == CATCH_UP) taken = AmountLib.min(left, _roomToCatchUp(promote, capital, rate, part));
                left -= taken;
                uint256 promoted = (taken * (WAD - part)) / WAD;
                _receive(book, taken - promoted, promoted);
            }
            toCapital = promote.at(CAPITAL_RECEIVED) - toCapital;
            uint256 own = (toCapital * coInvest) / WAD;
            book.tranche(book.lenders).credit(toCapital - own);
            book.tranche(book.lenders + 1).credit(amount - toCapital + own);
        }
    }

    /// @dev What a tier takes until the capital side, whose part of it is rounded up, has got exactly the hurdle.
    function _roomBelowHurdle(uint256 hurdle, uint256 part) private pure returns (uint256) {
        unchecked {
            return (hurdle * WAD) / part;
        }
    }

    /// @dev What a tier takes until the promote is its part of the profit of both sides, rounded down so that it is never
    /// more. With profit p, promote g, target c and the promote's part u of the tier: g + u·x = c·(p + x).
    function _roomToCatchUp(
        Amounts promote,
        uint256 capital,
        uint256 target,
        uint256 part
    ) private pure returns (uint256) {
        unchecked {
            uint256 promoted = promote.at(PROMOTE_RECEIVED);
            uint256 received = promote.at(CAPITAL_RECEIVED) + promoted;
            uint256 wanted = received > capital ? target * (received - capital) : 0;
            promoted *= WAD;
            return wanted > promoted ? (wanted - promoted) / (WAD - part - target) : 0;
        }
    }

    /// @dev Every hurdle falls by what the capital side gets, floor at zero.
    function _receive(Book memory book, uint256 toCapital, uint256 toPromote) private pure {
        unchecked {
            Amounts promote = book.promote;
            promote.addAt(CAPITAL_RECEIVED, toCapital);
            promote.addAt(PROMOTE_RECEIVED, toPromote);
            uint256 end = amounts(book.terms);
            for (uint256 i = HURDLES; i < end; ++i) {
                uint256 hurdle = promote.at(i);
                promote.setAt(i, hurdle - AmountLib.min(hurdle, toCapital));
            }
        }
    }
}
