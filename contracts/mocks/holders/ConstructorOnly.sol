// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ConstructorOnly
/// @notice Makes one call in its constructor and selfdestructs: its address keeps what it received and has no code.
contract ConstructorOnly {
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
