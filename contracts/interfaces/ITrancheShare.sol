// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeal} from "./IDeal.sol";
import {IERC7943Fungible} from "./IERC7943Fungible.sol";
import {IPolicy} from "./IPolicy.sol";

/// @title ITrancheShare
/// @notice The ERC-20 of one tranche, with ERC-2612 permit. Holdings are kept in the deal, beside the cash they earn.
/// @dev The permit domain is (name, "1"); {eip712Domain} returns it.
///
/// Assumptions, correctness: the deal moves shares for their own share contract only. Liveness: the policy allows the
/// transfer and answers with the gas a transfer brings; one that reverts stops transfers and nothing else.
interface ITrancheShare is IERC7943Fungible {
    /// @notice Thrown when a call carries fewer bytes than the selector and the arguments of its function take, where
    /// the two words that a share appends hide that from Solidity. What lacks more, and what a `transfer` lacks, Solidity
    /// refuses before any code of ours runs, without a reason.
    error TrancheShare_CalldataTooShort(uint256 length, uint256 needed);

    /// @notice Thrown when the policy answers that it did not freeze.
    error TrancheShare_NotFrozen(address account, uint256 amount);

    /// @notice Moves the caller's shares together with their part of the cash it has not claimed, see
    /// {IDealExtension-moveSharesCum}. There is no such function for anybody else: neither an allowance nor a permit moves cash.
    ///
    /// Emits a {IERC20-Transfer}, and the deal {IDealExtension-MovedCum}. Requirements: see {IDealCore-moveShares}.
    ///
    /// @param to The receiver.
    /// @param amount Share base units.
    /// @return Always true.
    function transferCum(address to, uint256 amount) external returns (bool);

    /// @notice The deal the share belongs to.
    function deal() external view returns (IDeal);

    /// @notice The index of the share's tranche in the deal; 0 is the most senior.
    function tranche() external view returns (uint256);

    /// @notice The policy that decides who may hold shares; the zero address when everybody may.
    function policy() external view returns (IPolicy);
}
