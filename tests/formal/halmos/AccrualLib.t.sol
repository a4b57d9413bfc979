// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccrualLib} from "../../../contracts/libraries/AccrualLib.sol";
import {AmountLib} from "../../../contracts/libraries/AmountLib.sol";
import {WAD} from "../../../contracts/types/Types.sol";

/// @title AccrualLibCheck
/// @notice Ranges: balance 96 bits, coupon 65 bits (a coupon of 64 with a spread of 64), numerator 24 bits, denominators
/// 360 and 365; rising is proven for 360 alone. No loops: full proofs within the ranges.
contract AccrualLibCheck {
    /// @dev Far below 2**256, so that nothing wraps.
    function check_accrual_does_not_overflow(
        uint96 balance,
        uint64 coupon,
        uint64 spread,
        uint24 numerator
    ) external pure {
        unchecked {
            uint256 rate = uint256(coupon) + spread;
            assert(rate < 1 << 65);
            uint256 product = uint256(balance) * rate;
            assert(product < 1 << 161);
            assert(uint256(uint168(product)) * numerator < 1 << 192);
        }
    }

    /// @dev interest = floor(balance × coupon × n / (d × 1e18)): q × divisor ≤ product < (q + 1) × divisor.
    function check_accrual_is_the_floor(uint96 balance, uint64 coupon, uint24 numerator, bool act365) external pure {
        uint256 year = act365 ? 365 : 360;
        uint256 interest = AccrualLib.interestDown(balance, coupon, numerator, year);
        uint256 product = uint256(balance) * coupon * numerator;
        assert(interest * (year * WAD) <= product);
        assert(product < (interest + 1) * (year * WAD));
    }

    function check_accrual_rises_with_balance(uint96 less, uint96 more, uint64 coupon, uint24 numerator) external pure {
        if (less > more) return;
        assert(
            AccrualLib.interestDown(less, coupon, numerator, 360) <=
                AccrualLib.interestDown(more, coupon, numerator, 360)
        );
    }

    function check_accrual_rises_with_days(uint96 balance, uint64 coupon, uint24 fewer, uint24 more) external pure {
        if (fewer > more) return;
        assert(
            AccrualLib.interestDown(balance, coupon, fewer, 360) <= AccrualLib.interestDown(balance, coupon, more, 360)
        );
    }

    function check_min_is_the_lesser(uint256 a, uint256 b) external pure {
        uint256 least = AmountLib.min(a, b);
        assert(least <= a && least <= b && (least == a || least == b));
    }
}
