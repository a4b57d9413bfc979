// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev One unit of every rate, ratio and fraction.
uint256 constant WAD = 1e18;

/// @dev The most any amount can be. Keeps every product below 2**256, every sum far from it, and every packed field
/// whole: the libraries' unchecked blocks rest on it.
uint256 constant MAX_AMOUNT = 2 ** 96 - 1;

/// @dev In a rung: no second target, no test.
uint256 constant NONE = 255;

// Flags of a deal
uint256 constant WRITES_DOWN = 1;
uint256 constant READS_REPORTS = 2;
uint256 constant FEES_CARRY = 4;

// Rung kinds
uint256 constant FEE = 0;
uint256 constant INTEREST = 1;
uint256 constant PRINCIPAL = 2;
uint256 constant ALL = 3;
uint256 constant SWEEP = 4;
uint256 constant RESERVE = 5;
uint256 constant TRAP = 6;
uint256 constant RESIDUAL = 7;

// Principal kinds: all at the end; amounts per period; what the ladder brings
uint256 constant BULLET = 0;
uint256 constant SCHEDULE = 1;
uint256 constant CASH = 2;

// What interest arrears bear
uint256 constant ARREARS_NONE = 0;
uint256 constant ARREARS_COUPON = 1;
uint256 constant ARREARS_SPREAD = 2;
uint256 constant CAPITALISE = 3;

// What a fee is charged on
uint256 constant FIXED = 0;
uint256 constant OF_COLLECTIONS = 1;
uint256 constant OF_BALANCE = 2;
uint256 constant OF_ASSET_VALUE = 3;

struct ArrearsSlot {
    uint128 interest;
    uint128 principal;
}

/// @dev A holder's state, as readers see it; the deal keeps it in one word, see {ShareLib}. Entitlement = shares × credited − debt, in base units × supply.
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

/// @dev Where the packed terms begin in memory.
type Terms is uint256;

/// @dev Where a row of one-word fields begins in memory; see {RecordLib}.
type Record is uint256;

// A tranche's record, in base units. INTEREST_OWED and PRINCIPAL_OWED are arrears between settlements, what is due once
// the dues are in, and fall as rungs pay. DEBT_SERVICE is current interest and scheduled principal. CASH_SLOT is the
// tranche's cash slot as it was read, CREDITED what became claimable since. What a rung pays stands at 32 times its kind.
uint256 constant DEBT_SERVICE = 0x00;
uint256 constant INTEREST_OWED = 0x20;
uint256 constant PRINCIPAL_OWED = 0x40;
uint256 constant BALANCE = 0x60;
uint256 constant CREDITED = 0x80;
uint256 constant CASH_SLOT = 0xa0;
uint256 constant TRANCHE_SIZE = 0xc0;

// A fee's record, in base units: what of it falls due; arrears and what accrued. Both fall as rungs pay.
uint256 constant FEE_DUE = 0x00;
uint256 constant FEE_OWED = 0x20;
uint256 constant FEE_SIZE = 0x40;

/// @dev Everything one settlement works on. `row` is where the period's row stands in the terms; `matured` from the last
/// period on; `cash` what is left to share; `trapped` the counters of tests whose trap may hold or have held cash;
/// `width` the bytes an amount takes in the log; `cashSlots` all of them, or-ed. Pots hold reserves, then what payees may
/// claim, then traps; targets are the reserves'.
struct Book {
    Terms terms;
    uint256 period;
    uint256 row;
    bool matured;
    uint256 collections;
    uint256 cash;
    uint256 loss;
    uint256 assetValue;
    uint256 passesNeeded;
    uint256 trapped;
    uint256 width;
    uint256 cashSlots;
    uint256 trancheCount;
    uint256 feeCount;
    uint256 reserveCount;
    uint256 testCount;
    Record tranches;
    Record fees;
    Record pots;
    Record targets;
}
