// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IQuorumReporter} from "../interfaces/IQuorumReporter.sol";
import {IReports} from "../interfaces/IReports.sol";
import {FieldsLib} from "../libraries/FieldsLib.sol";
import {SignaturesLib} from "../libraries/SignaturesLib.sol";
import {MAX_AMOUNT, MAX_FIELDS} from "../types/Types.sol";

/// @title QuorumReporter
/// @notice See {IQuorumReporter}.
contract QuorumReporter is IQuorumReporter {
    using FieldsLib for bytes32[6];

    uint256 private constant WAD = 1e18;
    uint256 private constant MOST_REPORTERS = 32;
    bytes32 private constant NAME = keccak256("Penstock Reports");
    bytes32 private constant REPORT = keccak256(
        "Report(bytes32 subject,uint40 start,uint40 from,uint40 until,uint256 reported,uint96[] values)"
    );

    /// @inheritdoc IQuorumReporter
    uint256 public immutable quorum;

    /// @inheritdoc IQuorumReporter
    uint256 public immutable tolerance;

    /// @inheritdoc IQuorumReporter
    mapping(address account => bool) public isReporter;

    address[] private _reporters;

    mapping(bytes32 subject => mapping(uint40 start => bytes32[6])) private _medians;

    /// @param reporters_ In rising order.
    /// @param quorum_ How many reports make one.
    /// @param tolerance_ Of a quorum of 2, else 0; in wad.
    constructor(address[] memory reporters_, uint256 quorum_, uint256 tolerance_) {
        uint256 count = reporters_.length;
        bool fits = quorum_ == 2 || (quorum_ & 1 == 1 && quorum_ > 1);
        if (!fits || count < quorum_ || count > MOST_REPORTERS) revert QuorumReporter_WrongQuorum(quorum_, count);
        if (tolerance_ >= (quorum_ == 2 ? WAD : 1)) revert QuorumReporter_WrongTolerance(tolerance_);
        address last;
        for (uint256 i; i < count; ++i) {
            if (reporters_[i] <= last) revert QuorumReporter_NotRising(i, reporters_[i]);
            last = reporters_[i];
            isReporter[last] = true;
        }
        (quorum, tolerance, _reporters) = (quorum_, tolerance_, reporters_);
    }

    /// @inheritdoc IQuorumReporter
    function report(bytes32 subject, uint40 start, SignedReport[] calldata reports) external {
        uint256 count = reports.length;
        if (count != quorum && (quorum != 2 || count != 3)) revert QuorumReporter_WrongCount(count, quorum);
        bytes32[6] storage kept = _medians[subject][start];
        if (!kept.isEmpty()) revert QuorumReporter_ReportedAlready(subject, start);
        address[] memory signers = new address[](count);
        uint256[][] memory values = new uint256[][](count);
        uint256 reported = reports[0].reported;
        address last;
        for (uint256 i; i < count; ++i) {
            SignedReport calldata each = reports[i];
            if (each.reporter <= last) revert QuorumReporter_NotRising(i, each.reporter);
            (last, values[i]) = (each.reporter, each.values);
            signers[i] = last;
            _check(subject, start, each, values[i]);
            if (each.reported != reported || values[i].length != values[0].length) {
                revert QuorumReporter_OtherFields(last);
            }
        }
        uint256[] memory medians = _median(values);
        kept.write(reported, medians);
        emit Reported(subject, start, reported, medians, signers);
    }

    /// @inheritdoc IReports
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (uint256 reported, uint256[14] memory values) {
        if (period > type(uint40).max) return (0, values);
        return _medians[bytes32(uint256(uint160(deal)))][uint40(period)].read();
    }

    /// @inheritdoc IQuorumReporter
    function medianOf(
        bytes32 subject,
        uint40 start
    ) external view returns (uint256 reported, uint256[14] memory values) {
        return _medians[subject][start].read();
    }

    /// @inheritdoc IQuorumReporter
    function reporters() external view returns (address[] memory) {
        return _reporters;
    }

    /// @inheritdoc IQuorumReporter
    function digestOf(bytes32 subject, uint40 start, SignedReport calldata signed) external view returns (bytes32) {
        return _digest(subject, start, signed, signed.values);
    }

    /// @param values Those of the report, in memory.
    function _check(bytes32 subject, uint40 start, SignedReport calldata each, uint256[] memory values) private view {
        address reporter = each.reporter;
        if (!isReporter[reporter]) revert QuorumReporter_NotReporter(reporter);
        if (block.timestamp < each.from) revert QuorumReporter_Early(reporter, each.from, block.timestamp);
        if (block.timestamp > each.until) revert QuorumReporter_Late(reporter, each.until, block.timestamp);
        uint256 count = values.length;
        uint256 reported = each.reported;
        if (count > MAX_FIELDS || reported == 0 || reported >> count != 0) {
            revert QuorumReporter_WrongFields(count, MAX_FIELDS);
        }
        for (uint256 i; i < count; ++i) {
            uint256 value = FieldsLib.at(values, i);
            if (value > ((reported >> i) & 1 == 0 ? 0 : MAX_AMOUNT)) {
                revert QuorumReporter_OutOfRange(reporter, i, value);
            }
        }
        bytes32 signed = _digest(subject, start, each, values);
        if (!SignaturesLib.isSignedBy(reporter, signed, each.signature)) revert QuorumReporter_NotSigned(reporter);
    }

    /// @dev Of each field: the middle figure; of two figures the middle between them, rounded down, where they agree.
    function _median(uint256[][] memory values) private view returns (uint256[] memory medians) {
        unchecked {
            uint256 count = values.length;
            uint256 fields = values[0].length;
            medians = new uint256[](fields);
            uint256[] memory sorted = new uint256[](count);
            for (uint256 field; field < fields; ++field) {
                for (uint256 i; i < count; ++i) {
                    uint256 value = FieldsLib.at(values[i], field);
                    uint256 to = i;
                    for (; to > 0; --to) {
                        uint256 above = FieldsLib.at(sorted, to - 1);
                        if (above <= value) break;
                        FieldsLib.put(sorted, to, above);
                    }
                    FieldsLib.put(sorted, to, value);
                }
                uint256 middle = FieldsLib.at(sorted, count / 2);
                FieldsLib.put(medians, field, count == 2 ? _agreed(field, FieldsLib.at(sorted, 0), middle) : middle);
            }
        }
    }

    function _agreed(uint256 field, uint256 low, uint256 high) private view returns (uint256) {
        if ((high - low) * WAD > high * tolerance) revert QuorumReporter_Apart(field, low, high);
        return (low + high) / 2;
    }

    function _digest(
        bytes32 subject,
        uint40 start,
        SignedReport calldata each,
        uint256[] memory values
    ) private view returns (bytes32) {
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(add(values, 32), shl(5, mload(values)))
        }
        bytes32 message = keccak256(abi.encode(REPORT, subject, start, each.from, each.until, each.reported, hash));
        return SignaturesLib.digest(NAME, message);
    }
}
