// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "./IReports.sol";

/// @title ISingleReporter
/// @notice A report source with one reporter, which reports each period of a deal once.
/// @dev The reporter is the owner: see {ITwoStepOwner}.
///
/// Assumptions, correctness: the reporter reports the truth, and before the period is settled: a later report is never
/// read. Liveness: none. While the reporter is silent, or its key is lost, deals settle without a report.
interface ISingleReporter is IReports {
    /// @notice A period of a deal was reported.
    /// @param reported Bit `i`: field `i` is reported.
    /// @param values The fields from the first on, 0 where nothing is reported.
    event Reported(address indexed deal, uint256 indexed period, uint256 reported, uint96[] values);

    /// @notice Thrown when the period was reported before: a report cannot be changed.
    error SingleReporter_ReportedAlready(address deal, uint256 period);

    /// @notice Thrown when a report has more fields than any deal reads, or none of them is reported.
    error SingleReporter_WrongFields(uint256 fields, uint256 most);

    /// @notice Thrown when there is a value for a field that is not reported, or none for one that is.
    error SingleReporter_WrongValue(uint256 field);

    /// @notice Reports a period of a deal. A report is final.
    ///
    /// Emits {Reported}. Requirements: the caller is the reporter; the period was not reported before; at least one field is
    /// reported, and each that is not has the value 0.
    ///
    /// @param deal The deal.
    /// @param period The period, from 1.
    /// @param reported Bit `i`: field `i` is reported.
    /// @param values The fields from the first on, at most 14: see {IReports-reportOf}.
    function report(address deal, uint256 period, uint256 reported, uint96[] calldata values) external;
}
