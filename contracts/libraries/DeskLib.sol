// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC6909} from "@openzeppelin/contracts/interfaces/draft-IERC6909.sol";
import {IDealExtension} from "../interfaces/IDealExtension.sol";

/// @title DeskLib
/// @notice What a desk asks of a token: an ERC-20 share where the id is all ones, else an ERC-6909 token.
library DeskLib {
    uint256 private constant ERC20_ID = type(uint256).max;

    /// @dev Enough for every error with values; what is longer is cut.
    uint256 private constant MOST_REASON = 256;

    /// @dev What a deal needs to answer, several times over.
    uint256 private constant LOOK_GAS = 100_000;

    /// @notice What an account holds.
    function balance(address token, uint256 id, address holder) internal view returns (uint256) {
        return id == ERC20_ID ? IERC20(token).balanceOf(holder) : IERC6909(token).balanceOf(holder, id);
    }

    /// @notice Moves a token, and says why not where it does not: the token's own reason, empty for an answer that is not true.
    function move(
        address token,
        uint256 id,
        address from,
        address to,
        uint256 amount
    ) internal returns (bool done, bytes memory reason) {
        bytes memory data =
            id == ERC20_ID
                ? abi.encodeCall(IERC20.transferFrom, (from, to, amount))
                : abi.encodeCall(IERC6909.transferFrom, (from, to, id, amount));
        assembly ("memory-safe") {
            let called := call(gas(), token, 0, add(data, 32), mload(data), 0, 32)
            done := and(called, and(gt(returndatasize(), 31), eq(mload(0), 1)))
            reason := mload(0x40)
            mstore(reason, 0)
            if iszero(called) {
                let length := returndatasize()
                if gt(length, MOST_REASON) {
                    length := MOST_REASON
                }
                mstore(reason, length)
                returndatacopy(add(reason, 32), 0, length)
            }
            mstore(0x40, add(reason, 320))
        }
    }

    /// @notice Whether an account answers as a deal does.
    function isDeal(address account) internal view returns (bool found) {
        if (account.code.length == 0) return false;
        bytes memory data = abi.encodeCall(IDealExtension.creditedOf, (0));
        assembly ("memory-safe") {
            found := staticcall(LOOK_GAS, account, add(data, 32), mload(data), 0, 32)
            found := and(found, gt(returndatasize(), 31))
        }
    }
}
