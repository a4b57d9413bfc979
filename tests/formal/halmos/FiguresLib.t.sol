// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FiguresLib} from "../../../contracts/libraries/FiguresLib.sol";
import {RecordLib} from "../../../contracts/libraries/RecordLib.sol";
import {Record} from "../../../contracts/types/Types.sol";

/// @title FiguresLibCheck
/// @notice What a settlement logs, and the records it works on. Ranges: any amount up to 96 bits, any words. No loops but
/// over the three fields of a record: full proofs.
contract FiguresLibCheck {
    using FiguresLib for uint256;
    using RecordLib for Record;

    /// @dev Every amount up to `most` fits the width that is chosen for `most`.
    function check_width_holds_the_most(uint96 most, uint96 amount) external pure {
        uint256 width = FiguresLib.width(most);
        assert(width == 7 || width == 12);
        if (amount <= most) assert(uint256(amount) < 1 << (8 * width));
    }

    /// @dev Two amounts written one behind the other are read again, by either width.
    function check_amounts_come_back(uint96 most, uint96 first, uint96 second) external pure {
        if (first > most || second > most) return;
        if (FiguresLib.width(most) == 7) _comeBack(7, first, second);
        else _comeBack(12, first, second);
    }

    function check_record_fields_are_apart(uint256 first, uint256 second, uint256 third, uint128 more) external pure {
        unchecked {
            Record record = RecordLib.allocate(96);
            assert(record.get(0) == 0 && record.get(32) == 0 && record.get(64) == 0);
            record.set(0, first);
            record.set(32, second);
            record.plus(64).set(0, third);
            record.increase(32, more);
            assert(record.get(0) == first && record.get(32) == second + more && record.get(64) == third);
            record.decrease(32, more);
            assert(record.get(0) == first && record.get(32) == second && record.get(64) == third);
        }
    }

    function _comeBack(uint256 width, uint256 first, uint256 second) private pure {
        (uint256 figures, uint256 cursor) = FiguresLib.open(2);
        uint256 end = cursor.append(first, width).append(second, width);
        assert(cursor == figures + 64 && end == cursor + 2 * width);
        assert(_read(cursor, width) == first && _read(cursor + width, width) == second);
    }

    function _read(uint256 at, uint256 width) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(at))
        }
    }
}
