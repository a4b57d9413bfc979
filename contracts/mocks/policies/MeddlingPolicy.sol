// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PickyPolicy} from "./PickyPolicy.sol";
import {IPolicy} from "../../interfaces/IPolicy.sol";
import {ShareMove} from "../../types/Types.sol";

/// @title MeddlingPolicy
/// @notice Makes calls of its own, once, when it is asked before a move.
contract MeddlingPolicy is PickyPolicy {
    struct Call {
        address target;
        bytes data;
    }

    Call[] private _calls;

    /// @notice Sets the calls it makes when it is asked next.
    function plan(address[] calldata targets, bytes[] calldata data) external {
        delete _calls;
        for (uint256 i; i < targets.length; ++i) _calls.push(Call(targets[i], data[i]));
    }

    /// @inheritdoc IPolicy
    function beforeTransfer(ShareMove calldata) external override returns (bool) {
        meddle();
        return true;
    }

    /// @notice Makes them now; a failure is passed on.
    function meddle() public {
        Call[] memory calls = _calls;
        delete _calls;
        for (uint256 i; i < calls.length; ++i) {
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory reason) = calls[i].target.call(calls[i].data);
            if (!success) {
                assembly ("memory-safe") {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
    }
}
