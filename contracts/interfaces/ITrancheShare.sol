// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDeal} from "./IDeal.sol";
import {IPolicy} from "./IPolicy.sol";

/// @title ITrancheShare
/// @notice The ERC-20 of one tranche, with ERC-2612 permit. Holdings live in the deal, beside the cash they earn.
/// @dev The permit domain is ("Penstock Share", "1"); read it by {eip712Domain}.
interface ITrancheShare {
    /// @notice The deal the share belongs to.
    function deal() external view returns (IDeal);

    /// @notice Which tranche of the deal, 0 the most senior.
    function tranche() external view returns (uint256);

    /// @notice Who decides who may hold; the zero address lets everybody.
    function policy() external view returns (IPolicy);

    /// @notice Whether a transfer would not be refused by the policy or for want of shares.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool);
}
