// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IPolicy
/// @notice Decides who may hold shares. A deal asks it at closing and at every transfer of shares, never when cash is
/// claimed.
/// @dev Assumptions on an implementation, correctness: none. It is called statically, and cannot touch shares or cash.
/// Liveness: it may refuse any transfer, and one that reverts, burns its gas or answers nonsense stops transfers.
interface IPolicy {
    /// @notice Whether shares may move.
    /// @param from The seller; the zero address at closing.
    /// @param to The buyer.
    /// @param amount Shares, in share base units.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
}
