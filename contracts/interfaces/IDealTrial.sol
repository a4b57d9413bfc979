// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealErrors} from "./IDealErrors.sol";

/// @title IDealTrial
/// @notice What a deal tries before it settles: a period within its grace, without doing it, and a period whose clean-up call
/// is announced. Called at the deal, like the rest.
interface IDealTrial is IDealErrors {
    /// @notice A period was settled by its call, as the last one. {IDealCore-Settled} follows.
    /// @param paid What the payee paid, in base units of the asset: what was missing, and no part of collections.
    event Called(uint256 indexed period, uint256 paid);

    /// @notice Settles the next period as the last one, by the clean-up call that is announced for it. All its unsettled cash,
    /// cut off or not, reserves and traps, and exactly what is then missing, from the payee's allowance, pay every lender
    /// its balance with all that was written down, every interest and every fee; the rest is equity's, as is all later revenue.
    /// {IDealCore-settle} tries this first, and settles as usual where it fails. The deal alone calls it: for anybody else the
    /// trial's code runs in a call that can change nothing.
    ///
    /// Emits {Called}, a {IDealCore-Reported} if there was a report, and {IDealCore-Settled}.
    ///
    /// Requirements:
    /// - the call of the next period is announced, and the period's payment date has come;
    /// - the payee has what is missing and allows the deal to take it, and the deal may take it in its life;
    /// - the asset's balance is not below the ledger;
    /// - no claim is being paid.
    function settleCalled() external;

    /// @notice What the payee would have to pay for a call of the next period with the cash and the report that are there now,
    /// in base units of the asset.
    ///
    /// Requirements: the terms have a clean-up call, and a period is left; the asset's balance is not below the ledger; no claim
    /// is being paid.
    function callPrice() external view returns (uint256);

    /// @notice Whether the next period's collections alone, without reserves and traps, pay everything due and fill the reserves,
    /// no test begins to fail, and every figure that the terms read is reported; false after the last. What {maySettle} asks
    /// within grace, whatever the date and whether or not a call is announced.
    function isCovered() external view returns (bool);

    /// @notice Whether {IDealCore-settle} would settle the next period now; false after the last. Within grace that is so if
    /// the period's collections alone, without reserves and traps, pay everything due and fill the reserves, no test begins
    /// to fail, and every figure that the terms read is reported; or if its call is announced and the payee can pay for it.
    function maySettle() external view returns (bool);
}
