// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Probe
/// @notice Reads many contracts in one call. Its calldata is a list of questions, each a target (20 bytes), a length
/// (2) and as many bytes of calldata. It returns their answers one after the other, without any encoding of its own.
contract Probe {
    error Probe_Failed(address target, bytes question);

    // Makes static calls only
    // solhint-disable-next-line no-complex-fallback
    fallback() external {
        uint256 at;
        uint256 length;
        while (at < msg.data.length) {
            address target = address(bytes20(msg.data[at:at + 20]));
            bytes calldata question = msg.data[at + 22:at + 22 + uint16(bytes2(msg.data[at + 20:at + 22]))];
            at += 22 + question.length;
            bool done;
            assembly {
                // After the answers so far, from 0x80 on: control does not come back to Solidity
                let free := add(0x80, length)
                calldatacopy(free, question.offset, question.length)
                done := staticcall(gas(), target, free, question.length, 0, 0)
                returndatacopy(free, 0, returndatasize())
                length := add(length, returndatasize())
                mstore(0x40, add(0x80, length))
            }
            if (!done) revert Probe_Failed(target, question);
        }
        assembly {
            return(0x80, length)
        }
    }
}
