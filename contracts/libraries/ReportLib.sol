// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "../interfaces/IDealErrors.sol";
import {IReports} from "../interfaces/IReports.sol";
import {AmountLib} from "./AmountLib.sol";
import {BookLib} from "./BookLib.sol";
import {SettlementLogLib} from "./SettlementLogLib.sol";
import {TermsLib} from "./TermsLib.sol";
import {Amounts, Book, LogCursor, MAX_AMOUNT, Terms} from "../types/Types.sol";

/// @title ReportLib
/// @notice Asks a deal's report source.
library ReportLib {
    using BookLib for Book;
    using SettlementLogLib for LogCursor;
    using TermsLib for Terms;

    /// @dev What a report source may burn; what is left must carry the settlement.
    uint256 private constant REPORT_GAS = 100_000;

    /// @dev Of a report: the bits, and every field.
    uint256 private constant ANSWER_LENGTH = 32 * 15;

    /// @notice Puts the period's report into the book, and packs it for its log; `figures` is 0 where nothing is reported. A
    /// source that reverts, burns its gas or answers nonsense counts as silent. The caller must bring enough gas for a full
    /// answer, so that nobody silences the source by starving it.
    function read(Book memory book) internal view returns (uint256 figures, LogCursor cursor) {
        unchecked {
            if (gasleft() < (REPORT_GAS * 64) / 63 + 10_000) revert IDealErrors.Deal_OutOfReportGas(gasleft());
            book.openReport();
            uint256 count = book.fieldCount();
            uint256 reported = _ask(book, count) & ((1 << count) - 1);
            book.reported = reported;
            if (reported == 0) {
                book.openReport();
                return (0, cursor);
            }
            (figures, cursor) = SettlementLogLib.open(1 + count);
            cursor = cursor.append(reported, SettlementLogLib.REPORTED_WIDTH);
            for (uint256 field; field < count; ++field) {
                uint256 value = (reported >> field) & 1 == 0 ? 0 : AmountLib.min(book.reportOf(field), MAX_AMOUNT);
                book.setReport(field, value);
                cursor = cursor.append(value, SettlementLogLib.WIDE_WIDTH);
            }
        }
    }

    /// @dev What the source says of the period, into the book: the bits of the fields it reports, none where it fails or its
    /// answer is not as long as it must be. No more than the terms' fields is copied: the rest would cost who settles.
    function _ask(Book memory book, uint256 count) private view returns (uint256 reported) {
        bytes memory question = abi.encodeCall(IReports.reportOf, (address(this), book.period));
        address source = book.terms.reports();
        uint256 values = Amounts.unwrap(book.report);
        assembly ("memory-safe") {
            if staticcall(REPORT_GAS, source, add(question, 0x20), mload(question), 0, 0) {
                if eq(returndatasize(), ANSWER_LENGTH) {
                    returndatacopy(0, 0, 0x20)
                    reported := mload(0)
                    returndatacopy(values, 0x20, shl(5, count))
                }
            }
        }
    }
}
