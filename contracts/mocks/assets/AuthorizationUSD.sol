// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IERC3009} from "../../interfaces/IERC3009.sol";
import {MockUSD} from "./MockUSD.sol";

/// @title AuthorizationUSD
/// @notice A stablecoin with `receiveWithAuthorization`, as USDC has it.
contract AuthorizationUSD is MockUSD, IERC3009 {
    error AuthorizationUSD_Refused();

    bytes32 private constant TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    mapping(address from => mapping(bytes32 nonce => bool)) public authorizationState;

    constructor(uint8 decimals_) MockUSD(decimals_) {}

    /// @inheritdoc IERC3009
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
    ) external {
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(TYPEHASH, from, to, value, validAfter, validBefore, nonce))
        );
        bool good = to == msg.sender && block.timestamp > validAfter && block.timestamp < validBefore;
        if (!good || authorizationState[from][nonce] || ECDSA.recover(digest, v, r, s) != from) {
            revert AuthorizationUSD_Refused();
        }
        authorizationState[from][nonce] = true;
        _transfer(from, to, value);
    }
}
