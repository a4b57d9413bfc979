// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";
import {SettlementLogLib} from "../../../contracts/libraries/SettlementLogLib.sol";
import {Amounts, LogCursor} from "../../../contracts/types/Types.sol";

/// @title SettlementLogLibCheck
/// @notice What a settlement logs, and the records it works on. Ranges: any amount up to 96 bits, any words. No loops but
/// over the three words of a record: full proofs.
contract SettlementLogLibCheck {
    using RecordLib for Amounts;
    using SettlementLogLib for LogCursor;

    /// @dev Every amount up to `most` fits the width that is chosen for `most`.
    function check_width_holds_the_most(uint96 most, uint96 amount) external pure {
        uint256 width = SettlementLogLib.widthFor(most);
        assert(width == 7 || width == 12);
        if (amount <= most) assert(uint256(amount) < 1 << (8 * width));
    }

    /// @dev Two amounts written one behind the other are read again, by either width.
    function check_amounts_come_back(uint96 most, uint96 first, uint96 second) external pure {
        if (first > most || second > most) return;
        if (SettlementLogLib.widthFor(most) == 7) _comeBack(7, first, second);
        else _comeBack(12, first, second);
    }

    function check_record_fields_are_apart(uint256 first, uint256 second, uint256 third, uint128 more) external pure {
        unchecked {
            Amounts list = Amounts.wrap(RecordLib.allocate(96));
            assert(list.at(0) == 0 && list.at(1) == 0 && list.at(2) == 0);
            list.setAt(0, first);
            list.setAt(1, second);
            list.setAt(2, third);
            list.addAt(1, more);
            assert(list.at(0) == first && list.at(1) == second + more && list.at(2) == third);
        }
    }

    function _comeBack(uint256 width, uint256 first, uint256 second) private pure {
        (uint256 figures, LogCursor cursor) = SettlementLogLib.open(2);
        uint256 begin = LogCursor.unwrap(cursor);
        uint256 end = LogCursor.unwrap(cursor.append(first, width).append(second, width));
        assert(begin == figures + 64 && end == begin + 2 * width);
        assert(_read(begin, width) == first && _read(begin + width, width) == second);
    }

    function _read(uint256 at, uint256 width) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(at))
        }
    }
}
