// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDeal} from "./IDeal.sol";

/// @title IHolderBatch
/// @notice Many holders of a deal in one transaction: pays them what they can claim, or gives them shares. It keeps nothing,
/// holds nothing and has no owner; a deal does not know it.
interface IHolderBatch {
    /// @notice A holder that could not be paid; the others of the call were.
    /// @param reason What the deal or the asset reverted with, its first 256 bytes.
    event ClaimSkipped(address indexed deal, uint256 indexed tranche, address indexed holder, bytes reason);

    /// @notice Thrown when so little gas is left that a claim could fail for want of it: send more, or name fewer holders.
    error HolderBatch_OutOfGas(uint256 done, uint256 holders);

    /// @notice Thrown when there are not as many amounts as holders.
    error HolderBatch_LengthMismatch(uint256 holders, uint256 amounts);

    /// @notice Thrown when there is no contract at the deal's address.
    error HolderBatch_NoDeal(address deal);

    /// @notice Calls {IDealExtension-claimFor} for each holder and skips those it fails for.
    ///
    /// Emits a {ClaimSkipped} for each that was skipped; the deal emits an {IDealCore-Claimed} for each that was paid.
    ///
    /// Requirements: enough gas for every holder, each with up to 500,000.
    ///
    /// @param tranche 0 is the most senior.
    /// @return paid How many holders were paid.
    function claimFor(IDeal deal, uint256 tranche, address[] calldata holders) external returns (uint256 paid);

    /// @notice Transfers the caller's shares to many holders, or to none.
    ///
    /// Emits nothing: the share emits the transfers.
    ///
    /// Requirements: the caller has allowed this contract to transfer the sum; each transfer is allowed, as if the caller
    /// made it.
    ///
    /// @param share The share of a tranche.
    /// @param amounts Share base units, one for each holder.
    function distribute(IERC20 share, address[] calldata holders, uint256[] calldata amounts) external;
}
