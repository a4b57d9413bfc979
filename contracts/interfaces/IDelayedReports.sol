// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReplaceable} from "./IReplaceable.sol";
import {IReports} from "./IReports.sol";

/// @title IDelayedReports
/// @notice A report source whose source can be replaced, after a delay. A deal reads a period once, when it settles it,
/// from the source in effect then: a settled period is never read again, whatever a successor says of it, and the deal's
/// own log is the record. Whoever does not trust a successor settles what is payable before it takes effect.
/// @dev Assumed of a source: what {IReports} says. One that reverts, burns its gas or answers nonsense is answered with a
/// revert, which a deal takes as silence.
interface IDelayedReports is IReplaceable, IReports {
    /// @notice The source in effect gives no answer a deal could read.
    error DelayedReports_NoAnswer(address source);
}
