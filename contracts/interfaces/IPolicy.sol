// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPolicy
/// @notice Who may hold shares. Asked at every transfer of shares; never when cash is claimed.
/// @dev Assumed of an implementation: it may refuse any transfer (it can stop trade), it cannot touch shares or cash.
interface IPolicy {
    /// @notice Whether shares may move.
    /// @param from The seller; the zero address at closing.
    /// @param to The buyer.
    /// @param amount Shares, in share base units.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
}
