// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Mayfly
/// @notice Does all it ever does while it is being made, and is gone: its address holds what it got, and has no code.
contract Mayfly {
    constructor(address target, bytes memory data) {
        // solhint-disable-next-line avoid-low-level-calls
        (bool success, bytes memory answer) = target.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        // solhint-disable-next-line avoid-suicide
        selfdestruct(payable(msg.sender));
    }
}
