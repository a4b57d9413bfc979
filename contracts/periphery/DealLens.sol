// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDeal} from "../interfaces/IDeal.sol";
import {IDealLens} from "../interfaces/IDealLens.sol";
import {AmountLib} from "../libraries/AmountLib.sol";
import {CallLib} from "../libraries/CallLib.sol";
import {CoverageLib} from "../libraries/CoverageLib.sol";
import {SettlementLogLib} from "../libraries/SettlementLogLib.sol";
import {TermsLib} from "../libraries/TermsLib.sol";
import {
    ALL,
    AccrualTerms,
    CALLABLE,
    COUNTER_BITS,
    DELAYS,
    DIVERT,
    FEE,
    FIXED,
    HolderSlot,
    INTEREST,
    LISTED,
    MAX_AMOUNT,
    MAX_NARROW_AMOUNT,
    NONE as PACKED_NONE,
    OF_REPORT,
    PASSING,
    PRINCIPAL,
    PROMOTES,
    PackedTest,
    READS_REPORTS,
    RESERVE_LEVEL,
    Rung as PackedRung,
    RungKind,
    SCHEDULE,
    STANDARD_FIELDS,
    SWEEP,
    TARGET_OC,
    TRAP,
    Terms,
    TermsRow,
    WRITES_DOWN
} from "../types/Types.sol";

/// @title DealLens
/// @notice See {IDealLens}.
contract DealLens is IDealLens {
    using TermsLib for AccrualTerms;
    using TermsLib for PackedRung;
    using TermsLib for PackedTest;
    using TermsLib for Terms;

    /// @inheritdoc IDealLens
    uint256 public constant NONE = type(uint256).max;

    // Terms

    /// @inheritdoc IDealLens
    function termsOf(address deal) external view returns (DealTerms memory decoded) {
        Terms terms = _termsOf(deal);
        decoded.name = terms.text(0);
        decoded.asset = terms.asset();
        decoded.assetDecimals = terms.decimals();
        decoded.shareDecimals = terms.shareDecimals();
        decoded.policy = terms.policy();
        decoded.reports = terms.reports();
        decoded.closingAt = terms.closingAt();
        decoded.periods = terms.periods();
        decoded.readsReports = terms.flags() & READS_REPORTS != 0;
        decoded.writesDown = terms.flags() & WRITES_DOWN != 0;
        decoded.hasDelay = terms.flags() & DELAYS != 0;
        decoded.graceDays = terms.graceDays();
        decoded.maxAmount = terms.isNarrow() ? MAX_NARROW_AMOUNT : MAX_AMOUNT;
        decoded.tranches = new TrancheTerms[](terms.trancheCount());
        for (uint256 i; i < decoded.tranches.length; ++i) decoded.tranches[i] = _tranche(IDeal(deal), terms, i);
        decoded.fees = new FeeTerms[](terms.feeCount());
        for (uint256 i; i < decoded.fees.length; ++i) decoded.fees[i] = _fee(terms, terms.feeAt(i));
        decoded.reserves = new ReserveTerms[](terms.reserveCount());
        for (uint256 i; i < decoded.reserves.length; ++i) decoded.reserves[i] = _reserve(terms, terms.reserveAt(i));
        decoded.tests = new TestTerms[](terms.testCount());
        for (uint256 i; i < decoded.tests.length; ++i) decoded.tests[i] = _test(terms, i);
        decoded.fields = new FieldTerms[](terms.fieldCount());
        for (uint256 i; i < decoded.fields.length; ++i) {
            decoded.fields[i] = FieldTerms(terms.text(1 + 2 * decoded.tranches.length + i), terms.fieldUnit(i));
        }
        decoded.principalField = terms.principalRungs() == 0 ? NONE : terms.principalField();
        if (terms.flags() & CALLABLE != 0) decoded.call = CallTerms(true, terms.callPayee(), terms.callBelow());
        decoded.normal = _ladder(terms, false);
        decoded.enforcement = _ladder(terms, true);
        if (terms.flags() & PROMOTES != 0) decoded.promote = _promote(terms);
    }

    /// @inheritdoc IDealLens
    function periodsOf(address deal, uint256 first, uint256 count) external view returns (Period[] memory decoded) {
        Terms terms = _termsOf(deal);
        uint256 periods = terms.periods();
        if (first == 0 || first > periods) revert DealLens_NoPeriod(first, periods);
        if (count > periods - first + 1) count = periods - first + 1;
        decoded = new Period[](count);
        for (uint256 i; i < count; ++i) decoded[i] = _period(terms, terms.rowAt(first + i));
    }

    function _termsOf(address deal) private view returns (Terms) {
        return TermsLib.wrap(IDeal(deal).terms());
    }

    function _tranche(IDeal deal, Terms terms, uint256 index) private view returns (TrancheTerms memory decoded) {
        uint256 at = TermsLib.trancheAt(index);
        AccrualTerms accrual = terms.accrualTerms(at);
        decoded.id = terms.text(1 + 2 * index);
        decoded.symbol = terms.text(2 + 2 * index);
        decoded.share = deal.shareOf(index);
        decoded.supply = terms.supply(index);
        decoded.face = terms.face(at);
        decoded.coupons = new CouponStep[](accrual.couponSteps());
        for (uint256 i; i < decoded.coupons.length; ++i) {
            (uint256 fromPeriod, uint256 coupon) = terms.couponStep(accrual, i);
            decoded.coupons[i] = CouponStep(fromPeriod, coupon);
        }
        decoded.isEquity = index >= _lenders(terms);
        decoded.floating = _floating(terms, index);
        decoded.principalKind = accrual.principalKind();
        if (decoded.principalKind == TARGET_OC) (decoded.ocRatio, decoded.ocAmount) = terms.ocTarget(at);
        decoded.arrearsRule = terms.arrearsRule(at);
        decoded.arrearsSpread = terms.spread(at);
        (decoded.pik, decoded.pikLastPeriod) = accrual.pik();
    }

    function _floating(Terms terms, uint256 tranche) private pure returns (FloatingCoupon memory decoded) {
        uint256 count = terms.floatingCount();
        for (uint256 i; i < count; ++i) {
            uint256 at = terms.floatingAt(i);
            if (terms.floatingTranche(at) != tranche) continue;
            decoded.follows = true;
            decoded.field = terms.floatingIndex(at);
            (decoded.margin, decoded.floor, decoded.cap, decoded.initial) = terms.floatingRates(at);
            (decoded.inArrears, decoded.stale) = terms.floatingReset(at);
        }
    }

    function _lenders(Terms terms) private pure returns (uint256) {
        return terms.trancheCount() - (terms.flags() & PROMOTES == 0 ? 1 : 2);
    }

    function _promote(Terms terms) private pure returns (PromoteTerms memory decoded) {
        uint256 tiers;
        (decoded.capital, decoded.coInvest, tiers) = terms.promote();
        decoded.tiers = new TierTerms[](tiers);
        for (uint256 i; i < tiers; ++i) {
            (uint256 kind, uint256 rate, uint256 capitalPart) = terms.tier(i);
            decoded.tiers[i] = TierTerms(kind, rate, capitalPart);
        }
    }

    function _fee(Terms terms, uint256 at) private pure returns (FeeTerms memory decoded) {
        decoded.payee = terms.feePayee(at);
        decoded.base = terms.feeBase(at);
        if (decoded.base == FIXED) decoded.amount = terms.feeAmountOrRate(at);
        else decoded.rate = terms.feeAmountOrRate(at);
        uint256 index = terms.feeTranche(at);
        if (decoded.base == OF_REPORT) decoded.field = index;
        else decoded.tranche = index;
        decoded.isCapped = terms.feeIsCapped(at);
        if (decoded.isCapped) decoded.cap = terms.feeCap(at);
        decoded.carries = terms.feeCarries(at);
        decoded.isOpex = terms.feeIsOpex(at);
        (decoded.fromPeriod, decoded.untilPeriod) = terms.feePeriods(at);
    }

    function _reserve(Terms terms, uint256 at) private pure returns (ReserveTerms memory decoded) {
        decoded.opening = terms.reserveOpening(at);
        decoded.target = terms.reserveTarget(at);
        (decoded.looksAhead, ) = terms.reserveAhead(at, terms.rowAt(1));
        decoded.isLimited = terms.reserveFill(at) <= MAX_AMOUNT;
        if (decoded.isLimited) decoded.fill = terms.reserveFill(at);
        decoded.interestOf = _supported(terms, at, INTEREST, terms.trancheCount());
        decoded.principalOf = _supported(terms, at, PRINCIPAL, terms.trancheCount());
        decoded.allOf = _supported(terms, at, ALL, terms.trancheCount());
        decoded.sweepOf = _supported(terms, at, SWEEP, terms.trancheCount());
        decoded.fees = _supported(terms, at, FEE, terms.feeCount());
    }

    function _supported(
        Terms terms,
        uint256 reserve,
        RungKind kind,
        uint256 targets
    ) private pure returns (uint256 bitmap) {
        for (uint256 i; i < targets; ++i) {
            if (terms.reserveSupports(reserve, kind, i)) bitmap |= 1 << i;
        }
    }

    function _test(Terms terms, uint256 index) private pure returns (TestTerms memory decoded) {
        PackedTest packed = terms.packedTest(index);
        (decoded.metric, decoded.threshold, decoded.cure) = (packed.metric(), packed.threshold(), packed.cure());
        (decoded.isAbove, decoded.over, decoded.field) = (packed.failsAbove(), packed.over(), packed.reportField());
        if (decoded.metric == RESERVE_LEVEL) decoded.reserve = packed.measured();
        else decoded.tranche = packed.measured();
        decoded.initial = terms.testInitial(index);
        decoded.enforces = (terms.enforceOn() >> index) & 1 != 0;
        decoded.interestOf = terms.testSupported(index, INTEREST);
        decoded.principalOf = terms.testSupported(index, PRINCIPAL);
        decoded.allOf = terms.testSupported(index, ALL);
        decoded.sweepOf = terms.testSupported(index, SWEEP);
        decoded.fees = terms.testSupported(index, FEE);
    }

    function _ladder(Terms terms, bool enforced) private pure returns (Rung[] memory decoded) {
        (uint256 at, uint256 rungs) = terms.ladder(enforced);
        decoded = new Rung[](rungs);
        uint256 ofInterest = enforced ? rungs : rungs - terms.principalRungs();
        for (uint256 i; i < rungs; ++i) {
            decoded[i] = _rung(terms.rungAt(at + i * TermsLib.RUNG_LENGTH));
            decoded[i].ofPrincipal = i >= ofInterest;
        }
    }

    function _rung(PackedRung packed) private pure returns (Rung memory decoded) {
        decoded.kind = RungKind.unwrap(packed.kind());
        bool hasNone = packed.kind() == TRAP || packed.kind() == DIVERT;
        uint256 targets = hasNone ? 0 : packed.others() | (1 << packed.target());
        decoded.targets = new uint256[](_bits(targets));
        uint256 found;
        for (uint256 i; targets >> i != 0; ++i) {
            if ((targets >> i) & 1 != 0) decoded.targets[found++] = i;
        }
        decoded.fraction = packed.fraction();
        uint256 test = packed.testOf();
        decoded.whilePasses = test != PACKED_NONE && test >= PASSING;
        decoded.test = decoded.whilePasses ? test - PASSING : _orNone(test);
    }

    function _bits(uint256 bitmap) private pure returns (uint256 count) {
        for (; bitmap != 0; bitmap >>= 1) count += bitmap & 1;
    }

    /// @dev The terms have a byte for each index; readers get one word for "none" whatever the width of a field.
    function _orNone(uint256 index) private pure returns (uint256) {
        return index == PACKED_NONE ? NONE : index;
    }

    function _period(Terms terms, TermsRow row) private pure returns (Period memory decoded) {
        uint256 tranches = terms.trancheCount();
        decoded.accrualAt = terms.accrualAt(row);
        decoded.paymentAt = terms.paymentAt(row);
        decoded.yearNumerators = new uint256[](tranches);
        decoded.yearDenominators = new uint256[](tranches);
        decoded.scheduled = new uint256[](tranches);
        uint256 lenders = _lenders(terms);
        for (uint256 i; i < lenders; ++i) {
            AccrualTerms accrual = terms.accrualTerms(TermsLib.trancheAt(i));
            (decoded.yearNumerators[i], decoded.yearDenominators[i]) = terms.dayFraction(accrual, row);
            if (accrual.principalKind() != SCHEDULE) continue;
            decoded.scheduled[i] = terms.scheduled(accrual, row);
        }
        decoded.feeAmounts = new uint256[](terms.feeCount());
        for (uint256 i; i < decoded.feeAmounts.length; ++i) {
            uint256 at = terms.feeAt(i);
            if (terms.feeBase(at) == LISTED) decoded.feeAmounts[i] = terms.feeListed(at, row);
        }
        decoded.reservesAhead = new uint256[](terms.reserveCount());
        decoded.reserveMonths = new uint256[](decoded.reservesAhead.length);
        decoded.reserveOfMonths = new uint256[](decoded.reservesAhead.length);
        decoded.reserveTargets = new uint256[](decoded.reservesAhead.length);
        for (uint256 i; i < decoded.reservesAhead.length; ++i) {
            uint256 at = terms.reserveAt(i);
            (, decoded.reservesAhead[i]) = terms.reserveAhead(at, row);
            (decoded.reserveMonths[i], decoded.reserveOfMonths[i]) = terms.reservePart(at, row);
            (bool isListed, uint256 amount) = terms.reserveListed(at, row);
            if (isListed) decoded.reserveTargets[i] = amount;
        }
        if (terms.flags() & PROMOTES == 0) return decoded;
        (decoded.promoteNumerator, decoded.promoteDenominator) = terms.promoteDays(row);
    }

    // Settlements

    /// @inheritdoc IDealLens
    function settlementOf(
        address deal,
        uint256 period,
        bytes calldata figures
    ) external view returns (Settlement memory decoded) {
        Terms terms = _termsOf(deal);
        if (period == 0 || period > terms.periods() + 1) revert DealLens_NoPeriod(period, terms.periods());
        (uint256 counters, uint256 width) = _head(figures);
        decoded.period = period;
        decoded.isLate = period > terms.periods();
        decoded.passesNeeded = _counters(counters, terms.testCount());
        decoded.enforced = _isEnforced(terms, counters);
        Rung[] memory ladder = _ladder(terms, decoded.enforced);
        decoded.rungs = new RungPayment[](ladder.length);
        decoded.reserves = new uint256[](terms.reserveCount());
        uint256 at = SettlementLogLib.HEAD_WIDTH;
        uint256 expected = at + width * (1 + ladder.length + decoded.reserves.length);
        if (figures.length != expected) revert DealLens_WrongFigures(figures.length, expected);
        decoded.collections = _uint(figures[at:at + width]);
        for (uint256 i; i < ladder.length; ++i) {
            at += width;
            decoded.rungs[i] = RungPayment(ladder[i], _uint(figures[at:at + width]));
        }
        for (uint256 i; i < decoded.reserves.length; ++i) {
            at += width;
            decoded.reserves[i] = _uint(figures[at:at + width]);
        }
    }

    function _head(bytes calldata figures) private pure returns (uint256 counters, uint256 width) {
        uint256 length = SettlementLogLib.HEAD_WIDTH;
        if (figures.length < length) revert DealLens_WrongFigures(figures.length, length);
        width = uint8(figures[length - 1]);
        bool known = width == SettlementLogLib.NARROW_WIDTH || width == SettlementLogLib.WIDE_WIDTH;
        if (!known) revert DealLens_WrongFigures(figures.length, length);
        counters = _uint(figures[:length - 1]);
    }

    function _uint(bytes calldata packed) private pure returns (uint256) {
        return uint256(bytes32(packed)) >> (256 - 8 * packed.length);
    }

    function _counters(uint256 counters, uint256 tests) private pure returns (uint256[] memory needed) {
        needed = new uint256[](tests);
        for (uint256 i; i < tests; ++i) needed[i] = (counters >> (COUNTER_BITS * i)) & ((1 << COUNTER_BITS) - 1);
    }

    function _isEnforced(Terms terms, uint256 counters) private pure returns (bool) {
        for (uint256 i; i < terms.testCount(); ++i) {
            if ((terms.enforceOn() >> i) & 1 != 0 && CoverageLib.failing(counters, i)) return true;
        }
        return false;
    }

    /// @inheritdoc IDealLens
    function reportOf(
        address deal,
        bytes calldata figures
    ) external view returns (uint256 reported, uint256[] memory values) {
        uint256 fields = STANDARD_FIELDS + _termsOf(deal).fieldCount();
        uint256 at = SettlementLogLib.REPORTED_WIDTH;
        uint256 expected = at + SettlementLogLib.WIDE_WIDTH * fields;
        if (figures.length != expected) revert DealLens_WrongFigures(figures.length, expected);
        reported = _uint(figures[:at]);
        values = new uint256[](fields);
        for (uint256 i; i < fields; ++i) {
            values[i] = _uint(figures[at:at + SettlementLogLib.WIDE_WIDTH]);
            at += SettlementLogLib.WIDE_WIDTH;
        }
    }

    // Status

    /// @inheritdoc IDealLens
    function statusOf(address deal) external view returns (DealStatus memory status) {
        Terms terms = _termsOf(deal);
        IDeal.State memory state = IDeal(deal).state();
        status.periodsSettled = state.period;
        status.periods = terms.periods();
        status.nextPaymentAt = IDeal(deal).nextPaymentAt();
        status.enforced = _isEnforced(terms, state.passesNeeded);
        status.cash = IERC20(terms.asset()).balanceOf(deal);
        status.accounted = state.accounted;
        for (uint256 i; i < state.claimed.length; ++i) status.claimed += state.claimed[i];
        // Beyond the cap cash stays out of the ledger
        uint256 cap = terms.isNarrow() ? MAX_NARROW_AMOUNT : MAX_AMOUNT;
        uint256 counted = AmountLib.min(status.cash, cap - status.claimed);
        if (counted > status.accounted) status.newCash = counted - status.accounted;
        else status.missingCash = status.accounted - counted;
        bool isDue = state.period < status.periods ? status.nextPaymentAt <= block.timestamp : status.newCash > 0;
        status.canSettle = isDue && status.missingCash == 0;
        status.tranches = new TrancheStatus[](state.balances.length);
        for (uint256 i; i < status.tranches.length; ++i) {
            status.tranches[i] = TrancheStatus(
                state.balances[i],
                state.interestArrears[i],
                state.principalArrears[i],
                state.credited[i]
            );
        }
        status.fees = new FeeStatus[](state.feeArrears.length);
        for (uint256 i; i < status.fees.length; ++i) {
            status.fees[i] = FeeStatus(state.feeArrears[i], state.feeClaimable[i]);
        }
        status.reserves = state.reserves;
        uint256[] memory needed = _counters(state.passesNeeded, state.traps.length);
        status.tests = new TestStatus[](needed.length);
        for (uint256 i; i < needed.length; ++i) {
            status.tests[i] = TestStatus(needed[i] > 0, needed[i], state.traps[i]);
        }
        if (terms.flags() & CALLABLE != 0) status.call = _call(terms, state);
        status.hurdles = state.hurdles;
        (status.capitalReceived, status.promoteReceived) = (state.capitalReceived, state.promoteReceived);
    }

    function _call(Terms terms, IDeal.State memory state) private pure returns (CallStatus memory) {
        (uint256 outstanding, uint256 most) = CallLib.outstanding(terms, state.repaid);
        return CallStatus(outstanding <= most, outstanding, most, state.announcedPeriod, state.calledPeriod);
    }

    // Holders

    /// @inheritdoc IDealLens
    function holdersOf(
        address deal,
        uint256 tranche,
        address[] calldata accounts
    ) external view returns (Holder[] memory holders) {
        IERC20 asset = IERC20(IDeal(deal).asset());
        holders = new Holder[](accounts.length);
        for (uint256 i; i < accounts.length; ++i) {
            HolderSlot memory slot = IDeal(deal).holderOf(tranche, accounts[i]);
            uint256 claimable = IDeal(deal).claimable(tranche, accounts[i]);
            holders[i] = Holder(accounts[i], slot.shares, slot.debt, claimable, asset.balanceOf(accounts[i]));
        }
    }
}
