// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BookLib} from "../../../contracts/libraries/BookLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";
import {TermsLib} from "../../../contracts/libraries/TermsLib.sol";
import {TermsField, TermsLayout as Layout} from "../../../contracts/types/TermsLayout.sol";
import {ALL, Book, NONE, RungKind, TrancheRecord} from "../../../contracts/types/Types.sol";

/// @title Books
/// @notice A book for checks: three tranches, the last equity, two fees, two reserves, one test. Layout is concrete, since
/// memory at a symbolic place is beyond the prover; every amount in it may be symbolic.
abstract contract Books {
    using BookLib for Book;
    using RecordLib for TrancheRecord;

    uint256 private constant FEES_AT = Layout.HEADER_LENGTH + 3 * Layout.TRANCHE_LENGTH;
    uint256 private constant RESERVES_AT = FEES_AT + 2 * Layout.FEE_LENGTH;
    uint256 internal constant TESTS_AT = RESERVES_AT + 2 * Layout.RESERVE_LENGTH;
    uint256 internal constant LADDER_AT = TESTS_AT + Layout.TEST_LENGTH;
    uint256 internal constant SENIOR = 0;
    uint256 internal constant JUNIOR = 1;
    uint256 internal constant EQUITY = 2;
    /// @dev Both reserves support interest of the senior and of the junior, and both fees.
    uint80 internal constant SUPPORTS = 0x00000000000000030003;
    /// @dev And every other claim of these lenders.
    uint80 internal constant SUPPORTS_ALL = 0x00030003000300030003;

    /// @dev Behind it, one rung or a row.
    function _book(bytes memory behind, uint80 supported) internal pure returns (Book memory book) {
        // Up to the counts nothing; from the rungs to the length of a row nothing
        bytes memory head = abi.encodePacked(new bytes(65), uint32(0x03020201), new bytes(9));
        head = abi.encodePacked(head, uint16(FEES_AT), uint16(RESERVES_AT), uint16(TESTS_AT));
        head = abi.encodePacked(head, uint16(LADDER_AT), uint16(LADDER_AT), uint16(LADDER_AT), uint16(0));
        assert(head.length == Layout.HEADER_LENGTH);
        bytes memory reserve = abi.encodePacked(
            new bytes(26),
            type(uint104).max,
            type(uint16).max,
            new bytes(3),
            supported
        );
        bytes memory terms = abi.encodePacked(
            head,
            new bytes(RESERVES_AT - Layout.HEADER_LENGTH),
            reserve,
            reserve,
            new bytes(Layout.TEST_LENGTH),
            behind
        );
        book.open(TermsLib.wrap(abi.encodePacked(terms, new bytes(32))));
        book.width = 12;
    }

    function _rung(
        RungKind kind,
        uint256 first,
        uint256 second,
        uint64 fraction,
        uint256 test
    ) internal pure returns (bytes memory) {
        uint16 others = second == NONE ? 0 : uint16(1 << second);
        return abi.encodePacked(uint8(RungKind.unwrap(kind)), uint8(first), others, fraction, uint8(test));
    }

    /// @dev The byte of its part at which a field begins.
    function _placeOf(TermsField field) internal pure returns (uint256) {
        return uint8(TermsField.unwrap(field) >> 8);
    }

    /// @dev All the book has to give or has given: what a rung may move about and never change.
    function _total(Book memory book) internal pure returns (uint256 total) {
        unchecked {
            total = book.cash;
            for (uint256 i; i < 3; ++i) total += book.tranche(i).credited();
            for (uint256 i; i < 5; ++i) total += book.pot(i);
        }
    }
}
