// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev One unit of every rate, ratio and fraction.
uint256 constant WAD = 1e18;

/// @dev The most any amount can be in a wide deal. Keeps every product below 2**256, every sum far from it, and every
/// packed field whole: the libraries' unchecked blocks rest on it.
uint256 constant MAX_AMOUNT = 2 ** 96 - 1;

/// @dev The most any stored amount can be in a narrow deal, so that a storage slot holds four.
uint256 constant MAX_NARROW_AMOUNT = 2 ** 56 - 1;

/// @dev Storage and logs are laid out for so many; a launch with more is refused.
uint256 constant MAX_TRANCHES = 16;
uint256 constant MAX_FEES = 16;
uint256 constant MAX_RESERVES = 4;
uint256 constant MAX_TESTS = 8;
uint256 constant MAX_TIERS = 8;

/// @dev Words of the ring of a test that measures several periods: of 128 places, two each in a wide deal.
uint256 constant RING_WORDS = 256;

/// @dev Fields of a report: the loss and the asset value, which every deal has, and those that its terms declare.
uint256 constant LOSS = 0;
uint256 constant ASSET_VALUE = 1;
uint256 constant STANDARD_FIELDS = 2;
uint256 constant MAX_FIELDS = 14;

// What a declared field is counted in
uint256 constant UNIT_AMOUNT = 0;
uint256 constant UNIT_RATIO = 1;
uint256 constant UNIT_COUNT = 2;

/// @dev Bits of a test's counter: it runs from 31 passes at most.
uint256 constant COUNTER_BITS = 5;

/// @dev In a rung: no target, no test.
uint256 constant NONE = 255;

/// @dev In a rung that diverts, for its target: it pays from the principal pot.
uint256 constant OF_PRINCIPAL = 253;

/// @dev In a rung, with the index of a test: it acts while the test passes.
uint256 constant PASSING = 128;

// Flags of a deal
uint256 constant WRITES_DOWN = 1;
uint256 constant READS_REPORTS = 2;
uint256 constant FEES_CARRY = 4;
uint256 constant NARROW = 8;
uint256 constant LIMITS_FILL = 16;
uint256 constant HOLDS_PARTS = 32;
uint256 constant TRAPS_SUPPORT = 64;
uint256 constant PAYS_IN_KIND = 128;
uint256 constant DELAYS = 256;
uint256 constant GRACE = 512;
uint256 constant FLOATS = 1024;
uint256 constant REPAYS_TO_TARGET = 4096;
uint256 constant JUDGES = 2048;
uint256 constant TRAPS_ALWAYS = 8192;
uint256 constant TWO_POTS = 16384;
uint256 constant CALLABLE = 32768;
uint256 constant PROMOTES = 65536;
// Kept for moves without the holder, which no deal of today allows
uint256 constant RECOVERS = 131072;
uint256 constant FORCES = 262144;
// The terms end in a list of legal documents, which the contracts do not read
uint256 constant DOCUMENTED = 524288;

// Rung kinds
RungKind constant FEE = RungKind.wrap(0);
RungKind constant INTEREST = RungKind.wrap(1);
RungKind constant PRINCIPAL = RungKind.wrap(2);
RungKind constant ALL = RungKind.wrap(3);
RungKind constant SWEEP = RungKind.wrap(4);
RungKind constant RESERVE = RungKind.wrap(5);
RungKind constant TRAP = RungKind.wrap(6);
RungKind constant RESIDUAL = RungKind.wrap(7);
RungKind constant DIVERT = RungKind.wrap(8);
RungKind constant INTEREST_RESIDUAL = RungKind.wrap(9);

// Principal kinds: all at the end; amounts per period; what the ladder brings; what the asset value does not cover
uint256 constant BULLET = 0;
uint256 constant SCHEDULE = 1;
uint256 constant CASH = 2;
uint256 constant TARGET_OC = 3;

// What interest arrears bear
uint256 constant ARREARS_NONE = 0;
uint256 constant ARREARS_COUPON = 1;
uint256 constant ARREARS_SPREAD = 2;
uint256 constant CAPITALISE = 3;

// Tiers of a promote: until the capital has had a return, until the sponsor has its part of the profit, always
uint256 constant HURDLE = 0;
uint256 constant CATCH_UP = 1;
uint256 constant REST = 2;

// What a fee is charged on
uint256 constant FIXED = 0;
uint256 constant OF_COLLECTIONS = 1;
uint256 constant OF_BALANCE = 2;
uint256 constant OF_ASSET_VALUE = 3;
uint256 constant LISTED = 4;
uint256 constant OF_REPORT = 5;

// Whose report a floating coupon follows: that of the period before, or the period's own
uint256 constant RESET_ADVANCE = 0;
uint256 constant RESET_ARREARS = 1;

// Flags of a fee: what is unpaid stays owed; it comes off the cash flow that tests look at
uint256 constant FEE_CARRIES = 1;
uint256 constant FEE_OPEX = 2;

// What a test compares with its threshold: cash flow available for debt service by debt service, by current interest; the
// reported asset value by balances with deferred interest; balances by faces; a reported loan life coverage; the reported
// asset value by the initial one; what a reserve holds by its target; a reported field. The first four are of lenders
uint256 constant DSCR = 0;
uint256 constant IC = 1;
uint256 constant OC = 2;
uint256 constant NOTE_FACTOR = 3;
uint256 constant LLCR = 4;
uint256 constant POOL_FACTOR = 5;
uint256 constant RESERVE_LEVEL = 6;
uint256 constant REPORT = 7;

// On which side of its threshold a test fails
uint256 constant BELOW = 0;
uint256 constant ABOVE = 1;

struct ArrearsSlot {
    uint128 interest;
    uint128 principal;
}

/// @dev What the collections of a period were fixed at, before it is settled.
struct CutOffSlot {
    uint16 period;
    uint128 collections;
}

/// @dev Of a callable deal: the last period whose call was announced, whether it was called, which ends the deal, and the
/// principal ever paid to lenders.
struct CallSlot {
    uint16 announced;
    bool called;
    uint128 repaid;
}

/// @dev A holder's state, as readers see it; the deal keeps it in one word, see {HolderWord}. Entitlement = shares ×
/// credited − debt, in base units × supply.
struct HolderSlot {
    uint64 shares;
    int192 debt;
}

/// @dev Shares of one tranche given to a holder at closing.
struct Allotment {
    uint8 tranche;
    address holder;
    uint64 shares;
}

/// @dev Shares of one tranche about to move from one holder to another, as a policy hears of it: share base units, and what
/// both hold before. `from` is the zero address when the deal closes. `amount` may be more than `from` has, and `from` and
/// `to` may be one.
struct ShareMove {
    address deal;
    uint256 tranche;
    address from;
    address to;
    uint256 amount;
    uint256 fromShares;
    uint256 toShares;
}

// Words of storage, packed

/// @dev The deal's period, counters and arrears bits, and the first amounts: see {SlotLib}.
type LedgerWord is uint256;

/// @dev What tranches were credited and holders claimed: see {SlotLib}.
type CashWord is uint256;

/// @dev The last value reported of a field and its period: see {FloatingLib}.
type KnownIndex is uint256;

/// @dev A holder's shares and debt: see {ShareLib}.
type HolderWord is uint256;

/// @dev What a transfer takes from the seller's word and adds to the buyer's: see {ShareLib}.
type TransferDelta is uint256;

// The terms in memory: see {TermsLib}

/// @dev Where the packed terms begin in memory.
type Terms is uint256;

/// @dev Where a period's row begins in the terms.
type TermsRow is uint256;

/// @dev What a tranche accrues by: a cut of its terms in one word.
type AccrualTerms is uint256;

/// @dev A rung of a ladder in one word.
type Rung is uint256;

type RungKind is uint256;

using {_sameKind as ==, _laterKind as >} for RungKind global;

function _sameKind(RungKind a, RungKind b) pure returns (bool) {
    return RungKind.unwrap(a) == RungKind.unwrap(b);
}

function _laterKind(RungKind a, RungKind b) pure returns (bool) {
    return RungKind.unwrap(a) > RungKind.unwrap(b);
}

// Records in memory: see {RecordLib}

/// @dev Where a tranche's record begins in memory.
type TrancheRecord is uint256;

/// @dev Where a fee's record begins in memory.
type FeeRecord is uint256;

/// @dev Where in a record what a rung may pay is kept.
type DuePlace is uint256;

/// @dev A test's terms but for what its trap supports, in one word.
type PackedTest is uint256;

/// @dev Where a list of amounts begins in memory.
type Amounts is uint256;

/// @dev Where the log of a settlement is written next in memory: see {SettlementLogLib}.
type LogCursor is uint256;

/// @dev Everything one settlement works on. `flags` are the terms'; `cap` is the most any stored amount can be; `row` the
/// period's row; `matured` from the last period on; `locked` whether a claim is being paid; `cash` what is left to share;
/// `principalPot` what goes down the principal ladder, until that begins;
/// `reported` has a bit for each field that was reported for the period, and `report` the fields, 0 where it was not;
/// `unreported` has a bit for each test that its report is missing for: its trap acts as if it failed; above them, one more
/// than the test whose trap gets the residual;
/// `claimed` what holders ever claimed; `width` the bytes an amount takes in the log; `supportingReserves` counts those that
/// rungs may draw on: all, or none where a ladder is only tried; `lenders` the tranches before equity, `keptBalances` how
/// many have a balance in storage, from the most senior; `promote` what {PromoteLib} keeps, only in deals that have one. Pots hold reserves, then what payees may claim, then, from `trapsAt` on,
/// traps; `potsInUse` counts those that may hold cash or have held some, traps only while a counter runs. Targets are the
/// reserves'.
struct Book {
    Terms terms;
    uint256 period;
    TermsRow row;
    bool narrow;
    bool matured;
    bool locked;
    uint256 cap;
    uint256 collections;
    uint256 cash;
    uint256 principalPot;
    uint256 claimed;
    uint256 reported;
    Amounts report;
    uint256 passesNeeded;
    uint256 unreported;
    uint256 potsInUse;
    uint256 width;
    uint256 trancheCount;
    uint256 feeCount;
    uint256 reserveCount;
    uint256 supportingReserves;
    uint256 testCount;
    uint256 lenders;
    uint256 keptBalances;
    uint256 trapsAt;
    uint256 flags;
    TrancheRecord tranches;
    FeeRecord fees;
    Amounts pots;
    Amounts targets;
    Amounts promote;
}
