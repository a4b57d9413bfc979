// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IMetersShared} from "../interfaces/IMetersShared.sol";
import {Pledge, Question, Record, UNIT_REDUCED} from "../types/Links.sol";

/// @title MetersStorage
/// @notice What meters keep, and the rules that {Meters} and {MetersExtension} share.
abstract contract MetersStorage is IMetersShared, ReentrancyGuard {
    /// @dev All that a report reads of its meter, in one slot.
    struct Config {
        uint24 interval;
        uint8 unit;
        bool closed;
        bool stakeMissing;
        uint64 capacity;
        uint32 reporters;
        uint24 disputeWindow;
        uint24 gapAfter;
        uint32 first; // in intervals, since 1970
        uint32 open;
    }

    struct Meter {
        Config config;
        address owner;
        uint96 stake;
        address asset;
        uint96 bond;
        uint40 next;
        uint112 register;
        uint32 answerWindow;
        bytes32 zone;
        bytes32 fleetRoot;
        bytes32 documents;
    }

    /// @dev Of a batch: its open questions, and what each gets of the stake once it is void.
    struct Dispute {
        uint32 open;
        uint96 share;
    }

    uint64 internal _meterCount;
    uint32 internal _setCount;
    uint64 internal _versionCount;

    mapping(uint32 set => address) internal _setOwner;
    /// @dev By the time from which they are in force: version << 8 | threshold.
    mapping(uint32 set => Checkpoints.Trace208) internal _sets;
    mapping(uint64 meter => Meter) internal _meters;
    mapping(uint256 id => Record) internal _records;
    mapping(uint256 id => Dispute) internal _disputes;
    mapping(uint256 id => mapping(uint128 unit => Question)) internal _questions;
    /// @dev By the time from which they are in force: payee << 48 | number of the pledge. 0: not pledged.
    mapping(uint64 meter => Checkpoints.Trace208) internal _payees;
    mapping(uint64 meter => mapping(uint48 number => Pledge)) internal _pledges;
    /// @dev What the register is in gaps: from the first gap after it changed.
    mapping(uint64 meter => Checkpoints.Trace208) internal _gaps;
    /// @dev The late register after each late batch, by the interval in which it was counted.
    mapping(uint64 meter => Checkpoints.Trace208) internal _late;

    /// @inheritdoc IMetersShared
    mapping(uint256 version => mapping(address account => bool)) public isReporter;

    /// @inheritdoc IMetersShared
    mapping(address asset => mapping(address account => uint256)) public credit;

    /// @dev Batches became final or void: with the last one of a closed meter its stake is the owner's.
    function _settle(uint64 meter, Meter storage m, uint32 count) internal {
        uint32 open = m.config.open - count;
        m.config.open = open;
        if (open != 0 || !m.config.closed || m.config.stakeMissing) return;
        m.config.stakeMissing = true;
        credit[m.asset][m.owner] += m.stake;
        emit StakeReturned(meter, m.stake);
    }

    function _meter(uint64 meter) internal view returns (Meter storage m) {
        m = _meters[meter];
        if (m.config.interval == 0) revert Meters_UnknownMeter(meter);
    }

    /// @dev Energy within capacity × interval / 3600, anything else within capacity × interval.
    function _requireWithin(uint256 amount, Config memory config, uint256 capacity) internal pure {
        uint256 most = capacity * config.interval;
        if (config.unit <= UNIT_REDUCED) most /= 3600;
        if (amount > most) revert Meters_AboveCapacity(amount, most);
    }

    function _first(Config memory config) internal pure returns (uint40) {
        return uint40(config.first) * config.interval;
    }

    function _id(uint64 meter, uint40 start) internal pure returns (uint256) {
        return (uint256(meter) << 40) | start;
    }
}
