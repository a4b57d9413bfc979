// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReports
/// @notice Where a deal reads what happens outside the chain: losses, asset values and the fields that its terms declare.
/// @dev Assumptions on an implementation, correctness: it reports the truth, before the period is settled. Liveness:
/// none. A deal calls it statically with limited gas and treats one that reverts, burns its gas or answers nonsense as
/// silent.
interface IReports {
    /// @notice What is reported of a deal's period.
    /// @param deal The deal whose period it is.
    /// @param period The period, from 1.
    /// @return reported Bit `i`: field `i` is reported, if as 0. No bit: there is no report.
    /// @return values Field 0 is the loss that balances are reduced by, and field 1 the asset value, both in base units of
    /// the asset; from field 2 on what the deal's terms declare, each in its unit: base units, wad, or a count.
    function reportOf(address deal, uint256 period) external view returns (uint256 reported, uint256[14] memory values);
}
