// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev One unit of every rate, ratio and fraction.
uint256 constant WAD = 1e18;

/// @dev The most any amount can be: what keeps every product below 2**256 and every packed field whole.
uint256 constant MAX_AMOUNT = 2 ** 104 - 1;

/// @dev In a rung: no second target, no test.
uint256 constant NONE = 255;

enum PrincipalKind {
    Bullet,
    Schedule,
    Cash
}

enum ArrearsRule {
    None,
    Coupon,
    Spread,
    Capitalise
}

enum RungKind {
    Fee,
    Interest,
    Principal,
    All,
    Sweep,
    Reserve,
    Trap,
    Residual
}

enum FeeBase {
    Fixed,
    Collections,
    Balance,
    AssetValue
}

/// @dev Deal-wide state, one slot. `passesNeeded` holds five bits a test: consecutive passes until it is cured.
struct LedgerSlot {
    uint112 accounted;
    uint16 period;
    uint40 passesNeeded;
    bool entered;
}

/// @dev A tranche's state, one slot; its arrears are read only when `inArrears`.
struct TrancheSlot {
    uint120 credited;
    uint120 balance;
    bool inArrears;
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

/// @dev What a report source says of one period, in base units.
struct Report {
    uint256 loss;
    uint256 assetValue;
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

/// @dev Everything one settlement works on. `row` is where the period's row of the terms begins.
struct Book {
    bytes terms;
    uint256 period;
    uint256 row;
    bool matured;
    uint256 collections;
    Report report;
    uint256 passesNeeded;
    uint256 remaining;
    TrancheBook[] tranches;
    FeeBook[] fees;
    ReserveBook[] reserves;
    uint256[] traps;
}
