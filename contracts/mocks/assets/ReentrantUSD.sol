// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title ReentrantUSD
/// @notice Calls back in the middle of a transfer. As ERC-777 tokens such as imBTC and AMP do: the sender before, the
/// recipient after.
contract ReentrantUSD is MockUSD {
    /// @dev The call that the next transfer makes, before or after balances move. A failure is ignored or passed on.
    struct Plan {
        address target;
        bytes data;
        bool before;
        bool ignoresFailure;
    }

    Plan private _plan;

    /// @notice Whether the call succeeded, and what it returned.
    bool public succeeded;
    bytes public answer;

    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @notice Sets the one call the next transfer makes.
    function plan(address target, bytes calldata data, bool before, bool ignoresFailure) external {
        _plan = Plan(target, data, before, ignoresFailure);
        (succeeded, answer) = (false, "");
    }

    /// @inheritdoc ERC20
    function _update(address from, address to, uint256 amount) internal virtual override {
        if (_plan.target != address(0) && _plan.before) _callBack();
        super._update(from, to, amount);
        if (_plan.target != address(0) && !_plan.before) _callBack();
    }

    function _callBack() private {
        Plan memory planned = _plan;
        delete _plan;
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, answer) = planned.target.call(planned.data);
        if (succeeded || planned.ignoresFailure) return;
        bytes memory reason = answer;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
