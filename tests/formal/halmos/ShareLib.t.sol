// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ShareLib} from "../../../contracts/libraries/ShareLib.sol";
import {HolderWord, TransferDelta} from "../../../contracts/types/Types.sol";

/// @title ShareLibCheck
/// @notice Ranges: shares and supply 64 bits, credits 96, a debt of either sign of 160 bits; narrower where a check says so.
/// No loops: within the ranges, full proofs.
/// @dev First that adding to the packed word adds to its fields; then, on fields, what claims and transfers do.
contract ShareLibCheck {
    using ShareLib for HolderWord;

    /// @dev A transfer in parts moves what one transfer moves.
    function check_inv_06_two_deltas_are_one(uint64 a, uint64 b, uint96 credited) external pure {
        unchecked {
            uint256 whole = uint256(a) + b;
            if (whole > type(uint64).max) return;
            assert(_delta(a, credited) + _delta(b, credited) == _delta(whole, credited));
        }
    }

    function check_fields_come_back(uint64 shares, int160 debt) external pure {
        assert(_holder(shares, debt).shares() == shares);
        assert(_holder(shares, debt).debt() == debt);
    }

    function check_giving_takes_shares_and_debt(
        uint64 shares,
        int160 debt,
        uint64 amount,
        uint96 credited
    ) external pure {
        unchecked {
            if (amount > shares) return;
            HolderWord given = _holder(shares, debt).minus(ShareLib.transferDelta(amount, credited));
            _same(given, _holder(shares - amount, debt - int256(uint256(amount) * credited)));
        }
    }

    function check_receiving_adds_shares_and_debt(
        uint64 shares,
        int160 debt,
        uint64 amount,
        uint96 credited
    ) external pure {
        unchecked {
            if (uint256(shares) + amount > type(uint64).max) return;
            HolderWord received = _holder(shares, debt).plus(ShareLib.transferDelta(amount, credited));
            _same(received, _holder(shares + amount, debt + int256(uint256(amount) * credited)));
        }
    }

    function check_claiming_adds_debt_alone(uint64 shares, int160 debt, uint96 amount, uint64 supply) external pure {
        unchecked {
            HolderWord claimed = _holder(shares, debt).afterClaim(amount, supply);
            _same(claimed, _holder(shares, debt + int256(uint256(amount) * supply)));
        }
    }

    /// @dev What the seller loses of shares and of debt the buyer gains, and it is what was asked for.
    function check_inv_14_transfer_conserves(
        uint64 seller,
        uint64 buyer,
        int160 sellerDebt,
        int160 buyerDebt,
        uint64 amount,
        uint96 credited
    ) external pure {
        unchecked {
            if (amount > seller || uint256(buyer) + amount > type(uint64).max) return;
            TransferDelta delta = ShareLib.transferDelta(amount, credited);
            HolderWord gave = _holder(seller, sellerDebt).minus(delta);
            HolderWord received = _holder(buyer, buyerDebt).plus(delta);
            assert(gave.shares() == seller - amount);
            assert(received.shares() == uint256(buyer) + amount);
            assert(gave.debt() + received.debt() == int256(sellerDebt) + buyerDebt);
        }
    }

    /// @dev On the fields that giving and receiving are proven to leave (above): a seller's entitlement stays, and with it
    /// its claimable, which is a floor of nothing else (see below).
    function check_inv_06_selling_keeps_the_entitlement(
        uint64 shares,
        int160 debt,
        uint64 amount,
        uint96 credited
    ) external pure {
        unchecked {
            if (amount > shares) return;
            int256 sold = debt - int256(uint256(amount) * credited);
            assert(_entitled(shares - amount, sold, credited) == _entitled(shares, debt, credited));
        }
    }

    function check_inv_06_buying_keeps_the_entitlement(
        uint64 shares,
        int160 debt,
        uint64 amount,
        uint96 credited
    ) external pure {
        unchecked {
            uint256 bought = uint256(shares) + amount;
            if (bought > type(uint64).max) return;
            int256 owed = debt + int256(uint256(amount) * credited);
            assert(_entitled(bought, owed, credited) == _entitled(shares, debt, credited));
        }
    }

    function check_inv_04_claimable_is_the_floor(
        uint64 shares,
        int160 debt,
        uint96 credited,
        uint64 supply
    ) external pure {
        unchecked {
            int256 entitled = _entitled(shares, debt, credited);
            if (supply == 0 || entitled < 0) return;
            uint256 amount = _holder(shares, debt).claimableDown(credited, supply);
            assert(amount == uint256(entitled) / supply);
        }
    }

    /// @dev What stays behind of an entitlement is less than a base unit, and not claimable.
    function check_inv_04_carry_is_under_a_unit(uint160 entitled, uint64 supply) external pure {
        unchecked {
            if (supply == 0) return;
            uint256 carry = entitled - (entitled / supply) * uint256(supply);
            assert(carry < supply);
            assert(_holder(0, -int160(int256(carry))).claimableDown(0, supply) == 0);
        }
    }

    /// @dev Entitlements are floors times the supply and rests below it (above, "carry"). Together they are the floors'
    /// sum times the supply and more, whose floor is no less ({FloorsCheck}): claims never exceed what was credited.
    function check_inv_04_claims_of_two_fit_in_the_sum(
        uint96 first,
        uint96 second,
        uint64 firstRest,
        uint64 secondRest,
        uint64 supply
    ) external pure {
        unchecked {
            uint256 both = (uint256(first) * supply + firstRest) + (uint256(second) * supply + secondRest);
            assert(both == (uint256(first) + second) * supply + (uint256(firstRest) + secondRest));
        }
    }

    function _entitled(uint256 shares, int256 debt, uint256 credited) private pure returns (int256) {
        unchecked {
            return int256(shares * credited) - debt;
        }
    }

    function _holder(uint64 shares, int256 debt) private pure returns (HolderWord) {
        return HolderWord.wrap((uint256(debt) << 64) | shares);
    }

    function _delta(uint256 amount, uint256 credited) private pure returns (uint256) {
        return TransferDelta.unwrap(ShareLib.transferDelta(amount, credited));
    }

    function _same(HolderWord a, HolderWord b) private pure {
        assert(HolderWord.unwrap(a) == HolderWord.unwrap(b));
    }
}
