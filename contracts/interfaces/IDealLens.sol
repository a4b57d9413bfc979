// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDealLens
/// @notice Reads deals for people and programs off-chain: terms, settlements and figures as structs. It keeps no state,
/// no contract calls it, and anybody can deploy another.
///
/// Amounts are in base units of the asset, shares in share base units, rates, ratios and fractions in wad (1e18 is 100
/// %), times in seconds. Tranches, fees, reserves and tests are named by their index in the terms; tranche 0 is the
/// most senior and the last one, with a promote the last two, is equity. Periods count from 1.
/// @dev Meant for eth_call: no function bounds its gas. Of a deal with as much of everything as terms can hold, 24,531
/// bytes, {termsOf} takes 2,000,000 gas at most, {statusOf} and {settlementOf} 700,000 each, {reportOf} 200,000, {periodsOf} 34,000,000 for
/// all 480 periods, {holdersOf} 40,000 and 13,500 a holder. Nodes commonly allow a call 50 million: ask for fewer
/// periods or holders at a time where one allows less.
///
/// Assumptions, correctness: `deal` is a deal of a Penstock factory (its `Launched` event says so); anything else
/// answers what it likes. Liveness: the deal's asset answers `balanceOf`.
interface IDealLens {
    /// @notice Everything in the terms of a deal but its periods, which {periodsOf} returns.
    /// @param name The deal's name.
    /// @param asset The ERC-20 in which it collects and pays.
    /// @param assetDecimals Decimals of the asset.
    /// @param shareDecimals Decimals of every share.
    /// @param policy Decides who may hold shares; the zero address when everybody may.
    /// @param reports Attests losses, asset values and `fields`; the zero address when nothing is reported.
    /// @param closingAt When interest begins to accrue.
    /// @param periods How many periods the deal has.
    /// @param readsReports Whether a settlement asks `reports`.
    /// @param writesDown Whether a reported loss reduces balances.
    /// @param hasDelay Whether payment dates follow accrual dates by a delay, so that collections may be cut off.
    /// @param graceDays Days after a payment date in which a period is settled only if it pays what falls due; 0 for none.
    /// @param maxAmount The most that any amount the deal keeps can be; what it receives beyond stays outside its ledger.
    /// @param tranches Most senior first.
    /// @param fields Figures that reports may give beside loss and asset value: the first is field 2 of a report.
    /// @param normal The ladder of payments, top first; of two pots, the interest ladder and behind it the principal ladder.
    /// @param call The clean-up call.
    /// @param principalField Of two pots, which of `fields` says how much of the collections is principal; {NONE}: one pot.
    /// @param enforcement The ladder while a test with `enforces` fails; empty when no test does.
    /// @param promote How two classes of equity share the residual.
    struct DealTerms {
        string name;
        address asset;
        uint256 assetDecimals;
        uint256 shareDecimals;
        address policy;
        address reports;
        uint256 closingAt;
        uint256 periods;
        bool readsReports;
        bool writesDown;
        bool hasDelay;
        uint256 graceDays;
        uint256 maxAmount;
        TrancheTerms[] tranches;
        FeeTerms[] fees;
        ReserveTerms[] reserves;
        TestTerms[] tests;
        FieldTerms[] fields;
        uint256 principalField;
        CallTerms call;
        Rung[] normal;
        Rung[] enforcement;
        PromoteTerms promote;
    }

    /// @notice A right to repay what is left of the lenders, which ends the deal.
    /// @param exists Whether the deal has one; everything else is 0 where not.
    /// @param payee Who may announce it, and pays what is missing.
    /// @param below It is allowed once lenders' faces less principal ever paid are this part of the faces, or less.
    struct CallTerms {
        bool exists;
        address payee;
        uint256 below;
    }

    /// @notice One tranche. Interest of a period is balance × coupon × part of a year / 1e18, rounded down once; the part
    /// is the fraction of {Period-yearNumerators} and {Period-yearDenominators}.
    /// @param id Its name in the deal file.
    /// @param symbol The symbol of its share.
    /// @param share The ERC-20 of its shares.
    /// @param supply Shares, fixed at closing.
    /// @param face Principal at closing; of equity, what losses are taken from first.
    /// @param coupons The coupon from a period on, ascending; none for equity.
    /// @param floating How the coupon follows an index; `coupons` then has the one of the first period.
    /// @param principalKind 0 all at the end, 1 scheduled amounts in every period, 2 what the ladder brings, 3 what balances
    /// of the tranche and all senior are above the reported asset value divided by `ocRatio`, or less `ocAmount`.
    /// @param ocRatio For kind 3, 0 where `ocAmount` counts.
    /// @param ocAmount For kind 3.
    /// @param arrearsRule What unpaid interest bears: 0 nothing, 1 the coupon, 2 the coupon and `arrearsSpread`, 3 it
    /// joins the balance.
    /// @param arrearsSpread Added to the coupon for rule 2, a year.
    /// @param pik What joins the balance of a period before principal is due, a year; 0 for none.
    /// @param pikLastPeriod The last period in which it does.
    /// @param isEquity Whether it is a residual tranche: the last, with a promote the last two.
    struct TrancheTerms {
        string id;
        string symbol;
        address share;
        uint256 supply;
        uint256 face;
        CouponStep[] coupons;
        FloatingCoupon floating;
        uint256 principalKind;
        uint256 ocRatio;
        uint256 ocAmount;
        uint256 arrearsRule;
        uint256 arrearsSpread;
        uint256 pik;
        uint256 pikLastPeriod;
        bool isEquity;
    }

    /// @notice A coupon that follows an index: the index, at least `floor`, plus `margin`, at most `cap`; all a year.
    /// @param follows Whether it does; everything else is 0 where not.
    /// @param field Which declared field of reports the index is.
    /// @param initial The index at closing.
    /// @param inArrears Whether a period bears what is reported for itself; else what was reported for the one before.
    /// @param stale For how many periods the last known index serves; after them the coupon is `cap`.
    struct FloatingCoupon {
        bool follows;
        uint256 field;
        uint256 margin;
        uint256 floor;
        uint256 cap;
        uint256 initial;
        bool inArrears;
        uint256 stale;
    }

    /// @notice A coupon, a year, from the first day of a period on.
    struct CouponStep {
        uint256 fromPeriod;
        uint256 coupon;
    }

    /// @notice One fee.
    /// @param payee Who claims it.
    /// @param base What it is charged on: 0 nothing (a fixed amount), 1 collections, 2 the balance of `tranche`, 3 the
    /// reported asset value, 4 listed amounts ({Period-feeAmounts}), 5 a reported amount.
    /// @param amount Of base 0: what falls due in a period; else 0.
    /// @param rate Of bases 1 to 3: of the base, a year (of collections: flat); else 0.
    /// @param tranche Of base 2: whose balance; of base 3: whose day count; else 0.
    /// @param field Of base 5: which of {DealTerms-fields}; else 0.
    /// @param isCapped Whether `cap` is the most that falls due in a period.
    /// @param cap 0 without one.
    /// @param carries Whether what is not paid stays owed.
    /// @param isOpex Whether tests deduct it from collections.
    /// @param fromPeriod The first period it falls due in.
    /// @param untilPeriod The last.
    struct FeeTerms {
        address payee;
        uint256 base;
        uint256 amount;
        uint256 rate;
        uint256 tranche;
        uint256 field;
        bool isCapped;
        uint256 cap;
        bool carries;
        bool isOpex;
        uint256 fromPeriod;
        uint256 untilPeriod;
    }

    /// @notice One reserve. Bitmaps have bit i set for index i.
    /// @param opening What the sponsor paid in at closing.
    /// @param looksAhead Whether the target is the supported debt service of coming periods, as many as
    /// {Period-reservesAhead} says.
    /// @param target The fixed target; 0 when it looks ahead or lists a target for each period.
    /// @param isLimited Whether `fill` is the most that a rung puts in.
    /// @param fill 0 without a limit.
    /// @param interestOf Tranches whose `interest` rungs it supports.
    /// @param principalOf Tranches whose `principal` rungs it supports.
    /// @param allOf Tranches whose `all` rungs it supports.
    /// @param sweepOf Tranches whose `sweep` rungs it supports.
    /// @param fees Fees whose rungs it supports.
    struct ReserveTerms {
        uint256 opening;
        bool looksAhead;
        uint256 target;
        bool isLimited;
        uint256 fill;
        uint256 interestOf;
        uint256 principalOf;
        uint256 allOf;
        uint256 sweepOf;
        uint256 fees;
    }

    /// @notice How an investor, the last tranche but one, and a sponsor, the last one, share the residual. Both put in capital;
    /// what the capital side gets is theirs by their parts of it, and the promote is the sponsor's.
    /// @param capital What both put in; 0 in a deal without a promote.
    /// @param coInvest The sponsor's part of it.
    /// @param tiers Who gets what, in order.
    struct PromoteTerms {
        uint256 capital;
        uint256 coInvest;
        TierTerms[] tiers;
    }

    /// @notice One tier of a promote.
    /// @param kind When it ends: 0 once the capital has had the return `rate`, a year; 1 once the promote is the part `rate` of
    /// the profit of both sides; 2 never.
    /// @param capitalPart The capital side's part of what it gives; the rest is the promote.
    struct TierTerms {
        uint256 kind;
        uint256 rate;
        uint256 capitalPart;
    }

    /// @notice One field of reports.
    /// @param id Its name in the deal file.
    /// @param unit What it is counted in: 0 base units of the asset, 1 wad, 2 ones.
    struct FieldTerms {
        string id;
        uint256 unit;
    }

    /// @notice One test.
    /// @param metric What it looks at. 0 debt service coverage (DSCR): collections less `isOpex` fees, against current
    /// interest and scheduled principal of `tranche` and all senior to it. 1 interest coverage (IC): the same against their
    /// current interest. 2 overcollateralisation (OC): the reported asset value against their balances with deferred
    /// interest. 3 note factor: their balances against their faces. 4 loan life coverage (LLCR), as `field` reports it. 5
    /// pool factor: the reported asset value against `initial`. 6 what `reserve` holds against its target. 7 `field`.
    /// @param tranche The most junior tranche that counts (metrics 0 to 4).
    /// @param threshold The test fails while the metric is below this, strictly; of metric 7 in the unit of `field`.
    /// @param isAbove Whether it fails above the threshold instead.
    /// @param over How many periods the metric is of (metrics 0 and 1): sums by sums; else 1.
    /// @param field The declared field of reports that it looks at (metrics 4 and 7).
    /// @param reserve The reserve that it looks at (metric 6).
    /// @param initial The asset value that a pool factor is a part of (metric 5).
    /// @param cure Passes in a row that cure a failure.
    /// @param enforces Whether the enforcement ladder is used while it fails.
    /// @param interestOf Tranches whose `interest` rungs its trap supports, before reserves do; a bit each.
    /// @param principalOf Tranches whose `principal` rungs it supports.
    /// @param allOf Tranches whose `all` rungs it supports.
    /// @param sweepOf Tranches whose `sweep` rungs it supports.
    /// @param fees Fees whose rungs it supports.
    struct TestTerms {
        uint256 metric;
        uint256 tranche;
        uint256 threshold;
        bool isAbove;
        uint256 over;
        uint256 field;
        uint256 reserve;
        uint256 initial;
        uint256 cure;
        bool enforces;
        uint256 interestOf;
        uint256 principalOf;
        uint256 allOf;
        uint256 sweepOf;
        uint256 fees;
    }

    /// @notice One step of a ladder.
    /// @param kind 0 fee, 1 interest, 2 principal, 3 all, 4 sweep, 5 reserve, 6 trap, 7 residual, 8 divert, 9 residual of the
    /// interest pot.
    /// @param targets The fee (kind 0), tranches (1 to 4, 7 and 9) or reserve (5) it pays; several tranches share by what each
    /// is due, of kinds 7 and 9 by the promote. None for a trap, nor for a diversion, which repays the tranche of its test and all senior to it.
    /// @param fraction The most it takes of what is left when its turn comes.
    /// @param test The rung acts only while this test fails, and a trap fills this test's trap; {NONE}: it always acts.
    /// @param whilePasses It acts only while `test` passes instead: interest that may be deferred.
    /// @param ofPrincipal Whether it is paid from the principal pot.
    struct Rung {
        uint256 kind;
        uint256[] targets;
        uint256 fraction;
        uint256 test;
        bool whilePasses;
        bool ofPrincipal;
    }

    /// @notice One period. Lists run parallel to tranches, to fees or to reserves.
    /// @param accrualAt The end of the period's accrual.
    /// @param paymentAt From when the period can be settled.
    /// @param yearNumerators By each tranche's day count, the numerator of the part of a year that the period is; 0 for
    /// equity.
    /// @param yearDenominators Its denominator; 0 for equity.
    /// @param scheduled Principal scheduled for each tranche; 0 where there is no schedule. The last period owes the
    /// whole balance.
    /// @param feeAmounts Of each fee with listed amounts, this period's; else 0.
    /// @param reservesAhead Coming periods that each reserve's target covers; 0 for another target.
    /// @param reserveMonths Months of the period behind them whose debt service counts in part.
    /// @param reserveOfMonths Of how many months that period is.
    /// @param reserveTargets The listed target of each reserve that lists them; else 0.
    /// @param promoteNumerator By the promote's day count, the numerator of the part of a year that the period is; 0 without.
    /// @param promoteDenominator Its denominator.
    struct Period {
        uint256 accrualAt;
        uint256 paymentAt;
        uint256[] yearNumerators;
        uint256[] yearDenominators;
        uint256[] scheduled;
        uint256[] feeAmounts;
        uint256[] reservesAhead;
        uint256[] reserveMonths;
        uint256[] reserveOfMonths;
        uint256[] reserveTargets;
        uint256 promoteNumerator;
        uint256 promoteDenominator;
    }

    /// @notice What one settlement paid, as its `Settled` log says.
    /// @param period The period; one more than the deal has for late revenue.
    /// @param isLate Whether it shared late revenue out, after the last period.
    /// @param enforced Whether the enforcement ladder was in force.
    /// @param collections The revenue it shared out.
    /// @param rungs Each rung of the ladder in force and what it paid, top first.
    /// @param reserves What each reserve holds afterwards.
    /// @param passesNeeded Passes each test still needs; it fails while any are.
    struct Settlement {
        uint256 period;
        bool isLate;
        bool enforced;
        uint256 collections;
        RungPayment[] rungs;
        uint256[] reserves;
        uint256[] passesNeeded;
    }

    /// @notice What a rung paid, reserve draws included; to both of its targets together where it has two.
    struct RungPayment {
        Rung rung;
        uint256 paid;
    }

    /// @notice Where a deal is now.
    /// @param periodsSettled Periods settled so far.
    /// @param periods Periods of the deal.
    /// @param nextPaymentAt From when the next period can be settled; 0 after the last.
    /// @param canSettle Whether `settle` would find a period that is due, or late revenue.
    /// @param enforced Whether the enforcement ladder is in force.
    /// @param cash What the deal holds of its asset.
    /// @param accounted What of it belongs to holders, payees, reserves and traps.
    /// @param newCash Cash beyond `accounted`: collections of the next settlement.
    /// @param missingCash What `cash` lacks of `accounted`; nothing settles until it is made good.
    /// @param claimed What holders of all tranches have claimed so far.
    /// @param tranches Most senior first.
    /// @param fees In the order of the terms, as reserves and tests are.
    /// @param reserves What each reserve holds.
    /// @param tests The tests.
    /// @param call The clean-up call.
    /// @param hurdles What the capital side lacks to the return of each tier of kind 0 of the promote.
    /// @param capitalReceived All that the capital side ever got of the residual.
    /// @param promoteReceived All that the promote ever got.
    struct DealStatus {
        uint256 periodsSettled;
        uint256 periods;
        uint256 nextPaymentAt;
        bool canSettle;
        bool enforced;
        uint256 cash;
        uint256 accounted;
        uint256 newCash;
        uint256 missingCash;
        uint256 claimed;
        TrancheStatus[] tranches;
        FeeStatus[] fees;
        uint256[] reserves;
        TestStatus[] tests;
        CallStatus call;
        uint256[] hurdles;
        uint256 capitalReceived;
        uint256 promoteReceived;
    }

    /// @notice A deal's clean-up call now; everything is 0 in a deal without one.
    /// @param isAllowed Whether so little is outstanding that a call may be announced.
    /// @param outstanding Lenders' faces less principal ever paid; write-downs do not lower it.
    /// @param most The most it may be for a call.
    /// @param announcedPeriod The last period whose call was announced, settled since or not; 0 for none.
    /// @param calledPeriod The period that a call settled, which ended the deal; 0 for none.
    struct CallStatus {
        bool isAllowed;
        uint256 outstanding;
        uint256 most;
        uint256 announcedPeriod;
        uint256 calledPeriod;
    }

    /// @notice Where a tranche is now, after the last settled period.
    /// @param balance Outstanding principal.
    /// @param interestArrears Interest that fell due and was not paid.
    /// @param principalArrears Principal that fell due and was not paid.
    /// @param credited All that its shares have earned, claimed or not.
    struct TrancheStatus {
        uint256 balance;
        uint256 interestArrears;
        uint256 principalArrears;
        uint256 credited;
    }

    /// @notice Where a fee is now.
    /// @param arrears What stayed owed; 0 unless the fee carries.
    /// @param claimable What its payee can claim.
    struct FeeStatus {
        uint256 arrears;
        uint256 claimable;
    }

    /// @notice Where a test is now.
    /// @param isFailing Whether it fails.
    /// @param passesNeeded Passes that cure it; 0 while it does not fail.
    /// @param trapped Cash its trap holds back.
    struct TestStatus {
        bool isFailing;
        uint256 passesNeeded;
        uint256 trapped;
    }

    /// @notice One holder of a tranche.
    /// @param account The holder.
    /// @param shares Its shares.
    /// @param debt What it has no part in, in base units × supply: it is entitled to (shares × credited − debt) /
    /// supply.
    /// @param claimable What it can claim now.
    /// @param assetBalance What it holds of the deal's asset.
    struct Holder {
        address account;
        uint256 shares;
        int256 debt;
        uint256 claimable;
        uint256 assetBalance;
    }

    /// @notice Thrown when figures do not fit the terms of the deal, by their length or by the width they say an amount has.
    error DealLens_WrongFigures(uint256 length, uint256 expected);

    /// @notice Thrown when asked about a period that the deal does not have. Late revenue is the period after the last.
    error DealLens_NoPeriod(uint256 period, uint256 periods);

    /// @notice The terms of a deal.
    /// @param deal The deal.
    function termsOf(address deal) external view returns (DealTerms memory);

    /// @notice Periods of a deal, from `first` on.
    ///
    /// Requirements: the deal has a period `first`.
    ///
    /// @param deal The deal.
    /// @param first The first period to return, from 1.
    /// @param count The most periods to return; fewer come when the deal ends.
    function periodsOf(address deal, uint256 first, uint256 count) external view returns (Period[] memory);

    /// @notice What a settlement paid.
    ///
    /// Requirements: the figures are of a `Settled` log of this deal.
    ///
    /// @param deal The deal.
    /// @param period The log's period.
    /// @param figures The log's figures.
    function settlementOf(
        address deal,
        uint256 period,
        bytes calldata figures
    ) external view returns (Settlement memory);

    /// @notice What was reported of a period.
    ///
    /// Requirements: the figures are of a `Reported` log of this deal.
    ///
    /// @param deal The deal.
    /// @param figures The log's figures.
    /// @return reported Bit i: field i is reported.
    /// @return values The loss and the asset value, in base units, then {DealTerms-fields}, each in its unit; 0 where nothing
    /// is reported.
    function reportOf(
        address deal,
        bytes calldata figures
    ) external view returns (uint256 reported, uint256[] memory values);

    /// @notice Where a deal is now.
    /// @param deal The deal.
    function statusOf(address deal) external view returns (DealStatus memory);

    /// @notice Holders of a tranche, in the order asked for. An account without shares may have cash to claim from when
    /// it had.
    /// @param deal The deal.
    /// @param tranche The tranche.
    /// @param accounts Whom to look up; the logs of the tranche's share name everybody who ever held.
    function holdersOf(
        address deal,
        uint256 tranche,
        address[] calldata accounts
    ) external view returns (Holder[] memory);

    /// @notice In a {Rung}: no target, no test. The largest number.
    function NONE() external view returns (uint256);
}
