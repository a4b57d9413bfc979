// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPolicy} from "./IPolicy.sol";

/// @title IHolderRegistry
/// @notice A list of who may hold shares, kept by a registrar. Only the receiver of shares is looked at: a holder whose
/// time has passed may always sell to one on the list, and claims never ask.
/// @dev Assumed, correctness: the registrar lists whom it should. Liveness: a registrar that lists nobody stops trade, and
/// nothing else. The registrar is the owner and is replaced in two steps.
interface IHolderRegistry is IPolicy {
    /// @notice A holder may receive shares until `endsAt`, in seconds; 0 is not at all.
    event HolderSet(address indexed holder, uint64 endsAt);

    /// @notice A holder can only be allowed until a time to come.
    error HolderRegistry_EndsInThePast(uint64 endsAt, uint256 time);

    /// @notice Lets holders receive shares, without end.
    ///
    /// Emits a {HolderSet} for each. Requirements: the caller is the registrar.
    ///
    /// @param holders Who.
    function allow(address[] calldata holders) external;

    /// @notice Lets holders receive shares for a time.
    ///
    /// Emits a {HolderSet} for each. Requirements: the caller is the registrar; `endsAt` lies ahead.
    ///
    /// @param holders Who.
    /// @param endsAt The first second in which they may not any more.
    function allowUntil(address[] calldata holders, uint64 endsAt) external;

    /// @notice Lets holders receive no more shares. They keep, sell and claim what they have.
    ///
    /// Emits a {HolderSet} for each. Requirements: the caller is the registrar.
    ///
    /// @param holders Who.
    function disallow(address[] calldata holders) external;

    /// @notice When a holder may receive shares no more, in seconds; 0 when it may not, {NO_END} when always.
    function allowedUntil(address holder) external view returns (uint64);

    /// @notice The time that never comes.
    function NO_END() external view returns (uint64);
}
