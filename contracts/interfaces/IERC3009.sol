// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IERC3009
/// @notice What an offering needs of ERC-3009: a transfer that its sender signed, and that its receiver alone may make.
interface IERC3009 {
    /// @notice Transfers the signer's cash to the caller.
    /// @param from The signer.
    /// @param to The caller.
    /// @param value In base units.
    /// @param validAfter The signature is good after this second.
    /// @param validBefore And before this one.
    /// @param nonce Any word the signer has not used before.
    /// @param v Of the signature, as `r` and `s`.
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;
}
