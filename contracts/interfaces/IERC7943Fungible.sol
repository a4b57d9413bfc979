// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IERC7943Fungible
/// @notice ERC-7943 (uRWA) for a fungible token: who may send and receive it, what is frozen, and moves that are forced.
/// Its interface id is 0x3edbb4c4.
/// @dev Source: https://eips.ethereum.org/EIPS/eip-7943. None of its views reverts.
interface IERC7943Fungible is IERC165 {
    /// @notice Tokens were taken from an account and given to another.
    event ForcedTransfer(address indexed from, address indexed to, uint256 amount);

    /// @notice `amount` of an account's tokens are frozen from now on, whatever was frozen before.
    event Frozen(address indexed account, uint256 amount);

    /// @notice Thrown when an account may not send.
    error ERC7943CannotSend(address account);

    /// @notice Thrown when an account may not receive.
    error ERC7943CannotReceive(address account);

    /// @notice Thrown when a rule does not allow a transfer.
    error ERC7943CannotTransfer(address from, address to, uint256 amount);

    /// @notice Thrown when an account has the amount, but not unfrozen.
    error ERC7943InsufficientUnfrozenBalance(address account, uint256 amount, uint256 unfrozen);

    /// @notice Moves an account's tokens without its consent.
    ///
    /// Emits a transfer and {ForcedTransfer}. Requirements: the token's own; the caller is authorised.
    ///
    /// @param from Who loses them.
    /// @param to Who gets them.
    /// @param amount In the token's base units.
    /// @return result Always true.
    function forcedTransfer(address from, address to, uint256 amount) external returns (bool result);

    /// @notice Sets how many of an account's tokens are frozen: it cannot send them.
    ///
    /// Emits {Frozen}. Requirements: the caller is authorised.
    ///
    /// @param account The account.
    /// @param amount In the token's base units; it may be more than the account has.
    /// @return result Always true.
    function setFrozenTokens(address account, uint256 amount) external returns (bool result);

    /// @notice Whether an account may send at all, whatever the receiver and the amount.
    function canSend(address account) external view returns (bool allowed);

    /// @notice Whether an account may receive at all, whatever the sender and the amount.
    function canReceive(address account) external view returns (bool allowed);

    /// @notice How many of an account's tokens are frozen; it may be more than the account has.
    function getFrozenTokens(address account) external view returns (uint256 amount);

    /// @notice Whether the rules allow a transfer. It says nothing about balances and allowances.
    /// @param from The sender.
    /// @param to The receiver.
    /// @param amount In the token's base units.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool allowed);
}
