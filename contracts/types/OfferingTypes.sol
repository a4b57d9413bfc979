// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev Where an offering is. Every step is one way: open, then closing unless it failed, then closed or failed.
enum OfferingState {
    Open,
    Closing,
    Closed,
    Failed
}

/// @dev What is sold of one tranche, all of its supply, in units.
struct Lot {
    // The price of a unit, in base units of the asset
    uint88 price;
    // How many there are
    uint40 units;
    // The least a holder may have subscribed, its earlier subscriptions included
    uint40 least;
    // The most
    uint40 most;
    uint8 tranche;
}

/// @dev What a payee gets of the proceeds, in base units.
struct Proceed {
    address payee;
    uint128 amount;
}

/// @dev The terms of an offering, fixed when it is deployed.
struct OfferingTerms {
    // Launches the deal
    address factory;
    // Of that launch
    bytes32 salt;
    // Who gets the proceeds less fees and opening reserves
    address project;
    // Who buys what is left at the deadline; the zero address for nobody
    address underwriter;
    // Who may cancel before the soft cap is met; the zero address for nobody
    address canceller;
    // Until when, in seconds, subscriptions are taken; from then on it can be closed
    uint64 deadlineAt;
    // When, in seconds, an offering that is not closed has failed
    uint64 graceEndsAt;
    // What must be subscribed by the deadline, in base units
    uint128 softCap;
    // A unit, the least that can be bought, is so many shares of any tranche, in share base units
    uint64 sharesPerUnit;
    // By tranche, ascending
    Lot[] lots;
    Proceed[] fees;
}

/// @dev Shares that a holder takes from a distributor: one leaf of its tree.
struct Placement {
    uint256 index;
    uint8 tranche;
    address holder;
    uint64 shares;
}
