// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TwoStepOwner} from "../access/TwoStepOwner.sol";
import {IReports} from "../interfaces/IReports.sol";
import {ISingleReporter} from "../interfaces/ISingleReporter.sol";
import {MAX_FIELDS} from "../types/Types.sol";

/// @title SingleReporter
/// @notice See {ISingleReporter}.
contract SingleReporter is ISingleReporter, TwoStepOwner {
    /// @dev Two fields in 96 bits each, and in the first of a report's slots which fields are reported.
    struct Pair {
        uint64 reported;
        uint96 first;
        uint96 second;
    }

    mapping(address deal => mapping(uint256 period => Pair[MAX_FIELDS / 2])) private _reports;

    constructor(address reporter) TwoStepOwner(reporter) {}

    /// @inheritdoc ISingleReporter
    function report(address deal, uint256 period, uint256 reported, uint96[] calldata values) external onlyOwner {
        uint256 count = values.length;
        if (count > MAX_FIELDS || reported == 0) revert SingleReporter_WrongFields(count, MAX_FIELDS);
        if (reported >> count != 0) revert SingleReporter_WrongValue(count);
        Pair[MAX_FIELDS / 2] storage pairs = _reports[deal][period];
        if (pairs[0].reported != 0) revert SingleReporter_ReportedAlready(deal, period);
        for (uint256 i; i < count; ++i) {
            if (values[i] != 0 && (reported >> i) & 1 == 0) revert SingleReporter_WrongValue(i);
        }
        for (uint256 i; i < count; i += 2) {
            pairs[i / 2] = Pair(i == 0 ? uint64(reported) : 0, values[i], i + 1 < count ? values[i + 1] : 0);
        }
        emit Reported(deal, period, reported, values);
    }

    /// @inheritdoc IReports
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (uint256 reported, uint256[14] memory values) {
        Pair[MAX_FIELDS / 2] storage pairs = _reports[deal][period];
        Pair memory pair = pairs[0];
        reported = pair.reported;
        for (uint256 i; ;) {
            (values[i], values[i + 1]) = (pair.first, pair.second);
            i += 2;
            if (reported >> i == 0) break;
            pair = pairs[i / 2];
        }
    }
}
