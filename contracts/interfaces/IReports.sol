// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReports
/// @notice Where a deal reads what happens outside the chain: losses and asset values.
/// @dev Assumptions on an implementation, correctness: it reports the truth, before the period is settled. Liveness:
/// none. A deal calls it statically with limited gas and treats one that reverts, burns its gas or answers nonsense as
/// silent.
interface IReports {
    /// @notice What is reported of a deal's period.
    /// @param deal The deal whose period it is.
    /// @param period The period, from 1.
    /// @return reported Whether there is a report.
    /// @return loss What balances are reduced by, in base units of the asset.
    /// @return assetValue The value that fees and tests of the period use, in base units; 0 when not attested.
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (bool reported, uint256 loss, uint256 assetValue);
}
