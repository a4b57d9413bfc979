// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What a policy knows of a holder, in one word: see {HolderEntryLib}.
type HolderEntry is uint256;

/// @dev Classes of investors. 0 is a holder whose class nobody stated.
uint256 constant RETAIL = 1;
uint256 constant PROFESSIONAL = 2;
uint256 constant ACCREDITED = 3;

/// @dev Country codes of ISO 3166-1 numeric are below.
uint256 constant MAX_COUNTRY = 999;

/// @dev A holder as it is registered.
/// @param investor Who is behind the account; counted once however many accounts it has. Never 0.
/// @param country ISO 3166-1 numeric; 0: not stated.
/// @param class Of investors: 1 retail, 2 professional, 3 accredited; 0: not stated.
/// @param expiresAt The first second in which it may no longer receive shares.
struct HolderData {
    address holder;
    uint128 investor;
    uint16 country;
    uint8 class;
    uint40 expiresAt;
}

/// @dev The rules of a tranche.
/// @param classes Bit i: class i may receive. 0: every class may.
/// @param investors The most investors; 0: no limit.
/// @param largest The most shares of one investor; 0: no limit.
/// @param minimum The least shares of an account that has any.
/// @param lot Shares move in multiples of it; 0: in any amount.
struct TrancheRules {
    uint8 classes;
    uint32 investors;
    uint64 largest;
    uint64 minimum;
    uint64 lot;
}

/// @dev The rules of a policy, fixed when it is created.
/// @param countries Bit c % 256 of word c / 256: an investor of country c may receive. Bit 0 of the first word: one without a
/// country may.
/// @param heldUntil By class: until when, in seconds, its investors keep their shares.
/// @param tranches In order.
struct PolicyRules {
    uint256[4] countries;
    uint40[4] heldUntil;
    TrancheRules[] tranches;
}

/// @dev The rule that refuses a transfer, in the order in which rules are asked.
enum Rule {
    NONE,
    SENDER_FROZEN,
    SENDER_HOLDS,
    RECEIVER_UNKNOWN,
    RECEIVER_EXPIRED,
    RECEIVER_FROZEN,
    COUNTRY,
    CLASS,
    AMOUNT_FROZEN,
    LOT,
    SENDER_BELOW_MINIMUM,
    RECEIVER_BELOW_MINIMUM,
    LARGEST_PART,
    INVESTORS
}
