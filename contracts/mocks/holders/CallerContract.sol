// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title CallerContract
/// @notice A holder or payee that is a contract: it makes whatever calls a test asks for.
contract CallerContract {
    /// @notice Makes one call in its own name and passes a failure on.
    function act(address target, bytes calldata data) external returns (bytes memory) {
        return actWithin(gasleft(), target, data);
    }

    /// @notice Makes one call with at most `gasLimit`.
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

    /// @notice Creates a contract at a predictable address, which can be used again once that contract is gone.
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
