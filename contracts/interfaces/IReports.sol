// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReports
/// @notice Where a deal reads what comes from outside: losses and asset values.
/// @dev Assumed of an implementation: nothing for liveness (a deal treats a source that reverts, burns gas or answers nonsense as
/// silent); that it tells the truth for correctness.
interface IReports {
    /// @notice What is reported of a deal's period.
    /// @param deal The deal asking.
    /// @param period The period being settled, from 1.
    /// @return reported Whether there is a report at all.
    /// @return loss What reduces balances, in base units of the asset.
    /// @return assetValue The value fees and tests of the period use, in base units; 0 when not attested.
    function reportOf(
        address deal,
        uint256 period
    ) external view returns (bool reported, uint256 loss, uint256 assetValue);
}
