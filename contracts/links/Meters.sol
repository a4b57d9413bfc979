// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IMetersCore} from "../interfaces/IMetersCore.sol";
import {DelegateLib} from "../libraries/DelegateLib.sol";
import {MerkleSumLib} from "../libraries/MerkleSumLib.sol";
import {SignaturesLib} from "../libraries/SignaturesLib.sol";
import {MetersStorage} from "./MetersStorage.sol";
import {
    Batch,
    MeterState,
    Pledge,
    RECORD_FINAL,
    RECORD_FINAL_LATE,
    RECORD_LATE,
    RECORD_QUESTIONED,
    RECORD_REPORTED,
    RECORD_VOID,
    Record,
    Top,
    UNIT_CONSUMED,
    UNIT_PRODUCED
} from "../types/Links.sol";

/// @title Meters
/// @notice See {IMeters}. What happens every interval is here; the rest is in {MetersExtension}, by delegatecall.
contract Meters is IMetersCore, MetersStorage {
    using Checkpoints for Checkpoints.Trace208;

    bytes32 private constant NAME = keccak256("Penstock Meters");
    bytes32 private constant BATCH = keccak256("Batch(uint64 meter,uint40 start,bytes32 root,uint96 total)");
    bytes32 private constant BATCHES = keccak256(
        "Batches(Batch[] batches)Batch(uint64 meter,uint40 start,bytes32 root,uint96 total)"
    );

    address private immutable _extension;

    constructor(address extension) {
        _extension = extension;
    }

    /// @dev The one delegation, and to one address that is part of the code.
    fallback() external {
        DelegateLib.delegate(_extension);
    }

    // Reports

    /// @inheritdoc IMetersCore
    function report(Batch calldata batch, Top calldata top, bytes calldata signatures) external {
        Config memory config = _meter(batch.meter).config;
        uint208 reporters = _sets[config.reporters].upperLookup(batch.start);
        _requireSigned(_hash(batch), reporters, signatures);
        if (!_report(config, batch, top)) revert Meters_ReportedAlready(_id(batch.meter, batch.start));
    }

    /// @inheritdoc IMetersCore
    function reportMany(Batch[] calldata batches, Top[] calldata tops, bytes calldata signatures) external {
        uint256 count = batches.length;
        if (count == 0 || count != tops.length) revert Meters_NotTogether(count);
        bytes32[] memory hashes = new bytes32[](count);
        uint208 reporters;
        for (uint256 i; i < count; ++i) {
            hashes[i] = _hash(batches[i]);
            uint208 ofThis = _sets[_meter(batches[i].meter).config.reporters].upperLookup(batches[i].start);
            if (i == 0) reporters = ofThis;
            else if (ofThis != reporters) revert Meters_NotTogether(i);
        }
        bytes32 message = keccak256(abi.encode(BATCHES, keccak256(abi.encodePacked(hashes))));
        _requireSigned(message, reporters, signatures);
        for (uint256 i; i < count; ++i) _report(_meters[batches[i].meter].config, batches[i], tops[i]);
    }

    /// @return Whether the interval was not reported before.
    function _report(Config memory config, Batch calldata batch, Top calldata top) private returns (bool) {
        uint40 start = batch.start;
        uint256 id = _id(batch.meter, start);
        Record storage r = _records[id];
        if (r.state != 0) return false;
        if (config.closed) revert Meters_Closed(batch.meter);
        if (config.stakeMissing) revert Meters_StakeMissing(batch.meter);
        _requireAligned(config, batch.meter, start);
        uint256 end = uint256(start) + config.interval;
        if (block.timestamp < end) revert Meters_TooEarly(end);
        (bytes32 root, uint256 total) = MerkleSumLib.open(top);
        if (root != batch.root || total != batch.total) revert Meters_WrongTop(root, total);
        _requireWithin(total, config, config.capacity);
        ++config.open;
        _meters[batch.meter].config = config;
        uint40 finalAt = uint40(block.timestamp + config.disputeWindow);
        uint8 state = block.timestamp > end + config.gapAfter ? RECORD_LATE : RECORD_REPORTED;
        r.root = root;
        (r.total, r.registerAfter, r.finalAt, r.state) = (batch.total, 0, finalAt, state);
        emit Reported(batch.meter, start, root, batch.total, finalAt, state);
        return true;
    }

    /// @dev All who signed are reporters, and enough.
    /// @param reporters Version and threshold.
    function _requireSigned(bytes32 message, uint208 reporters, bytes calldata signatures) private view {
        address[] memory signers = SignaturesLib.signers(SignaturesLib.digest(NAME, message), signatures);
        for (uint256 i; i < signers.length; ++i) {
            if (!isReporter[reporters >> 8][signers[i]]) revert Meters_NotReporter(signers[i]);
        }
        if (signers.length < uint8(reporters)) revert Meters_TooFewReporters(signers.length, uint8(reporters));
    }

    function _hash(Batch calldata batch) private pure returns (bytes32) {
        return keccak256(abi.encode(BATCH, batch));
    }

    // Finality

    /// @inheritdoc IMetersCore
    function finalise(uint64 meter, uint256 count) external {
        Meter storage m = _meter(meter);
        Config memory config = m.config;
        (uint40 next, uint112 total) = (m.next, m.register);
        uint32 batches;
        uint40 gap;
        for (uint256 i; i < count; ++i) {
            Record storage r = _records[_id(meter, next)];
            uint8 state = r.state;
            if (state & ~RECORD_QUESTIONED == RECORD_REPORTED) {
                if (state != RECORD_REPORTED || block.timestamp < r.finalAt) break;
                gap = _closeGap(meter, gap, next, total);
                total += r.total;
                (r.registerAfter, r.state) = (total, RECORD_FINAL);
                ++batches;
                emit Finalised(meter, next, r.total, total);
            } else {
                uint256 ripeAt = uint256(next) + config.interval + config.gapAfter;
                if (state != RECORD_VOID && block.timestamp <= ripeAt) break;
                if (gap == 0) gap = next;
            }
            next += config.interval;
        }
        if (next == m.next) revert Meters_NothingToFinalise(meter, next);
        _closeGap(meter, gap, next, total);
        (m.next, m.register) = (next, total);
        if (batches != 0) _settle(meter, m, batches);
    }

    /// @dev Writes a run of gaps, if one is open: one slot, and none where the register has not changed since the last.
    function _closeGap(uint64 meter, uint40 gap, uint40 next, uint112 total) private returns (uint40 none) {
        if (gap == 0) return none;
        if (_gaps[meter].latest() != total) _gaps[meter].push(gap, total);
        emit GapFinalised(meter, gap, next, total);
    }

    /// @inheritdoc IMetersCore
    function finaliseLate(uint256 id) external {
        Record storage r = _records[id];
        if (r.state != RECORD_LATE) revert Meters_WrongState(id, r.state);
        if (block.timestamp < r.finalAt) revert Meters_TooEarly(r.finalAt);
        uint64 meter = uint64(id >> 40);
        Meter storage m = _meters[meter];
        uint112 total = uint112(_late[meter].latest()) + r.total;
        r.state = RECORD_FINAL_LATE;
        _late[meter].push(m.next, total);
        emit LateFinalised(meter, uint40(id), r.total, m.next, total);
        _settle(meter, m, 1);
    }

    // Views

    /// @inheritdoc IMetersCore
    function registerAt(uint64 meter, uint40 time) external view returns (uint112) {
        Config memory config = _requireFinal(meter, time);
        if (time == _first(config)) return 0;
        uint40 start = time - config.interval;
        Record storage r = _records[_id(meter, start)];
        return r.state == RECORD_FINAL ? r.registerAfter : uint112(_gaps[meter].upperLookup(start));
    }

    /// @inheritdoc IMetersCore
    function lateAt(uint64 meter, uint40 time) external view returns (uint112) {
        _requireFinal(meter, time);
        return uint112(_late[meter].upperLookup(time - 1));
    }

    /// @inheritdoc IMetersCore
    function payeeAt(uint64 meter, uint40 time) external view returns (Pledge memory found) {
        uint208 pledged = _payees[meter].upperLookup(time);
        if (pledged == 0) found.payee = _meters[meter].owner;
        else found = _pledges[meter][uint48(pledged)];
    }

    /// @inheritdoc IMetersCore
    function meterOf(uint64 meter) external view returns (MeterState memory state) {
        Meter storage m = _meters[meter];
        Config memory config = m.config;
        state.owner = m.owner;
        state.asset = m.asset;
        state.unit = config.unit;
        state.interval = config.interval;
        state.capacity = config.capacity;
        state.reporters = config.reporters;
        state.gapAfter = config.gapAfter;
        state.disputeWindow = config.disputeWindow;
        state.answerWindow = m.answerWindow;
        state.zone = m.zone;
        state.fleetRoot = m.fleetRoot;
        state.documents = m.documents;
        state.stake = m.stake;
        state.bond = m.bond;
        state.first = _first(config);
        state.next = m.next;
        state.open = config.open;
        state.register = m.register;
        state.closed = config.closed;
        state.stakeMissing = config.stakeMissing;
    }

    /// @inheritdoc IMetersCore
    function recordOf(uint256 id) external view returns (Record memory) {
        return _records[id];
    }

    /// @inheritdoc IMetersCore
    function reportersAt(uint32 set, uint40 time) external view returns (uint256 version, uint8 threshold) {
        uint208 reporters = _sets[set].upperLookup(time);
        return (reporters >> 8, uint8(reporters));
    }

    /// @inheritdoc IMetersCore
    function totalOf(uint256 id) external view returns (uint96 total, uint8 unit) {
        return (_finalTotal(id), _meters[uint64(id >> 40)].config.unit);
    }

    /// @inheritdoc IMetersCore
    function loadOf(uint256 id, uint256 load) external view returns (uint96 total, address owner) {
        Meter storage producer = _meters[uint64(id >> 40)];
        Meter storage consumer = _meters[uint64(load >> 40)];
        if (
            uint40(id) != uint40(load) ||
            producer.config.unit != UNIT_PRODUCED ||
            consumer.config.unit != UNIT_CONSUMED ||
            producer.config.interval != consumer.config.interval ||
            producer.zone != consumer.zone
        ) revert Meters_OtherLoad(id, load);
        return (_finalTotal(load), consumer.owner);
    }

    function _finalTotal(uint256 id) private view returns (uint96) {
        Record storage r = _records[id];
        if (r.state != RECORD_FINAL && r.state != RECORD_FINAL_LATE) {
            revert Meters_NotFinal(uint64(id >> 40), uint40(id));
        }
        return r.total;
    }

    function _requireAligned(Config memory config, uint64 meter, uint40 time) private pure {
        if (time % config.interval != 0 || time < _first(config)) revert Meters_WrongTime(meter, time);
    }

    function _requireFinal(uint64 meter, uint40 time) private view returns (Config memory config) {
        config = _meter(meter).config;
        _requireAligned(config, meter, time);
        if (time > _meters[meter].next) revert Meters_NotFinal(meter, time);
    }
}
