// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title SignaturesLib
/// @notice EIP-712 signatures of many accounts, one after the other: 65 bytes each, r ‖ s ‖ v, signers in rising order so
/// that nobody counts twice. A high s, and a v other than 27 or 28, is refused: a signature has one form.
library SignaturesLib {
    uint256 private constant LENGTH = 65;

    bytes32 private constant DOMAIN_TYPE = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    bytes32 private constant VERSION = keccak256("1");

    /// @notice Thrown when signatures are not a whole number of 65 bytes.
    error Signatures_WrongLength(uint256 length);

    /// @notice Thrown when a signature is of no account, has a high s, or another v than 27 or 28.
    error Signatures_Malformed(uint256 index);

    /// @notice Thrown when a signer is not above the one before it: unsorted, or the same account twice.
    error Signatures_NotRising(uint256 index, address signer);

    /// @notice What is signed in the domain (name, "1", this chain, this contract).
    /// @param name The hash of the domain's name.
    /// @param message The hash of the typed message.
    function digest(bytes32 name, bytes32 message) internal view returns (bytes32) {
        bytes32 domain = keccak256(abi.encode(DOMAIN_TYPE, name, VERSION, block.chainid, address(this)));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    /// @notice The externally owned accounts that signed, in rising order.
    ///
    /// Requirements: each signature is well-formed, and each signer above the one before it.
    function signers(bytes32 signed, bytes calldata signatures) internal pure returns (address[] memory found) {
        uint256 count = signatures.length / LENGTH;
        if (signatures.length != count * LENGTH) revert Signatures_WrongLength(signatures.length);
        found = new address[](count);
        address last;
        for (uint256 i; i < count; ++i) {
            bytes calldata one = signatures[i * LENGTH:(i + 1) * LENGTH];
            (address signer, ECDSA.RecoverError fault, ) = ECDSA.tryRecover(
                signed,
                uint8(one[64]),
                bytes32(one[:32]),
                bytes32(one[32:64])
            );
            if (fault != ECDSA.RecoverError.NoError) revert Signatures_Malformed(i);
            if (signer <= last) revert Signatures_NotRising(i, signer);
            (found[i], last) = (signer, signer);
        }
    }

    /// @notice Whether an account signed: by its key, or, where it has code, by what it answers as a contract (ERC-1271).
    /// @dev The contract that is asked may burn the gas of the call; who names the accounts answers for them.
    function isSignedBy(address account, bytes32 signed, bytes calldata signature) internal view returns (bool) {
        if (signature.length == LENGTH) {
            (address signer, ECDSA.RecoverError fault, ) = ECDSA.tryRecover(
                signed,
                uint8(signature[64]),
                bytes32(signature[:32]),
                bytes32(signature[32:64])
            );
            if (fault == ECDSA.RecoverError.NoError && signer == account) return true;
        }
        return SignatureChecker.isValidERC1271SignatureNow(account, signed, signature);
    }
}
