// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TermsLib} from "../../contracts/libraries/TermsLib.sol";
import {
    AccrualTerms,
    PROMOTES,
    PackedTest,
    Rung,
    RungKind,
    SCHEDULE,
    TARGET_OC,
    Terms,
    TermsRow
} from "../../contracts/types/Types.sol";

/// @title TermsHarness
/// @notice Everything that TermsLib reads of the terms in its own code, a field for each getter, by the getter's name.
contract TermsHarness {
    using TermsLib for AccrualTerms;
    using TermsLib for PackedTest;
    using TermsLib for Rung;
    using TermsLib for Terms;

    struct HeaderRead {
        uint256 format;
        address asset;
        address reports;
        address policy;
        uint256 closingAt;
        uint256 periods;
        uint256 trancheCount;
        uint256 feeCount;
        uint256 reserveCount;
        uint256 testCount;
        uint256 fieldCount;
        uint256[4] counts;
        uint256 enforceOn;
        uint256 flags;
        bool isNarrow;
        uint256 decimals;
        uint256 graceDays;
        uint256 principalRungs;
        uint256 principalField;
        uint256 rowLength;
        uint8 shareDecimals;
        address transferPolicy;
        bool transferNarrow;
    }

    struct TrancheRead {
        uint256 supply;
        uint256 headSupply;
        uint256 face;
        uint256[2] dayFraction;
        uint256 principalKind;
        uint256 principalKindOfAccrual;
        uint256 arrearsRule;
        uint256 spread;
        uint256 coupon;
        bool hasOneCoupon;
        uint256[2] pik;
        uint256 onlyCoupon;
        uint256[2][] couponStep;
        uint256 scheduled;
        uint256[2] ocTarget;
        string id;
        string symbol;
    }

    struct FloatingRead {
        uint256 floatingTranche;
        uint256 floatingIndex;
        uint256[4] floatingRates;
        bool inArrears;
        uint256 stale;
        uint256 couponSet;
        uint256 stepStays;
    }

    struct FeeRead {
        uint256 feeBase;
        uint256 feeAmountOrRate;
        uint256 feeTranche;
        uint256 feeListed;
        uint256 feeCap;
        bool feeIsCapped;
        bool feeCarries;
        bool feeIsOpex;
        uint256[2] feePeriods;
        bool feeFallsDue;
        address feePayee;
    }

    struct ReserveRead {
        uint256 reserveOpening;
        uint256 reserveTarget;
        bool moves;
        uint256 ahead;
        uint256 months;
        uint256 ofMonths;
        bool isListed;
        uint256 listed;
        uint256 reserveFill;
        uint256[10] reserveSupports;
        uint256[5] reserveSupported;
    }

    struct TestRead {
        uint256 tranche;
        uint256 threshold;
        uint256 cure;
        uint256 reportField;
        uint256 over;
        bool failsAbove;
        uint256 metric;
        uint256 measured;
        uint256 packedThreshold;
        uint256 packedCure;
        uint256 testInitial;
        uint256[5] testSupported;
    }

    struct FieldRead {
        uint256 fieldUnit;
        string id;
    }

    struct RungRead {
        uint256 kind;
        uint256 target;
        uint256 others;
        bool isPlain;
        uint256 fraction;
        uint256 testOf;
    }

    /// @dev Of a deal with a clean-up call.
    function call_() external view returns (address callPayee, uint256 callBelow) {
        Terms terms = TermsLib.load();
        return (terms.callPayee(), terms.callBelow());
    }

    struct PromoteRead {
        uint256[3] promote;
        uint256 promoteHurdles;
        uint256[2] promoteDays;
        uint256[3][] tier;
    }

    /// @dev Of a deal that has one.
    function promote(uint256 period) external view returns (PromoteRead memory found) {
        Terms terms = TermsLib.load();
        (found.promote[0], found.promote[1], found.promote[2]) = terms.promote();
        found.promoteHurdles = terms.promoteHurdles();
        (found.promoteDays[0], found.promoteDays[1]) = terms.promoteDays(terms.rowAt(period));
        found.tier = new uint256[3][](found.promote[2]);
        for (uint256 i; i < found.tier.length; ++i) {
            (found.tier[i][0], found.tier[i][1], found.tier[i][2]) = terms.tier(i);
        }
    }

    function header() external view returns (HeaderRead memory found) {
        Terms terms = TermsLib.load();
        (found.format, found.asset, found.reports) = (terms.format(), terms.asset(), terms.reports());
        found.closingAt = terms.closingAt();
        (found.policy, found.periods, found.trancheCount) = (terms.policy(), terms.periods(), terms.trancheCount());
        (found.feeCount, found.reserveCount, found.testCount) = (
            terms.feeCount(),
            terms.reserveCount(),
            terms.testCount()
        );
        found.fieldCount = terms.fieldCount();
        (found.counts[0], found.counts[1], found.counts[2], found.counts[3]) = terms.counts();
        (found.enforceOn, found.flags, found.isNarrow) = (terms.enforceOn(), terms.flags(), terms.isNarrow());
        (found.decimals, found.graceDays, found.rowLength) = (terms.decimals(), terms.graceDays(), terms.rowLength());
        (found.principalRungs, found.principalField) = (terms.principalRungs(), terms.principalField());
        found.shareDecimals = terms.shareDecimals();
        (found.transferPolicy, found.transferNarrow) = TermsLib.loadForTransfer();
    }

    function name() external view returns (string memory) {
        return TermsLib.load().text(0);
    }

    function field(uint256 index) external view returns (FieldRead memory found) {
        Terms terms = TermsLib.load();
        (found.fieldUnit, found.id) = (terms.fieldUnit(index), terms.text(1 + 2 * terms.trancheCount() + index));
    }

    function graceEndsAt(uint256 period) external view returns (uint256) {
        Terms terms = TermsLib.load();
        return terms.graceEndsAt(terms.rowAt(period));
    }

    function paymentAt(uint256 period) external view returns (uint256) {
        Terms terms = TermsLib.load();
        return terms.paymentAt(terms.rowAt(period));
    }

    function accrualAt(uint256 period) external view returns (uint256) {
        Terms terms = TermsLib.load();
        return terms.accrualAt(terms.rowAt(period));
    }

    /// @dev What a settlement never reads is left out: days and coupon of equity, an amount of a tranche without schedule.
    function tranche(uint256 index, uint256 period) external view returns (TrancheRead memory found) {
        Terms terms = TermsLib.load();
        uint256 at = TermsLib.trancheAt(index);
        TermsRow row = terms.rowAt(period);
        found.supply = terms.supply(index);
        found.headSupply = TermsLib.loadHead(index + 1).supply(index);
        found.face = terms.face(at);
        (found.id, found.symbol) = (terms.text(1 + 2 * index), terms.text(2 + 2 * index));
        (found.principalKind, found.arrearsRule) = (terms.principalKind(at), terms.arrearsRule(at));
        found.spread = terms.spread(at);
        AccrualTerms packed = terms.accrualTerms(at);
        found.principalKindOfAccrual = packed.principalKind();
        found.hasOneCoupon = packed.hasOneCoupon();
        (found.pik[0], found.pik[1]) = packed.pik();
        found.couponStep = new uint256[2][](packed.couponSteps());
        for (uint256 i; i < found.couponStep.length; ++i) {
            (found.couponStep[i][0], found.couponStep[i][1]) = terms.couponStep(packed, i);
        }
        if (index + (terms.flags() & PROMOTES == 0 ? 1 : 2) >= terms.trancheCount()) return found;
        (found.dayFraction[0], found.dayFraction[1]) = terms.dayFraction(packed, row);
        found.coupon = terms.coupon(packed, period);
        found.onlyCoupon = terms.onlyCoupon(packed);
        if (found.principalKind == SCHEDULE) found.scheduled = terms.scheduled(packed, row);
        if (found.principalKind == TARGET_OC) (found.ocTarget[0], found.ocTarget[1]) = terms.ocTarget(at);
    }

    /// @dev With the coupon, and the period it begins in, after another was put in its place.
    function floating(uint256 rate) external view returns (FloatingRead[] memory found) {
        Terms terms = TermsLib.load();
        found = new FloatingRead[](terms.floatingCount());
        for (uint256 i; i < found.length; ++i) {
            FloatingRead memory each = found[i];
            uint256 at = terms.floatingAt(i);
            (each.floatingTranche, each.floatingIndex) = (terms.floatingTranche(at), terms.floatingIndex(at));
            uint256[4] memory rates = each.floatingRates;
            (rates[0], rates[1], rates[2], rates[3]) = terms.floatingRates(at);
            (each.inArrears, each.stale) = terms.floatingReset(at);
            terms.setOnlyCoupon(each.floatingTranche, rate);
            AccrualTerms packed = terms.accrualTerms(TermsLib.trancheAt(each.floatingTranche));
            (each.stepStays, each.couponSet) = terms.couponStep(packed, 0);
        }
    }

    function fee(uint256 index, uint256 period) external view returns (FeeRead memory found) {
        Terms terms = TermsLib.load();
        uint256 at = terms.feeAt(index);
        (found.feeBase, found.feeAmountOrRate) = (terms.feeBase(at), terms.feeAmountOrRate(at));
        (found.feeTranche, found.feeCap) = (terms.feeTranche(at), terms.feeCap(at));
        found.feeListed = terms.feeListed(at, terms.rowAt(period));
        found.feeIsCapped = terms.feeIsCapped(at);
        (found.feePeriods[0], found.feePeriods[1]) = terms.feePeriods(at);
        (found.feeCarries, found.feeIsOpex) = (terms.feeCarries(at), terms.feeIsOpex(at));
        (found.feeFallsDue, found.feePayee) = (terms.feeFallsDue(at, period), terms.feePayee(at));
    }

    /// @dev `reserveSupports` as bitmaps, one for each rung kind.
    function reserve(uint256 index, uint256 period) external view returns (ReserveRead memory found) {
        Terms terms = TermsLib.load();
        uint256 at = terms.reserveAt(index);
        (found.reserveOpening, found.reserveTarget) = (terms.reserveOpening(at), terms.reserveTarget(at));
        TermsRow row = terms.rowAt(period);
        (found.moves, found.ahead) = terms.reserveAhead(at, row);
        (found.months, found.ofMonths) = terms.reservePart(at, row);
        (found.isListed, found.listed) = terms.reserveListed(at, row);
        found.reserveFill = terms.reserveFill(at);
        for (uint256 kind; kind < 10; ++kind) {
            if (kind < 5) found.reserveSupported[kind] = terms.reserveSupported(at, RungKind.wrap(kind));
            for (uint256 target; target < 16; ++target) {
                bool supported = terms.reserveSupports(at, RungKind.wrap(kind), target);
                if (supported) found.reserveSupports[kind] |= 1 << target;
            }
        }
    }

    function test(uint256 index) external view returns (TestRead memory found) {
        Terms terms = TermsLib.load();
        (found.tranche, found.threshold, found.cure) = terms.test(index);
        PackedTest packed = terms.packedTest(index);
        (found.reportField, found.over, found.failsAbove) = (packed.reportField(), packed.over(), packed.failsAbove());
        (found.metric, found.measured) = (packed.metric(), packed.measured());
        (found.packedThreshold, found.packedCure) = (packed.threshold(), packed.cure());
        found.testInitial = terms.testInitial(index);
        for (uint256 kind; kind < 5; ++kind)
            found.testSupported[kind] = terms.testSupported(index, RungKind.wrap(kind));
    }

    function ladder(bool enforced) external view returns (RungRead[] memory found) {
        Terms terms = TermsLib.load();
        (uint256 at, uint256 rungs) = terms.ladder(enforced);
        found = new RungRead[](rungs);
        for (uint256 i; i < rungs; ++i) {
            Rung rung = terms.rungAt(at + i * TermsLib.RUNG_LENGTH);
            (found[i].kind, found[i].target) = (RungKind.unwrap(rung.kind()), rung.target());
            (found[i].others, found[i].fraction) = (rung.others(), rung.fraction());
            found[i].isPlain = rung.isPlain();
            found[i].testOf = rung.testOf();
        }
    }
}
