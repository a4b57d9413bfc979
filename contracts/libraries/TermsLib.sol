// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TermsField, TermsLayout as Layout} from "../types/TermsLayout.sol";
import {
    ABOVE,
    AccrualTerms,
    FEE_CARRIES,
    FEE_OPEX,
    NARROW,
    PackedTest,
    RESET_ARREARS,
    Rung,
    RungKind,
    SWEEP,
    Terms,
    TermsRow
} from "../types/Types.sol";

/// @title TermsLib
/// @notice Reads the terms of a deal: big-endian fields packed behind the deal's own code (docs/SPEC.md, "Terms").
/// @dev `at` is a byte offset into the terms. Nothing is checked: terms are fixed at launch and verified off-chain.
library TermsLib {
    /// @dev From one rung of a ladder to the next.
    uint256 internal constant RUNG_LENGTH = Layout.RUNG_LENGTH;

    /// @dev A reserve whose target does not move has no place in the row, nor one without parts for them.
    uint256 private constant FIXED_TARGET = type(uint16).max;

    /// @dev What comes before the immutable arguments in a clone made by OpenZeppelin's Clones.
    uint256 private constant CLONE_LENGTH = 45;

    /// @notice This deal's terms, whole.
    /// @dev As Clones.fetchCloneArgs, without clearing the memory it then fills.
    function load() internal view returns (Terms terms) {
        assembly ("memory-safe") {
            let length := sub(extcodesize(address()), CLONE_LENGTH)
            terms := mload(0x40)
            // Fields are read by whole words: leave room for one behind the last
            mstore(0x40, add(terms, and(add(length, 63), not(31))))
            extcodecopy(address(), terms, CLONE_LENGTH, length)
        }
    }

    /// @notice This deal's header and its first `tranches` tranches: enough to claim and to move shares.
    function loadHead(uint256 tranches) internal view returns (Terms terms) {
        uint256 length = trancheAt(tranches);
        assembly ("memory-safe") {
            terms := mload(0x40)
            mstore(0x40, add(terms, and(add(length, 63), not(31))))
            extcodecopy(address(), terms, CLONE_LENGTH, length)
        }
    }

    /// @notice What a share transfer needs: this deal's policy and flags.
    /// @dev From the policy to the flags is one word.
    function loadForTransfer() internal view returns (address policy_, uint256 flags_) {
        TermsField first = Layout.HEADER_POLICY;
        uint256 word;
        assembly ("memory-safe") {
            extcodecopy(address(), 0, add(CLONE_LENGTH, and(shr(8, first), 0xff)), 32)
            word := mload(0)
        }
        return (address(uint160(word >> 96)), word & type(uint24).max);
    }

    /// @notice The terms in a byte string, which must stay as it is.
    function wrap(bytes memory packed) internal pure returns (Terms terms) {
        assembly ("memory-safe") {
            terms := add(packed, 32)
        }
    }

    /// @notice A number of `width` bytes, 1 to 32.
    function read(Terms terms, uint256 at, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), mload(add(terms, at)))
        }
    }

    // Header

    function format(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_FORMAT);
    }

    function asset(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, 0, Layout.HEADER_ASSET)));
    }

    function reports(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, 0, Layout.HEADER_REPORTS)));
    }

    function policy(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, 0, Layout.HEADER_POLICY)));
    }

    /// @notice When interest begins to accrue, in seconds.
    function closingAt(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_CLOSING) * 1 days;
    }

    function periods(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_PERIODS);
    }

    function trancheCount(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_TRANCHES);
    }

    function feeCount(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_FEES);
    }

    function reserveCount(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_RESERVES);
    }

    function testCount(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_TESTS);
    }

    /// @notice How many fields of reports the terms declare.
    function fieldCount(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_REPORT_FIELDS);
    }

    /// @notice How many tranches, fees, reserves and tests there are.
    function counts(
        Terms terms
    ) internal pure returns (uint256 tranches, uint256 fees, uint256 reserves, uint256 tests) {
        return (trancheCount(terms), feeCount(terms), reserveCount(terms), testCount(terms));
    }

    /// @notice Bit `i`: while test `i` fails, the enforcement ladder is used.
    function enforceOn(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_ENFORCE_ON);
    }

    /// @notice WRITES_DOWN, READS_REPORTS, FEES_CARRY and NARROW.
    function flags(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_FLAGS);
    }

    /// @notice Whether all amounts of the deal's life stay within MAX_NARROW_AMOUNT.
    function isNarrow(Terms terms) internal pure returns (bool) {
        return flags(terms) & NARROW != 0;
    }

    function decimals(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_DECIMALS);
    }

    // Ladders

    /// @notice Where a ladder begins and how many rungs it has.
    function ladder(Terms terms, bool enforced) internal pure returns (uint256 at, uint256 rungs) {
        if (enforced) {
            at = _get(terms, 0, Layout.HEADER_ENFORCEMENT_AT);
            rungs = _get(terms, 0, Layout.HEADER_ENFORCEMENT_RUNGS);
        } else {
            at = _get(terms, 0, Layout.HEADER_NORMAL_AT);
            rungs = _get(terms, 0, Layout.HEADER_NORMAL_RUNGS);
        }
    }

    /// @notice How many of the normal rungs, the last ones, are the principal ladder's; 0 in a deal of one pot.
    function principalRungs(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_PRINCIPAL_RUNGS);
    }

    /// @notice Which declared field of reports says how much of the collections is principal.
    function principalField(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_PRINCIPAL_FIELD);
    }

    function rungAt(Terms terms, uint256 at) internal pure returns (Rung) {
        return Rung.wrap(_from(terms, at, Layout.RUNG_KIND));
    }

    function kind(Rung rung) internal pure returns (RungKind) {
        return RungKind.wrap(_cutFirst(Rung.unwrap(rung), Layout.RUNG_KIND));
    }

    function target(Rung rung) internal pure returns (uint256) {
        return _cut(Rung.unwrap(rung), Layout.RUNG_TARGET);
    }

    /// @notice The tranches that share with the first target, a bit each; 0 if it has the rung to itself.
    function others(Rung rung) internal pure returns (uint256) {
        return _cut(Rung.unwrap(rung), Layout.RUNG_OTHERS);
    }

    /// @notice Whether a rung acts whatever its tests say, and shares with no other: most do.
    function isPlain(Rung rung) internal pure returns (bool plain) {
        (TermsField test_, TermsField others_) = (Layout.RUNG_TEST, Layout.RUNG_OTHERS);
        assembly ("memory-safe") {
            let none := shr(and(test_, 0xff), not(0))
            let mask := or(none, shl(shr(16, others_), shr(and(others_, 0xff), not(0))))
            plain := eq(and(rung, mask), none)
        }
    }

    /// @notice The most the rung may take of what is left, in wad.
    function fraction(Rung rung) internal pure returns (uint256) {
        return _cut(Rung.unwrap(rung), Layout.RUNG_FRACTION);
    }

    /// @notice The test while whose failure the rung acts, or NONE.
    function testOf(Rung rung) internal pure returns (uint256) {
        return _cut(Rung.unwrap(rung), Layout.RUNG_TEST);
    }

    // The clean-up call, of deals that have one

    /// @notice Who may announce it, and pays what is missing.
    function callPayee(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, _get(terms, 0, Layout.HEADER_CALL_AT), Layout.CALL_PAYEE)));
    }

    /// @notice The part of lenders' faces, less principal paid, from which on it is allowed, in wad.
    function callBelow(Terms terms) internal pure returns (uint256) {
        return _get(terms, _get(terms, 0, Layout.HEADER_CALL_AT), Layout.CALL_BELOW);
    }

    // Moves without a holder, of deals that allow them: right before the texts

    /// @notice Who announces recoveries.
    function recoveryBy(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, _movesAt(terms), Layout.MOVES_RECOVERY_BY)));
    }

    /// @notice Who signs that two accounts are one investor's.
    function provider(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, _movesAt(terms), Layout.MOVES_PROVIDER)));
    }

    /// @notice Days from the announcement of a recovery to its execution.
    function recoveryDays(Terms terms) internal pure returns (uint256) {
        return _get(terms, _movesAt(terms), Layout.MOVES_RECOVERY_DAYS);
    }

    /// @notice Who announces forced moves.
    function forcedBy(Terms terms) internal pure returns (address) {
        return address(uint160(_get(terms, _movesAt(terms), Layout.MOVES_FORCED_BY)));
    }

    /// @notice Days from the announcement of a forced move to its execution.
    function forcedDays(Terms terms) internal pure returns (uint256) {
        return _get(terms, _movesAt(terms), Layout.MOVES_FORCED_DAYS);
    }

    function _movesAt(Terms terms) private pure returns (uint256) {
        unchecked {
            return _get(terms, 0, Layout.HEADER_TEXTS_AT) - Layout.MOVES_LENGTH;
        }
    }

    // Rows, one a period

    function rowLength(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_ROW_LENGTH);
    }

    /// @notice Where the row of `period` (from 1) begins.
    function rowAt(Terms terms, uint256 period) internal pure returns (TermsRow) {
        unchecked {
            return TermsRow.wrap(_get(terms, 0, Layout.HEADER_ROWS_AT) + (period - 1) * rowLength(terms));
        }
    }

    /// @notice When the accrual of a row's period ends, in seconds.
    function accrualAt(Terms terms, TermsRow row) internal pure returns (uint256) {
        return _get(terms, TermsRow.unwrap(row), Layout.ROW_ACCRUAL) * 1 days;
    }

    /// @notice When the period of a row can be settled, in seconds.
    function paymentAt(Terms terms, TermsRow row) internal pure returns (uint256) {
        unchecked {
            return _get(terms, TermsRow.unwrap(row), Layout.ROW_PAYMENT) * 1 days;
        }
    }

    /// @notice Days of grace after a payment date; 0 for none.
    function graceDays(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_GRACE);
    }

    /// @notice Until when the period of a row is settled only if its collections pay what falls due, in seconds.
    function graceEndsAt(Terms terms, TermsRow row) internal pure returns (uint256) {
        unchecked {
            return paymentAt(terms, row) + graceDays(terms) * 1 days;
        }
    }

    // Tranches

    function trancheAt(uint256 tranche) internal pure returns (uint256) {
        unchecked {
            return Layout.HEADER_LENGTH + tranche * Layout.TRANCHE_LENGTH;
        }
    }

    /// @notice Shares of the tranche, in share base units.
    function supply(Terms terms, uint256 tranche) internal pure returns (uint256) {
        return _get(terms, trancheAt(tranche), Layout.TRANCHE_SUPPLY);
    }

    function face(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.TRANCHE_FACE);
    }

    /// @notice What a tranche accrues by, from its place in the row to the number of coupon steps, in one word: fields of
    /// it are cut out below at half the price of reading each.
    function accrualTerms(Terms terms, uint256 at) internal pure returns (AccrualTerms) {
        return AccrualTerms.wrap(_from(terms, at, Layout.TRANCHE_DAYS_AT));
    }

    /// @notice The rate that joins a tranche's balance, in wad, and the last period in which it does.
    function pik(AccrualTerms packed) internal pure returns (uint256 rate, uint256 lastPeriod) {
        rate = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_PIK);
        lastPeriod = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_PIK_LAST);
    }

    function hasOneCoupon(AccrualTerms packed) internal pure returns (bool) {
        return couponSteps(packed) == 1;
    }

    /// @notice The coupon of a tranche that has one for all periods, in wad.
    function onlyCoupon(Terms terms, AccrualTerms packed) internal pure returns (uint256) {
        uint256 stepAt = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_STEPS_AT);
        return _get(terms, stepAt, Layout.COUPON_STEP_COUPON);
    }

    /// @notice The part of a year that the row's period is by the tranche's day count.
    function dayFraction(
        Terms terms,
        AccrualTerms packed,
        TermsRow row
    ) internal pure returns (uint256 numerator, uint256 denominator) {
        unchecked {
            uint256 at = TermsRow.unwrap(row) + _cutFirst(AccrualTerms.unwrap(packed), Layout.TRANCHE_DAYS_AT);
            uint256 word = _from(terms, at, Layout.ROW_DAYS_NUMERATOR);
            numerator = _cutFirst(word, Layout.ROW_DAYS_NUMERATOR);
            denominator = _cut(word, Layout.ROW_DAYS_DENOMINATOR);
        }
    }

    function principalKind(AccrualTerms packed) internal pure returns (uint256) {
        return _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_PRINCIPAL);
    }

    /// @notice The tranche's scheduled amount of a row.
    function scheduled(Terms terms, AccrualTerms packed, TermsRow row) internal pure returns (uint256) {
        unchecked {
            uint256 at = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_SCHEDULE_AT);
            uint256 width = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_SCHEDULE_WIDTH);
            return read(terms, TermsRow.unwrap(row) + at, width);
        }
    }

    /// @notice Puts another coupon in the place of the one a tranche has, in memory: see {FloatingLib}.
    function setOnlyCoupon(Terms terms, uint256 tranche, uint256 rate) internal pure {
        uint256 at = _get(terms, trancheAt(tranche), Layout.TRANCHE_STEPS_AT);
        _set(terms, at, Layout.COUPON_STEP_COUPON, rate);
    }

    function couponSteps(AccrualTerms packed) internal pure returns (uint256) {
        return _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_STEPS);
    }

    /// @notice From which period on a coupon applies, and the coupon, in wad.
    function couponStep(
        Terms terms,
        AccrualTerms packed,
        uint256 index
    ) internal pure returns (uint256 fromPeriod, uint256 rate) {
        uint256 at = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_STEPS_AT) + index * Layout.COUPON_STEP_LENGTH;
        fromPeriod = _get(terms, at, Layout.COUPON_STEP_FIRST_PERIOD);
        rate = _get(terms, at, Layout.COUPON_STEP_COUPON);
    }

    /// @notice Of a tranche that is repaid to a target: what the asset value is divided by, in wad, or what is taken off it.
    function ocTarget(Terms terms, uint256 at) internal pure returns (uint256 ratio, uint256 amount) {
        uint256 targetAt = _get(terms, at, Layout.TRANCHE_SCHEDULE_AT);
        ratio = _get(terms, targetAt, Layout.OC_TARGET_RATIO);
        amount = _get(terms, targetAt, Layout.OC_TARGET_AMOUNT);
    }

    // Coupons that follow an index

    /// @notice How many tranches have one.
    function floatingCount(Terms terms) internal pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_FLOATING);
    }

    function floatingAt(Terms terms, uint256 index) internal pure returns (uint256) {
        unchecked {
            return _get(terms, 0, Layout.HEADER_FLOATING_AT) + index * Layout.FLOATING_COUPON_LENGTH;
        }
    }

    function floatingTranche(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.FLOATING_COUPON_TRANCHE);
    }

    /// @notice Which declared field of reports the index is.
    function floatingIndex(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.FLOATING_COUPON_INDEX);
    }

    /// @notice All in wad, a year.
    function floatingRates(
        Terms terms,
        uint256 at
    ) internal pure returns (uint256 margin, uint256 floor, uint256 cap, uint256 initial) {
        margin = _get(terms, at, Layout.FLOATING_COUPON_MARGIN);
        floor = _get(terms, at, Layout.FLOATING_COUPON_FLOOR);
        cap = _get(terms, at, Layout.FLOATING_COUPON_CAP);
        initial = _get(terms, at, Layout.FLOATING_COUPON_INITIAL);
    }

    /// @notice Whether a period's own report counts, and for how many periods the last known index serves.
    function floatingReset(Terms terms, uint256 at) internal pure returns (bool inArrears, uint256 stale) {
        inArrears = _get(terms, at, Layout.FLOATING_COUPON_RESET) == RESET_ARREARS;
        stale = _get(terms, at, Layout.FLOATING_COUPON_STALE);
    }

    // The promote

    /// @notice What both sides put in, in base units; the sponsor's part of it, in wad; and how many tiers there are.
    function promote(Terms terms) internal pure returns (uint256 capital, uint256 coInvest, uint256 tiers) {
        uint256 at = _promoteAt(terms);
        capital = _get(terms, at, Layout.PROMOTE_CAPITAL);
        coInvest = _get(terms, at, Layout.PROMOTE_CO_INVEST);
        tiers = _get(terms, at, Layout.PROMOTE_TIERS);
    }

    /// @notice How many tiers end at a hurdle.
    function promoteHurdles(Terms terms) internal pure returns (uint256) {
        return _get(terms, _promoteAt(terms), Layout.PROMOTE_HURDLES);
    }

    /// @notice The part of a year that the row's period is by the day count of the hurdles.
    function promoteDays(Terms terms, TermsRow row) internal pure returns (uint256 numerator, uint256 denominator) {
        unchecked {
            uint256 at = TermsRow.unwrap(row) + _get(terms, _promoteAt(terms), Layout.PROMOTE_DAYS_AT);
            numerator = _get(terms, at, Layout.ROW_DAYS_NUMERATOR);
            denominator = _get(terms, at, Layout.ROW_DAYS_DENOMINATOR);
        }
    }

    /// @notice A tier: its kind, what it ends at and the capital side's part of what it takes, both in wad.
    function tier(Terms terms, uint256 index) internal pure returns (uint256 kind_, uint256 rate, uint256 part) {
        unchecked {
            uint256 at = _promoteAt(terms) + Layout.PROMOTE_LENGTH + index * Layout.TIER_LENGTH;
            kind_ = _get(terms, at, Layout.TIER_KIND);
            rate = _get(terms, at, Layout.TIER_RATE);
            part = _get(terms, at, Layout.TIER_PART);
        }
    }

    function _promoteAt(Terms terms) private pure returns (uint256) {
        return _get(terms, 0, Layout.HEADER_PROMOTE_AT);
    }

    function principalKind(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.TRANCHE_PRINCIPAL);
    }

    function arrearsRule(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.TRANCHE_ARREARS);
    }

    /// @notice Over the coupon, for interest on arrears, in wad.
    function spread(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.TRANCHE_SPREAD);
    }

    /// @notice The coupon of `period`, in wad. Steps ascend, and the first is of period 1.
    /// @dev Halves the steps rather than walking them: a reserve that looks ahead asks once for every coming period.
    function coupon(Terms terms, AccrualTerms packed, uint256 period) internal pure returns (uint256) {
        unchecked {
            uint256 first = _cut(AccrualTerms.unwrap(packed), Layout.TRANCHE_STEPS_AT);
            uint256 inForce = 0;
            uint256 notYet = couponSteps(packed);
            while (notYet - inForce > 1) {
                uint256 middle = (inForce + notYet) >> 1;
                uint256 middleAt = first + middle * Layout.COUPON_STEP_LENGTH;
                if (_get(terms, middleAt, Layout.COUPON_STEP_FIRST_PERIOD) > period) notYet = middle;
                else inForce = middle;
            }
            return _get(terms, first + inForce * Layout.COUPON_STEP_LENGTH, Layout.COUPON_STEP_COUPON);
        }
    }

    // Fees

    function feeAt(Terms terms, uint256 fee) internal pure returns (uint256) {
        unchecked {
            return _get(terms, 0, Layout.HEADER_FEES_AT) + fee * Layout.FEE_LENGTH;
        }
    }

    function feeBase(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.FEE_BASE);
    }

    /// @notice The fixed amount in base units, or the annual rate in wad.
    function feeAmountOrRate(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.FEE_AMOUNT_OR_RATE);
    }

    /// @notice What a fee with a list of amounts adds in a row's period.
    function feeListed(Terms terms, uint256 at, TermsRow row) internal pure returns (uint256) {
        unchecked {
            uint256 offset = _get(terms, at, Layout.FEE_AMOUNTS_AT);
            return read(terms, TermsRow.unwrap(row) + offset, _get(terms, at, Layout.FEE_AMOUNTS_WIDTH));
        }
    }

    /// @notice The tranche whose balance is the base, or whose day count is used.
    function feeTranche(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.FEE_TRANCHE);
    }

    /// @notice The most that falls due in one period, in base units; without a cap all ones, above any due.
    function feeCap(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.FEE_CAP);
    }

    function feeIsCapped(Terms terms, uint256 at) internal pure returns (bool) {
        return feeCap(terms, at) != type(uint104).max;
    }

    function feeCarries(Terms terms, uint256 at) internal pure returns (bool) {
        return _get(terms, at, Layout.FEE_FLAGS) & FEE_CARRIES != 0;
    }

    function feeIsOpex(Terms terms, uint256 at) internal pure returns (bool) {
        return _get(terms, at, Layout.FEE_FLAGS) & FEE_OPEX != 0;
    }

    /// @notice The first and the last period the fee falls due in.
    function feePeriods(Terms terms, uint256 at) internal pure returns (uint256 from, uint256 until) {
        return (_get(terms, at, Layout.FEE_FIRST_PERIOD), _get(terms, at, Layout.FEE_LAST_PERIOD));
    }

    function feeFallsDue(Terms terms, uint256 at, uint256 period) internal pure returns (bool) {
        return _get(terms, at, Layout.FEE_FIRST_PERIOD) <= period && period <= _get(terms, at, Layout.FEE_LAST_PERIOD);
    }

    function feePayee(Terms terms, uint256 at) internal pure returns (address) {
        return address(uint160(_get(terms, at, Layout.FEE_PAYEE)));
    }

    // Reserves

    function reserveAt(Terms terms, uint256 reserve) internal pure returns (uint256) {
        unchecked {
            return _get(terms, 0, Layout.HEADER_RESERVES_AT) + reserve * Layout.RESERVE_LENGTH;
        }
    }

    function reserveOpening(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.RESERVE_OPENING);
    }

    function reserveTarget(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.RESERVE_TARGET);
    }

    /// @notice Whether the target is the debt service of coming periods, and of how many after the row's.
    function reserveAhead(Terms terms, uint256 at, TermsRow row) internal pure returns (bool moves, uint256 ahead) {
        unchecked {
            uint256 offset = _get(terms, at, Layout.RESERVE_AHEAD_AT);
            moves = offset != FIXED_TARGET;
            if (moves) ahead = _get(terms, TermsRow.unwrap(row) + offset, Layout.ROW_AHEAD_PERIODS);
        }
    }

    /// @notice What part of the debt service of the period behind them comes to that: so many months of its months.
    function reservePart(
        Terms terms,
        uint256 at,
        TermsRow row
    ) internal pure returns (uint256 months, uint256 ofMonths) {
        unchecked {
            uint256 offset = _get(terms, at, Layout.RESERVE_PARTS_AT);
            if (offset == FIXED_TARGET) return (0, 0);
            months = _get(terms, TermsRow.unwrap(row) + offset, Layout.ROW_PART_MONTHS);
            ofMonths = _get(terms, TermsRow.unwrap(row) + offset, Layout.ROW_PART_OF);
        }
    }

    /// @notice The target of a reserve that lists one for each row, and whether it does.
    function reserveListed(
        Terms terms,
        uint256 at,
        TermsRow row
    ) internal pure returns (bool isListed, uint256 amount) {
        unchecked {
            uint256 width = _get(terms, at, Layout.RESERVE_TARGETS_WIDTH);
            if (width == 0) return (false, 0);
            return (true, read(terms, TermsRow.unwrap(row) + _get(terms, at, Layout.RESERVE_TARGETS_AT), width));
        }
    }

    /// @notice The most that a rung puts into a reserve; without a limit more than any amount.
    function reserveFill(Terms terms, uint256 at) internal pure returns (uint256) {
        return _get(terms, at, Layout.RESERVE_FILL);
    }

    /// @notice Whether a reserve may be drawn for rungs of a kind with a target.
    /// @dev Bitmaps are in the order of the kinds, that of fees in the lowest bits.
    function reserveSupports(Terms terms, uint256 at, RungKind kind_, uint256 target_) internal pure returns (bool) {
        unchecked {
            if (kind_ > SWEEP) return false;
            return (reserveSupported(terms, at, kind_) >> target_) & 1 != 0;
        }
    }

    /// @notice The targets that a reserve supports of rungs of a kind up to sweep, a bit each.
    function reserveSupported(Terms terms, uint256 at, RungKind kind_) internal pure returns (uint256) {
        unchecked {
            return (_from(terms, at, Layout.RESERVE_SWEEP) >> (16 * RungKind.unwrap(kind_))) & type(uint16).max;
        }
    }

    // Tests

    /// @notice Of a plain DSCR whose debt service it looks at, the ratio it fails below in wad, and the passes that cure it.
    function test(
        Terms terms,
        uint256 index
    ) internal pure returns (uint256 tranche, uint256 threshold_, uint256 cure_) {
        uint256 word = _from(terms, _testAt(terms, index), Layout.TEST_TRANCHE);
        tranche = _cutFirst(word, Layout.TEST_TRANCHE);
        threshold_ = _cut(word, Layout.TEST_THRESHOLD);
        cure_ = _cut(word, Layout.TEST_CURE);
    }

    /// @notice Any test in one word: fields of it are cut out below.
    function packedTest(Terms terms, uint256 index) internal pure returns (PackedTest) {
        return PackedTest.wrap(_from(terms, _testAt(terms, index), Layout.TEST_REPORT_FIELD));
    }

    /// @notice The declared field that a test reads.
    function reportField(PackedTest packed) internal pure returns (uint256) {
        return _cutFirst(PackedTest.unwrap(packed), Layout.TEST_REPORT_FIELD);
    }

    /// @notice How many periods a test measures together.
    function over(PackedTest packed) internal pure returns (uint256) {
        return _cut(PackedTest.unwrap(packed), Layout.TEST_OVER);
    }

    /// @notice Whether a test fails above its threshold, not below it.
    function failsAbove(PackedTest packed) internal pure returns (bool) {
        return _cut(PackedTest.unwrap(packed), Layout.TEST_DIRECTION) == ABOVE;
    }

    function metric(PackedTest packed) internal pure returns (uint256) {
        return _cut(PackedTest.unwrap(packed), Layout.TEST_METRIC);
    }

    /// @notice The last tranche that a test counts, or its reserve.
    function measured(PackedTest packed) internal pure returns (uint256) {
        return _cut(PackedTest.unwrap(packed), Layout.TEST_TRANCHE);
    }

    /// @notice In wad, of a reported field in its unit.
    function threshold(PackedTest packed) internal pure returns (uint256) {
        return _cut(PackedTest.unwrap(packed), Layout.TEST_THRESHOLD);
    }

    /// @notice The passes in a row that cure a test.
    function cure(PackedTest packed) internal pure returns (uint256) {
        return _cut(PackedTest.unwrap(packed), Layout.TEST_CURE);
    }

    /// @notice The asset value that a pool factor is a part of.
    function testInitial(Terms terms, uint256 index) internal pure returns (uint256) {
        return _get(terms, _testAt(terms, index), Layout.TEST_INITIAL);
    }

    /// @notice The targets of rungs of a kind up to sweep that a test's trap supports, a bit each.
    function testSupported(Terms terms, uint256 index, RungKind kind_) internal pure returns (uint256) {
        unchecked {
            uint256 bitmaps = _from(terms, _testAt(terms, index), Layout.TEST_SWEEP);
            return (bitmaps >> (16 * RungKind.unwrap(kind_))) & type(uint16).max;
        }
    }

    function _testAt(Terms terms, uint256 index) private pure returns (uint256) {
        unchecked {
            return _get(terms, 0, Layout.HEADER_TESTS_AT) + index * Layout.TEST_LENGTH;
        }
    }

    // Fields of reports, behind the tests

    /// @notice What a declared field counts in: base units, wad or ones.
    function fieldUnit(Terms terms, uint256 index) internal pure returns (uint256) {
        unchecked {
            return
                _get(
                    terms,
                    _testAt(terms, testCount(terms)) + index * Layout.REPORT_FIELD_LENGTH,
                    Layout.REPORT_FIELD_UNIT
                );
        }
    }

    // Texts: share decimals, then name, each tranche's id and symbol, and each declared field's id, each behind its length

    function shareDecimals(Terms terms) internal pure returns (uint8) {
        return uint8(_get(terms, _get(terms, 0, Layout.HEADER_TEXTS_AT), Layout.TEXTS_SHARE_DECIMALS));
    }

    /// @notice Text `index`: 0 is the deal's name, 1 + 2t the id and 2 + 2t the symbol of tranche t, 1 + 2n + f of n tranches
    /// the id of declared field f.
    function text(Terms terms, uint256 index) internal pure returns (string memory) {
        uint256 at = _get(terms, 0, Layout.HEADER_TEXTS_AT) + Layout.TEXTS_LENGTH;
        for (; index > 0; --index) at += Layout.TEXT_LENGTH + _get(terms, at, Layout.TEXT_SIZE);
        uint256 length = _get(terms, at, Layout.TEXT_SIZE);
        at += Layout.TEXT_LENGTH;
        bytes memory characters = new bytes(length);
        for (uint256 i; i < length; ++i) characters[i] = bytes1(uint8(read(terms, at + i, 1)));
        return string(characters);
    }

    // Fields, see {TermsField}. In assembly, each in one expression: then the compiler inlines and folds all of it.

    /// @dev A field of the part that begins at `at`.
    function _get(Terms terms, uint256 at, TermsField field) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(and(field, 0xff), mload(add(add(terms, at), and(shr(8, field), 0xff))))
        }
    }

    /// @dev In memory alone: the terms themselves are part of the deal's code.
    function _set(Terms terms, uint256 at, TermsField field, uint256 value) private pure {
        assembly ("memory-safe") {
            let place := add(add(terms, at), and(shr(8, field), 0xff))
            let shift := and(field, 0xff)
            mstore(place, or(shl(shift, value), and(mload(place), shr(sub(256, shift), not(0)))))
        }
    }

    /// @dev The part that begins at `at` from a field on to its end, in one word: see `_cut`.
    function _from(Terms terms, uint256 at, TermsField field) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := shr(sub(and(field, 0xff), shr(16, field)), mload(add(add(terms, at), and(shr(8, field), 0xff))))
        }
    }

    /// @dev A field of a word that holds the end of its part.
    function _cut(uint256 word, TermsField field) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := and(shr(shr(16, field), word), shr(and(field, 0xff), not(0)))
        }
    }

    /// @dev The first field of such a word, with nothing before it.
    function _cutFirst(uint256 word, TermsField field) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(shr(16, field), word)
        }
    }
}
