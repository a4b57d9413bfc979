// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev One unit of every rate, ratio and fraction.
uint256 constant WAD = 1e18;

/// @dev The most any amount can be. Keeps every product below 2**256, every sum far from it, and every packed field
/// whole: the libraries' unchecked blocks rest on it.
uint256 constant MAX_AMOUNT = 2 ** 96 - 1;

/// @dev In a rung: no second target, no test.
uint256 constant NONE = 255;

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

/// @dev Deal-wide state, one slot. `passesNeeded` holds five bits a test: consecutive passes until it is cured.
/// `inArrears` holds a bit a tranche. The first two balances live here, so that a small deal touches no other slot.
struct LedgerSlot {
    uint16 period;
    uint40 passesNeeded;
    uint8 inArrears;
    uint96 firstBalance;
    uint96 secondBalance;
}

/// @dev A tranche's cash, one slot, in base units: all that ever became claimable, and all of it that left.
struct CashSlot {
    uint128 credited;
    uint128 claimed;
}

struct ArrearsSlot {
    uint128 interest;
    uint128 principal;
}

/// @dev A holder's state, one slot. Entitlement = shares × credited − debt, in base units × supply.
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

/// @dev One tranche during one settlement, in base units. `interestDue` and `principalDue` fall as rungs pay.
struct TrancheBook {
    uint256 balance;
    uint256 interestArrears;
    uint256 principalArrears;
    uint256 currentInterest;
    uint256 scheduledPrincipal;
    uint256 interestDue;
    uint256 principalDue;
    uint256 credited;
}

/// @dev One fee during one settlement, in base units. `due` falls as rungs pay.
struct FeeBook {
    uint256 arrears;
    uint256 accrued;
    uint256 due;
    uint256 paid;
}

/// @dev One reserve during one settlement, in base units.
struct ReserveBook {
    uint256 balance;
    uint256 target;
}

/// @dev Where the packed terms begin in memory.
type Terms is uint256;

/// @dev Everything one settlement works on. `row` is where the period's row stands in the terms; `matured` from the last
/// period on.
struct Book {
    Terms terms;
    uint256 period;
    uint256 row;
    bool matured;
    uint256 collections;
    uint256 loss;
    uint256 assetValue;
    uint256 passesNeeded;
    uint256 remaining;
    TrancheBook[] tranches;
    FeeBook[] fees;
    ReserveBook[] reserves;
    uint256[] traps;
}
