// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "./IPolicy.sol";

/// @title IHolderRegistry
/// @notice A list of who may hold shares, kept by a registrar. Only the receiver of shares is checked: a holder whose
/// entry has ended may still sell to one on the list, and claims never ask the registry.
/// @dev The registrar is the owner: see {ITwoStepOwner}.
///
/// Assumptions, correctness: the registrar lists whom it should; chain time is at most minutes off. Liveness: a
/// registrar that lists nobody, or whose key is lost, stops transfers to accounts that are not on the list, and nothing
/// else.
interface IHolderRegistry is IPolicy {
    /// @notice A holder may receive shares until `endsAt`, in seconds; 0 means not at all.
    event HolderSet(address indexed holder, uint64 endsAt);

    /// @notice Thrown when the end given to {allowUntil} is not after `time`, the time of the block.
    error HolderRegistry_EndsInThePast(uint64 endsAt, uint256 time);

    /// @notice Thrown when shares are to be frozen: this policy knows no such rule.
    error HolderRegistry_CannotFreeze();

    /// @notice Lets holders receive shares, without end.
    ///
    /// Emits a {HolderSet} for each holder. Requirements: the caller is the registrar.
    ///
    /// @param holders Accounts to put on the list.
    function allow(address[] calldata holders) external;

    /// @notice Lets holders receive shares for a time.
    ///
    /// Emits a {HolderSet} for each holder. Requirements: the caller is the registrar; `endsAt` is in the future.
    ///
    /// @param holders Accounts to put on the list.
    /// @param endsAt The first second in which they may no longer receive shares.
    function allowUntil(address[] calldata holders, uint64 endsAt) external;

    /// @notice Stops holders from receiving shares. They keep, sell and claim what they have.
    ///
    /// Emits a {HolderSet} for each holder. Requirements: the caller is the registrar.
    ///
    /// @param holders Accounts to take off the list.
    function disallow(address[] calldata holders) external;

    /// @notice The first second in which a holder may no longer receive shares.
    /// @param holder The account.
    /// @return In seconds; 0 when it never could or was taken off, {NO_END} when it may without end.
    function allowedUntil(address holder) external view returns (uint64);

    /// @notice What {allowedUntil} returns for an entry without end: the largest number.
    function NO_END() external view returns (uint64);
}
