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
    event Reported(address indexed deal, uint256 indexed period, uint256 loss, uint256 assetValue);

    /// @notice Thrown when the period was reported before: a report cannot be changed.
    error SingleReporter_ReportedAlready(address deal, uint256 period);

    /// @notice Reports a period of a deal. A report is final.
    ///
    /// Emits {Reported}. Requirements: the caller is the reporter; the period was not reported before.
    ///
    /// @param deal The deal.
    /// @param period The period, from 1.
    /// @param loss What balances are reduced by, in base units of the asset.
    /// @param assetValue The value that fees and tests of the period use, in base units; 0 when not attested.
    function report(address deal, uint256 period, uint96 loss, uint96 assetValue) external;
}
