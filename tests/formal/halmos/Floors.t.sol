// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title FloorsCheck
/// @notice What of division both shares and splits rest on. Ranges: any words; factors 104 bits and a rest of 208, which
/// hold every amount, supply, sum of two dues and product of them. No loops: full proofs.
contract FloorsCheck {
    function check_what_a_floor_leaves_is_below_the_divisor(uint256 all, uint256 d) external pure {
        unchecked {
            if (d == 0) return;
            assert(all - (all / d) * d < d);
        }
    }

    /// @dev floor((m × d + rest) / d) is at least m: were it short of m by some, a divisor or more would be left, which the
    /// check above excludes.
    function check_floor_of_a_multiple_and_more(uint104 floor, uint104 short, uint104 d, uint208 rest) external pure {
        unchecked {
            if (short == 0) return;
            uint256 m = uint256(floor) + short;
            uint256 left = (m * d + rest) - uint256(floor) * d;
            assert(left == uint256(short) * d + rest);
            assert(uint256(short) * d >= d);
            assert(uint256(short) * d + rest >= uint256(short) * d);
            assert(left >= d);
        }
    }

    /// @dev floor(part × due / whole) ≤ due for part ≤ whole. The first assertion leads the solvers to the second.
    function check_floor_of_a_part_is_within_its_due(uint104 part, uint104 whole, uint96 due) external pure {
        unchecked {
            if (whole == 0 || part > whole) return;
            assert(uint256(part) * due <= uint256(whole) * due);
            assert((uint256(part) * due) / whole <= due);
        }
    }
}
