// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "./IDealErrors.sol";

/// @title IDealTrial
/// @notice What a deal tries out without doing it. Called at the deal, like the rest.
interface IDealTrial is IDealErrors {
    /// @notice Whether {IDealCore-settle} would settle the next period now; false after the last. Within grace that is so if
    /// the period's collections alone, without reserves and traps, pay everything due and fill the reserves, no test begins
    /// to fail, and every figure that the terms read is reported.
    function maySettle() external view returns (bool);
}
