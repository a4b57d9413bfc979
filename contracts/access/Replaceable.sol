// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IReplaceable} from "../interfaces/IReplaceable.sol";
import {TwoStepOwner} from "./TwoStepOwner.sol";

/// @title Replaceable
/// @notice See {IReplaceable}.
abstract contract Replaceable is IReplaceable, TwoStepOwner {
    /// @inheritdoc IReplaceable
    uint256 public constant MIN_DELAY = 1 days;

    /// @inheritdoc IReplaceable
    uint256 public constant MAX_DELAY = 365 days;

    /// @inheritdoc IReplaceable
    uint256 public immutable delay;

    /// @dev One slot, the only one read while nothing was replaced: `_former` is in effect before `_takesEffectAt`, and
    /// without end when that is 0.
    address private _former;
    uint64 private _takesEffectAt;
    address private _successor;

    constructor(address owner_, address first, uint256 delay_) TwoStepOwner(owner_) {
        if (delay_ < MIN_DELAY || delay_ > MAX_DELAY) revert Replaceable_DelayOutOfRange(delay_, MIN_DELAY, MAX_DELAY);
        _requireCode(first);
        delay = delay_;
        _former = first;
        emit ReplacementScheduled(address(0), first, block.timestamp);
    }

    /// @inheritdoc IReplaceable
    function schedule(address successor) external onlyOwner {
        if (_isPending()) revert Replaceable_ScheduledAlready(_successor, _takesEffectAt);
        _requireCode(successor);
        address present = current();
        uint256 takesEffectAt = block.timestamp + delay;
        (_former, _takesEffectAt, _successor) = (present, uint64(takesEffectAt), successor);
        emit ReplacementScheduled(present, successor, takesEffectAt);
    }

    /// @inheritdoc IReplaceable
    function cancel() external onlyOwner {
        if (!_isPending()) revert Replaceable_NothingPending();
        emit ReplacementCancelled(_successor);
        (_takesEffectAt, _successor) = (0, address(0));
    }

    /// @inheritdoc IReplaceable
    function pending() external view returns (address) {
        return _isPending() ? _successor : address(0);
    }

    /// @inheritdoc IReplaceable
    function pendingAt() external view returns (uint256) {
        return _isPending() ? _takesEffectAt : 0;
    }

    /// @inheritdoc IReplaceable
    function current() public view returns (address) {
        return _takesEffectAt == 0 || _isPending() ? _former : _successor;
    }

    function _isPending() private view returns (bool) {
        return block.timestamp < _takesEffectAt;
    }

    function _requireCode(address part) private view {
        if (part.code.length == 0) revert Replaceable_NoCode(part);
    }
}
