// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IReplaceable
/// @notice A fixed address in front of a part that can be replaced, after a delay everybody can see. A deal's terms name
/// the fixed address for ever; what stands behind it changes.
/// @dev Assumed, correctness: the owner schedules a part that does the same work. Liveness: nothing of the owner; of the
/// part in effect, what its own interface says. The owner is replaced in two steps, without a delay: what it scheduled
/// stays scheduled until the next owner cancels it, and stays for ever when the role is renounced.
interface IReplaceable {
    /// @notice A part takes effect at a time, in seconds, and stands in for `current` from that second on. Nothing is
    /// emitted then: no transaction is needed. The first part, at construction, follows the zero address.
    event ReplacementScheduled(address indexed current, address indexed successor, uint256 takesEffectAt);

    /// @notice A part that was scheduled will not take effect.
    event ReplacementCancelled(address indexed successor);

    /// @notice The delay is fixed at construction, from {MIN_DELAY} to {MAX_DELAY}.
    error Replaceable_DelayOutOfRange(uint256 delay, uint256 least, uint256 most);

    /// @notice A part is a contract: what has no code yet could become anything.
    error Replaceable_NoCode(address successor);

    /// @notice One replacement at a time: cancel the one that is scheduled first.
    error Replaceable_ScheduledAlready(address successor, uint256 takesEffectAt);

    /// @notice Nothing is scheduled, or it is in effect already.
    error Replaceable_NothingPending();

    /// @notice Schedules the part that follows the present one, {delay} from now.
    ///
    /// Emits {ReplacementScheduled}. Requirements: the caller is the owner; the successor has code; nothing is pending.
    ///
    /// @param successor The part to follow.
    function schedule(address successor) external;

    /// @notice Takes back what is pending.
    ///
    /// Emits {ReplacementCancelled}. Requirements: the caller is the owner; something is pending.
    function cancel() external;

    /// @notice The part in effect in this block.
    function current() external view returns (address);

    /// @notice The part that is scheduled and not in effect yet; the zero address when there is none.
    function pending() external view returns (address);

    /// @notice The first second in which it is, 0 when nothing is pending.
    function pendingAt() external view returns (uint256);

    /// @notice Seconds from scheduling to effect.
    function delay() external view returns (uint256);

    /// @notice The least delay there is: a day.
    function MIN_DELAY() external view returns (uint256);

    /// @notice The longest delay there is: a year.
    function MAX_DELAY() external view returns (uint256);
}
