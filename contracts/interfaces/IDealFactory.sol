// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Allotment} from "../types/Types.sol";

/// @title IDealFactory
/// @notice Launches deals: one transaction makes the deal, its shares and its opening reserves.
interface IDealFactory {
    /// @notice A deal was launched and closed.
    event Launched(address indexed deal, address indexed sponsor, bytes32 termsHash);

    /// @notice Launches a deal from its terms. Anyone may; the caller pays the opening reserves by allowance.
    ///
    /// Emits {Launched}. Requirements: see {IDeal-close}.
    ///
    /// @param terms Packed as docs/SPEC.md says.
    /// @param allotments Who gets how much of which tranche.
    /// @param salt Chosen by the caller, so that one may launch the same terms twice.
    /// @return deal The deal's address, as {dealAddress} foretells.
    function launch(
        bytes calldata terms,
        Allotment[] calldata allotments,
        bytes32 salt
    ) external returns (address deal);

    /// @notice Where a launch puts the deal.
    function dealAddress(address sponsor, bytes calldata terms, bytes32 salt) external view returns (address);

    /// @notice The code every deal delegates to.
    function implementation() external view returns (address);
}
