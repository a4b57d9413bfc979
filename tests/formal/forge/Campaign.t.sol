// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Handler} from "./Handler.sol";
import {MockUSD} from "../../../contracts/mocks/assets/MockUSD.sol";
import {IDeal} from "../../../contracts/interfaces/IDeal.sol";
import {IDealExtension} from "../../../contracts/interfaces/IDealExtension.sol";

/// @title Campaign
/// @notice What holds of the deal of deal.toml after every step of any order of everything {Handler} does. No model helps.
contract Campaign {
    Handler private _handler;
    IDeal private _deal;
    MockUSD private _asset;

    function setUp() external {
        _handler = new Handler();
        (_deal, _asset) = (_handler.deal(), _handler.asset());
    }

    /// @notice What forge calls.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @notice Every unit that came in is held or was taken by its holder or payee.
    function invariant_01_10_cash_in_is_cash_out_and_held() external view {
        uint256 total = _asset.balanceOf(address(_deal));
        uint256 claimed;
        for (uint256 i; i < _handler.HOLDERS(); ++i) total += _takenBy(_handler.holder(i));
        claimed = total - _asset.balanceOf(address(_deal));
        for (uint256 i; i < 2; ++i) total += _takenBy(_handler.payee(i));
        assert(total == _asset.totalSupply());
        uint256[] memory logged = _deal.state().claimed;
        for (uint256 i; i < logged.length; ++i) claimed -= logged[i];
        assert(claimed == 0);
    }

    function invariant_01_the_ledger_is_covered() external view {
        IDealExtension.State memory state = _deal.state();
        assert(_asset.balanceOf(address(_deal)) >= state.accounted);
        uint256 held = state.reserves[0] + state.traps[0] + state.feeClaimable[0] + state.feeClaimable[1];
        for (uint256 i; i < state.credited.length; ++i) held += state.credited[i];
        for (uint256 i; i < state.claimed.length; ++i) held -= state.claimed[i];
        assert(held == state.accounted);
    }

    function invariant_04_credits_are_accounted_for() external view {
        IDealExtension.State memory state = _deal.state();
        uint256 claimed;
        for (uint256 i; i < state.credited.length; ++i) {
            uint256 known = _handler.claimedOf(i);
            claimed += known;
            for (uint256 j; j < _handler.HOLDERS(); ++j) known += _deal.claimable(i, _handler.holder(j));
            assert(known <= state.credited[i] && state.credited[i] - known < _handler.HOLDERS());
        }
        // The deal is narrow: one number for all tranches
        assert(state.claimed.length == 1 && state.claimed[0] == claimed);
    }

    function invariant_10_terms_never_change() external view {
        assert(keccak256(_deal.terms()) == _handler.termsHash());
    }

    function invariant_13_periods_only_settlements_count() external view {
        assert(_deal.state().period == _handler.reached());
        assert((_deal.nextPaymentAt() == 0) == (_deal.state().period == _handler.PERIODS()));
    }

    function invariant_14_supply_is_fixed() external view {
        for (uint256 i; i < _handler.TRANCHES(); ++i) {
            uint256 shares;
            for (uint256 j; j < _handler.HOLDERS(); ++j) shares += _deal.holderOf(i, _handler.holder(j)).shares;
            assert(shares == _handler.supplies(i) && shares == _deal.supplyOf(i));
        }
    }

    /// @dev What an account has of the asset is what it took itself.
    function _takenBy(address account) private view returns (uint256 amount) {
        amount = _asset.balanceOf(account);
        assert(amount == _handler.took(account));
    }
}
