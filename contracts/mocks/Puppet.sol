// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Puppet
/// @notice A holder or payee that is a contract and does whatever it is told.
contract Puppet {
    /// @notice Makes one call in its own name; a refusal is passed on.
    function act(address target, bytes calldata data) external returns (bytes memory) {
        return actWithin(gasleft(), target, data);
    }

    /// @notice The same with no more than so much gas.
    function actWithin(uint256 gasLimit, address target, bytes calldata data) public returns (bytes memory) {
        // solhint-disable-next-line avoid-low-level-calls
        (bool success, bytes memory answer) = target.call{gas: gasLimit}(data);
        if (success) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// @notice Makes several calls in one transaction.
    function actAll(address[] calldata targets, bytes[] calldata data) external {
        for (uint256 i; i < targets.length; ++i) actWithin(gasleft(), targets[i], data[i]);
    }

    /// @notice Makes a contract at an address that can be told before, and be used again if it is gone.
    function make(bytes calldata code, bytes32 salt) external returns (address made) {
        bytes memory creation = code;
        assembly ("memory-safe") {
            made := create2(0, add(creation, 32), mload(creation), salt)
            if iszero(made) {
                let reason := mload(0x40)
                returndatacopy(reason, 0, returndatasize())
                revert(reason, returndatasize())
            }
        }
    }
}
