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
}
