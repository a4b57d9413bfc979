// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReports} from "./IReports.sol";

/// @title ISingleReporter
/// @notice A report source with one named reporter.
/// @dev Assumed, correctness: the reporter tells the truth, in time: what comes after its period is settled is never read.
/// Liveness: nothing; a silent reporter lets the deal settle without a report. The reporter is the owner and is replaced
/// in two steps.
interface ISingleReporter is IReports {
    /// @notice A period of a deal was reported.
    event Reported(address indexed deal, uint256 indexed period, uint256 loss, uint256 assetValue);

    /// @notice A period is reported once; what was said stands.
    error SingleReporter_ReportedAlready(address deal, uint256 period);

    /// @notice Reports a period of a deal, once and for all.
    ///
    /// Emits {Reported}. Requirements: the caller is the reporter; the period was not reported before.
    ///
    /// @param deal The deal.
    /// @param period The period, from 1.
    /// @param loss What reduces balances, in base units of the asset.
    /// @param assetValue The value fees and tests of the period use, in base units; 0 when not attested.
    function report(address deal, uint256 period, uint96 loss, uint96 assetValue) external;
}
