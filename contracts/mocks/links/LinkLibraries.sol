// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleSumLib} from "../../libraries/MerkleSumLib.sol";
import {SignaturesLib} from "../../libraries/SignaturesLib.sol";
import {Proof, Top} from "../../types/Links.sol";

/// @title LinkLibraries
/// @notice The libraries of the links, for tests to call.
contract LinkLibraries {
    function open(Top calldata top) external pure returns (bytes32 root, uint256 total) {
        return MerkleSumLib.open(top);
    }

    function before(bytes32 root, uint128 total, Proof calldata proof) external pure returns (uint128 prior) {
        return MerkleSumLib.before(root, total, proof);
    }

    function digest(bytes32 name, bytes32 message) external view returns (bytes32) {
        return SignaturesLib.digest(name, message);
    }

    function signers(bytes32 signed, bytes calldata signatures) external pure returns (address[] memory) {
        return SignaturesLib.signers(signed, signatures);
    }

    function isSignedBy(address account, bytes32 signed, bytes calldata signature) external view returns (bool) {
        return SignaturesLib.isSignedBy(account, signed, signature);
    }
}
