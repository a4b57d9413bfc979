// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Probe} from "./Probe.sol";

/// @title LateNonce
/// @notice Runs a deal's extension where the rule for CREATE is not the one the shares' addresses follow: `spend` uses up
/// the nonce of the first share before the deal is closed.
contract LateNonce {
    address private immutable _extension;

    constructor(address extension) {
        _extension = extension;
    }

    function spend() external {
        new Probe();
    }

    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        address extension = _extension;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            let done := delegatecall(gas(), extension, data, calldatasize(), 0, 0)
            returndatacopy(data, 0, returndatasize())
            if iszero(done) {
                revert(data, returndatasize())
            }
            return(data, returndatasize())
        }
    }
}
