// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReplaceable
/// @notice A fixed address in front of a part that can be replaced after a public delay. The terms of a deal name the
/// fixed address and never change; the part behind it can.
/// @dev The owner's role is handed over without a delay, see {ITwoStepOwner}; what an owner scheduled stays scheduled
/// until it, or its successor in the role, cancels it.
///
/// Assumptions, correctness: the owner schedules a part that does the same work. Liveness: none on the owner; on the
/// part in effect, what its own interface says.
interface IReplaceable {
    /// @notice A successor was scheduled and replaces `current` at `takesEffectAt`, in seconds. No transaction is
    /// needed then and nothing is emitted. The first part is announced at construction, with the zero address as
    /// `current`.
    event ReplacementScheduled(address indexed current, address indexed successor, uint256 takesEffectAt);

    /// @notice A scheduled successor was cancelled.
    event ReplacementCancelled(address indexed successor);

    /// @notice Thrown at construction when the delay is not between {MIN_DELAY} and {MAX_DELAY}.
    error Replaceable_DelayOutOfRange(uint256 delay, uint256 least, uint256 most);

    /// @notice Thrown when the successor has no code: it could become anything.
    error Replaceable_NoCode(address successor);

    /// @notice Thrown when another successor is pending; it must be cancelled first.
    error Replaceable_ScheduledAlready(address successor, uint256 takesEffectAt);

    /// @notice Thrown by {cancel} when nothing is scheduled, or it has taken effect.
    error Replaceable_NothingPending();

    /// @notice Schedules the successor of the part in effect; it takes effect {delay} seconds from now.
    ///
    /// Emits {ReplacementScheduled}. Requirements: the caller is the owner; the successor has code; nothing is pending.
    ///
    /// @param successor The part that follows.
    function schedule(address successor) external;

    /// @notice Cancels the pending successor.
    ///
    /// Emits {ReplacementCancelled}. Requirements: the caller is the owner; a successor is pending.
    function cancel() external;

    /// @notice The part in effect in this block.
    function current() external view returns (address);

    /// @notice The successor that is scheduled and not yet in effect; the zero address when there is none.
    function pending() external view returns (address);

    /// @notice When the pending successor takes effect, in seconds; 0 when nothing is pending.
    function pendingAt() external view returns (uint256);

    /// @notice Seconds from scheduling to effect, fixed at construction.
    function delay() external view returns (uint256);

    /// @notice The shortest delay allowed: one day, in seconds.
    function MIN_DELAY() external view returns (uint256);

    /// @notice The longest delay allowed: 365 days, in seconds.
    function MAX_DELAY() external view returns (uint256);
}
