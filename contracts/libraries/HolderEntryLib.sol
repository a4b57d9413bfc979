// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {HolderData, HolderEntry} from "../types/HolderTypes.sol";

/// @title HolderEntryLib
/// @notice What a {CompliancePolicy} knows of a holder, in one word, so that a transfer reads one slot a side. From the lowest
/// bits: investor (128), when it expires (40), country (16), class (8), flags (8), a bit for each tranche in which shares
/// are frozen (16), how often the entry was set (32).
/// @dev Unchecked: every field is cut to its width where it enters.
library HolderEntryLib {
    uint256 internal constant EXEMPT = 1;
    uint256 internal constant NEVER = 2;
    uint256 internal constant FROZEN = 4;

    uint256 private constant EXPIRES_AT = 128;
    uint256 private constant COUNTRY_AT = 168;
    uint256 private constant CLASS_AT = 184;
    uint256 private constant FLAGS_AT = 192;
    uint256 private constant FROZEN_IN_AT = 200;
    uint256 private constant NONCE_AT = 216;

    function investor(HolderEntry entry) internal pure returns (uint256) {
        return uint128(HolderEntry.unwrap(entry));
    }

    function expiresAt(HolderEntry entry) internal pure returns (uint256) {
        return uint40(HolderEntry.unwrap(entry) >> EXPIRES_AT);
    }

    function country(HolderEntry entry) internal pure returns (uint256) {
        return uint16(HolderEntry.unwrap(entry) >> COUNTRY_AT);
    }

    function class(HolderEntry entry) internal pure returns (uint256) {
        return uint8(HolderEntry.unwrap(entry) >> CLASS_AT);
    }

    function nonce(HolderEntry entry) internal pure returns (uint256) {
        return uint32(HolderEntry.unwrap(entry) >> NONCE_AT);
    }

    /// @notice Whether any of these flags is raised.
    function has(HolderEntry entry, uint256 flags) internal pure returns (bool) {
        return HolderEntry.unwrap(entry) & (flags << FLAGS_AT) != 0;
    }

    function isFrozenIn(HolderEntry entry, uint256 tranche) internal pure returns (bool) {
        return HolderEntry.unwrap(entry) & (1 << (FROZEN_IN_AT + tranche)) != 0;
    }

    function withFlag(HolderEntry entry, uint256 flag, bool raised) internal pure returns (HolderEntry) {
        return _withBit(entry, flag << FLAGS_AT, raised);
    }

    function withFrozenIn(HolderEntry entry, uint256 tranche, bool frozen) internal pure returns (HolderEntry) {
        return _withBit(entry, 1 << (FROZEN_IN_AT + tranche), frozen);
    }

    /// @notice The entry as it is registered again. What is frozen stays frozen.
    function registered(HolderEntry entry, HolderData memory data) internal pure returns (HolderEntry) {
        unchecked {
            uint256 kept = HolderEntry.unwrap(entry) & ~((uint256(1) << FLAGS_AT) - 1);
            uint256 set = (uint256(data.class) << CLASS_AT) | (uint256(data.country) << COUNTRY_AT);
            set |= (uint256(data.expiresAt) << EXPIRES_AT) | data.investor;
            return HolderEntry.wrap((kept | set) + (1 << NONCE_AT));
        }
    }

    /// @notice The entry of a holder that may receive no more from `time` on. Claims for it that were not used are void.
    function expired(HolderEntry entry, uint256 time) internal pure returns (HolderEntry) {
        unchecked {
            uint256 kept = HolderEntry.unwrap(entry) & ~(uint256(type(uint40).max) << EXPIRES_AT);
            return HolderEntry.wrap((kept | (time << EXPIRES_AT)) + (1 << NONCE_AT));
        }
    }

    function _withBit(HolderEntry entry, uint256 bit, bool raised) private pure returns (HolderEntry) {
        uint256 word = HolderEntry.unwrap(entry);
        return HolderEntry.wrap(raised ? word | bit : word & ~bit);
    }
}
