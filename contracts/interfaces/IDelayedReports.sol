// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReplaceable} from "./IReplaceable.sol";
import {IReports} from "./IReports.sol";

/// @title IDelayedReports
/// @notice A report source whose source can be replaced after a delay. A deal reads a period once, when it settles it,
/// from the source in effect at that time. It never reads a settled period again, whatever a successor answers for it:
/// the record is the deal's own log. Anybody who does not trust a successor can settle the periods that are due before
/// it takes effect.
/// @dev Assumptions on a source: see {IReports}.
interface IDelayedReports is IReplaceable, IReports {
    /// @notice Thrown when the source in effect reverts, burns its gas or answers anything but fifteen words. A deal
    /// takes the revert as silence.
    error DelayedReports_NoAnswer(address source);
}
