// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TERMS} from "./Terms.sol";
import {VM} from "./Vm.sol";
import {DealFactory} from "../../../contracts/DealFactory.sol";
import {DealTrial} from "../../../contracts/DealTrial.sol";
import {SingleReporter} from "../../../contracts/reports/SingleReporter.sol";
import {TrancheShareLogic} from "../../../contracts/TrancheShareLogic.sol";
import {IDeal} from "../../../contracts/interfaces/IDeal.sol";
import {IDealCore} from "../../../contracts/interfaces/IDealCore.sol";
import {IDealExtension} from "../../../contracts/interfaces/IDealExtension.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {MockUSD} from "../../../contracts/mocks/assets/MockUSD.sol";
import {TermsField, TermsLayout} from "../../../contracts/types/TermsLayout.sol";
import {Allotment} from "../../../contracts/types/Types.sol";

/// @title Handler
/// @notice Everything people may do to one deal, and what they may not. What only a single step shows is asserted here,
/// what always holds in Campaign.t.sol. A revert that was not expected breaks the campaign.
contract Handler {
    uint256 public constant TRANCHES = 4;
    uint256 public constant HOLDERS = 4;
    uint256 public constant PERIODS = 6;
    uint256 private constant CLOSING = 1_767_225_600;
    uint256 private constant CAPITALISES = 2;
    address private constant STRANGER = address(0xbad);

    IDeal public immutable deal;
    MockUSD public immutable asset;
    SingleReporter public immutable reporter;
    bytes32 public immutable termsHash;

    /// @dev By address: what holders and payees took by calls of their own.
    mapping(address taker => uint256) public took;
    /// @dev By tranche: what holders claimed, as the deal's logs say.
    mapping(uint256 tranche => uint256) public claimedOf;
    uint256 public reached;
    uint256[4] public supplies;

    constructor() {
        VM.warp(CLOSING);
        asset = new MockUSD(6);
        reporter = new SingleReporter(address(this));
        DealFactory factory = new DealFactory(new TrancheShareLogic(), new DealTrial());
        bytes memory terms = TERMS;
        _put(terms, TermsLayout.HEADER_ASSET, address(asset));
        _put(terms, TermsLayout.HEADER_REPORTS, address(reporter));
        termsHash = keccak256(terms);
        supplies = [uint256(600e6), 7e6, 13e6, 1000e6];
        Allotment[] memory allotments = new Allotment[](TRANCHES * 2);
        for (uint8 i; i < TRANCHES; ++i) {
            uint64 third = uint64(supplies[i] / 3);
            allotments[2 * i] = Allotment(i, holder(0), third);
            allotments[2 * i + 1] = Allotment(i, holder(1), uint64(supplies[i]) - third);
        }
        asset.mint(address(this), 4000e6);
        asset.approve(address(factory), 4000e6);
        deal = IDeal(factory.launch(terms, allotments, 0));
    }

    /// @dev Fills in an address that is zero in TERMS.
    function _put(bytes memory terms, TermsField field, address value) private pure {
        uint256 at = uint8(TermsField.unwrap(field) >> 8);
        assembly ("memory-safe") {
            let ends := add(add(terms, 20), at)
            mstore(ends, or(mload(ends), value))
        }
    }

    function holder(uint256 index) public pure returns (address) {
        return address(uint160(0x1000 + (index % HOLDERS)));
    }

    function payee(uint256 fee) public pure returns (address) {
        return address(uint160(0xfe0 + (fee % 2)));
    }

    /// @notice Revenue comes in: nothing else ever makes a unit of the asset.
    function pay(uint256 amount) external {
        asset.mint(address(deal), amount % 60_000e6);
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + (time % 200 days));
    }

    function report(uint96 loss, uint96 assetValue) external {
        uint96[] memory values = new uint96[](2);
        (values[0], values[1]) = (loss % 5000e6, assetValue % 200_000e6);
        uint256 period = deal.state().period + 1;
        try reporter.report(address(deal), period, 3, values) {} catch {
            (uint256 reported, ) = reporter.reportOf(address(deal), period);
            assert(reported != 0);
        }
    }

    /// @notice Settles whatever is due, or makes sure that nothing can be.
    function settle(uint256 count, address caller) external {
        IDealExtension.State memory before = deal.state();
        uint256 paymentAt = deal.nextPaymentAt();
        uint256 balance = asset.balanceOf(address(deal));
        bool possible = paymentAt > 0 ? block.timestamp >= paymentAt : balance > before.accounted;
        count = 1 + (count % 3);
        VM.prank(caller);
        try deal.settle(count) {
            assert(possible);
            _settled(before, balance, count);
        } catch {
            assert(!possible);
        }
    }

    function payAndSettle(uint96 amount) external {
        uint256 paymentAt = deal.nextPaymentAt();
        if (paymentAt == 0 || block.timestamp < paymentAt) return;
        IDealExtension.State memory before = deal.state();
        asset.mint(address(this), amount % 60_000e6);
        asset.approve(address(deal), amount % 60_000e6);
        deal.payAndSettle(amount % 60_000e6, 1);
        _settled(before, asset.balanceOf(address(deal)), 1);
    }

    /// @notice Time passes, revenue comes and the period is settled: what makes a deal go on.
    function live(uint96 amount) external {
        uint256 paymentAt = deal.nextPaymentAt();
        if (paymentAt > block.timestamp) VM.warp(paymentAt);
        asset.mint(address(deal), 1 + (amount % 40_000e6));
        IDealExtension.State memory before = deal.state();
        deal.settle(1);
        _settled(before, asset.balanceOf(address(deal)), 1);
    }

    function claim(uint256 tranche, uint256 who) external {
        tranche %= TRANCHES;
        address claimer = holder(who);
        uint256 due = deal.claimable(tranche, claimer);
        VM.prank(claimer);
        try deal.claim(tranche) returns (uint256 amount) {
            assert(amount == due && due > 0);
            assert(deal.claimable(tranche, claimer) == 0);
            took[claimer] += amount;
            claimedOf[tranche] += amount;
        } catch {
            assert(due == 0);
        }
    }

    function claimFee(uint256 fee) external {
        fee %= 2;
        uint256 due = deal.state().feeClaimable[fee];
        VM.prank(payee(fee));
        try deal.claimFee(fee) returns (uint256 amount) {
            assert(amount == due && due > 0);
            took[payee(fee)] += amount;
        } catch {
            assert(due == 0);
        }
    }

    function transfer(uint256 tranche, uint256 from, uint256 to, uint64 amount) external {
        tranche %= TRANCHES;
        (address seller, address buyer) = (holder(from), holder(to));
        uint64 held = deal.holderOf(tranche, seller).shares;
        amount = amount % 4 == 0 ? held : uint64(amount % (uint256(held) + 1));
        (uint256 ofSeller, uint256 ofBuyer) = (deal.claimable(tranche, seller), deal.claimable(tranche, buyer));
        IERC20 share = IERC20(deal.shareOf(tranche));
        VM.prank(seller);
        assert(share.transfer(buyer, amount));
        assert(deal.claimable(tranche, seller) == ofSeller && deal.claimable(tranche, buyer) == ofBuyer);
    }

    /// @notice What nobody may do.
    function overreach(uint256 tranche, uint256 from, uint64 amount) external {
        tranche %= TRANCHES;
        address victim = holder(from);
        uint256 held = deal.holderOf(tranche, victim).shares;
        VM.prank(STRANGER);
        _refused(abi.encodeCall(IDealCore.claim, (tranche)));
        VM.prank(STRANGER);
        _refused(abi.encodeCall(IDealExtension.claimFee, (tranche % 2)));
        VM.prank(STRANGER);
        _refused(abi.encodeCall(IDealCore.moveShares, (tranche, victim, STRANGER, amount)));
        VM.prank(STRANGER);
        _refused(abi.encodeCall(IDealExtension.close, (new Allotment[](0))));
        IERC20 share = IERC20(deal.shareOf(tranche));
        VM.prank(victim);
        try share.transfer(STRANGER, held + 1 + amount) {
            assert(false);
        } catch {}
        if (amount == 0) return;
        VM.prank(STRANGER);
        try share.transferFrom(victim, STRANGER, amount) {
            assert(false);
        } catch {}
    }

    function _refused(bytes memory call) private {
        (bool done, ) = address(deal).call(call);
        assert(!done);
    }

    /// @dev What holds between the state before and after a settlement.
    function _settled(IDealExtension.State memory before, uint256 balance, uint256 count) private {
        IDealExtension.State memory now_ = deal.state();
        assert(now_.accounted == balance && asset.balanceOf(address(deal)) == balance);
        assert(now_.period >= before.period && now_.period <= before.period + count && now_.period <= PERIODS);
        if (before.period < PERIODS) assert(now_.period > before.period);
        for (uint256 i; i < TRANCHES; ++i) {
            assert(now_.credited[i] >= before.credited[i]);
            if (i != CAPITALISES) assert(now_.balances[i] <= before.balances[i]);
            assert(now_.principalArrears[i] <= now_.balances[i]);
        }
        for (uint256 i; i < now_.claimed.length; ++i) assert(now_.claimed[i] == before.claimed[i]);
        // A year's interest on what is left is more than a half-year's
        uint256 risen = before.balances[CAPITALISES] + (before.balances[CAPITALISES] * count) / 10;
        assert(now_.balances[CAPITALISES] <= risen && now_.interestArrears[CAPITALISES] == 0);
        if (now_.period == PERIODS) assert(now_.reserves[0] == 0 && now_.traps[0] == 0);
        if (now_.passesNeeded > 0 && now_.period < PERIODS && count == 1) {
            assert(now_.credited[3] == before.credited[3]);
        }
        reached = now_.period;
    }
}
