// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title SignatureLib
/// @notice What is signed for a deal (EIP-712): domain `Penstock`, version `1`, chain and deal.
library SignatureLib {
    bytes32 private constant DOMAIN = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    /// @notice Whether an account signed a struct, by its key or, of a contract, by ERC-1271.
    /// @param structHash By the rules of EIP-712.
    function isSigned(address signer, bytes32 structHash, bytes calldata signature) internal view returns (bool) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN, keccak256("Penstock"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domain, structHash));
        return SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }
}
