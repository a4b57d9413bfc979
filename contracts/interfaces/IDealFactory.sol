// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Allotment} from "../types/Types.sol";

/// @title IDealFactory
/// @notice Launches deals: one transaction makes the deal, its shares and its opening reserves.
interface IDealFactory {
    /// @notice A tranche's share was created in a launch: one event a tranche, so that indexers find every share.
    event ShareLaunched(address indexed deal, uint256 indexed tranche, address indexed share);

    /// @notice A deal was launched and closed. The last event of a launch.
    event Launched(address indexed deal, address indexed sponsor, bytes32 termsHash);

    /// @notice Launches a deal from its terms. Anyone may; the caller pays the opening reserves by allowance.
    ///
    /// Emits one {ShareLaunched} a tranche, then {Launched}.
    ///
    /// Requirements: see {IDealExtension-close}.
    ///
    /// @param terms Packed as docs/SPEC.md says.
    /// @param allotments Who gets how much of which tranche.
    /// @param salt Chosen by the caller, so that one may launch the same terms twice.
    /// @return deal The deal's address, which {dealAddress} gives beforehand.
    function launch(
        bytes calldata terms,
        Allotment[] calldata allotments,
        bytes32 salt
    ) external returns (address deal);

    /// @notice Where a launch puts the deal.
    function dealAddress(address sponsor, bytes calldata terms, bytes32 salt) external view returns (address);

    /// @notice The {Deal} that every deal is a clone of.
    function implementation() external view returns (address);

    /// @notice The {DealExtension} that every deal delegates its rare calls to.
    function extension() external view returns (address);
}
