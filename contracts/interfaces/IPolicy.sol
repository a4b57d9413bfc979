// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ShareMove} from "../types/Types.sol";

/// @title IPolicy
/// @notice Decides who may hold shares. A deal asks it at closing and before every move of shares, never when cash is
/// claimed.
/// @dev A policy speaks in the errors of ERC-7943 (see {IERC7943Fungible}), which reach the sender of the transfer.
///
/// Assumptions on an implementation, correctness: none. It is asked before the deal has read or changed anything it
/// decides by, so that whatever it does in that call anybody could have done before. Liveness: it may refuse any move,
/// and one that reverts, burns its gas or answers nonsense stops moves of shares and nothing else.
///
/// A policy that records what it hears must know who says it: the deal itself, or the fixed address in front of the
/// policy ({IDelayedPolicy}), which vouches that `move.deal` was its caller.
interface IPolicy {
    /// @notice Checks a move of shares that the deal is about to make, and records it if the rules count anything. The
    /// deal may still refuse it, for want of shares, which undoes the record.
    ///
    /// Requirements: the policy's own, among them those of {canTransfer}.
    ///
    /// @param move What is about to happen.
    /// @return Always true: an account without code answers nothing, and decides nothing.
    function beforeTransfer(ShareMove calldata move) external returns (bool);

    /// @notice Sets how many of an account's shares it cannot send; for the share of a tranche, by its deal.
    ///
    /// Requirements: the policy's own; `operator` is who may freeze.
    ///
    /// @param deal The deal that asks.
    /// @param tranche 0 is the most senior.
    /// @param operator Who called the share.
    /// @param account Whose shares.
    /// @param amount Share base units, all that are frozen from now on; it may be more than the account has.
    /// @return Always true.
    function setFrozen(
        address deal,
        uint256 tranche,
        address operator,
        address account,
        uint256 amount
    ) external returns (bool);

    /// @notice Whether {beforeTransfer} would allow a move. It judges the rules, and not whether `from` has the shares.
    /// @param move What might happen.
    function canTransfer(ShareMove calldata move) external view returns (bool);

    /// @notice Whether an account may send shares at all, whatever the receiver and the amount.
    /// @param deal The deal whose shares.
    /// @param tranche 0 is the most senior.
    function canSend(address deal, uint256 tranche, address account) external view returns (bool);

    /// @notice Whether an account may receive shares at all, whatever the sender and the amount.
    /// @param deal The deal whose shares.
    /// @param tranche 0 is the most senior.
    function canReceive(address deal, uint256 tranche, address account) external view returns (bool);

    /// @notice How many of an account's shares it cannot send, in share base units; it may be more than it has.
    /// @param deal The deal whose shares.
    /// @param tranche 0 is the most senior.
    function frozenOf(address deal, uint256 tranche, address account) external view returns (uint256);
}
