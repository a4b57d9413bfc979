// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Placement} from "../types/OfferingTypes.sol";

/// @title IDistributor
/// @notice Holds shares of a deal for any number of holders, named by one Merkle root, until each takes its own.
/// @dev A holder gets its shares with the cash they have earned since closing. Nobody can take anything else out, or change who
/// gets what. The tree is OpenZeppelin's standard one over (index, tranche, holder, shares).
///
/// Assumptions, correctness: the shares of all placements are what closing gave this contract; that is checked off-chain, against
/// the published list, and where they are more, the last to come find nothing. Liveness: the list is published; the policy lets
/// this contract send and a holder receive shares; those it refuses delay themselves alone.
interface IDistributor {
    /// @notice A placement was delivered.
    event Taken(uint256 indexed index, uint256 indexed tranche, address indexed holder, uint256 shares);

    /// @notice Thrown when a placement is not in the tree.
    error Distributor_NotInTree(uint256 index, address holder);

    /// @notice Thrown when a placement was delivered before.
    error Distributor_AlreadyTaken(uint256 index);

    /// @notice Thrown when there are not as many proofs as placements.
    error Distributor_LengthMismatch(uint256 placements, uint256 proofs);

    /// @notice Delivers a placement to its holder, with what its shares have earned. Anyone may.
    ///
    /// Emits a {Taken}.
    ///
    /// Requirements: the placement is in the tree and was not delivered; the policy lets the holder have the shares.
    ///
    /// @param proof The hashes beside the way from the leaf up.
    function take(Placement calldata placement, bytes32[] calldata proof) external;

    /// @notice As {take}, for many, and leaves out those delivered before: nobody undoes a batch by taking one of it first.
    ///
    /// Emits a {Taken} for each that is delivered.
    ///
    /// Requirements: as {take}, of each; otherwise none is delivered.
    ///
    /// @return taken How many were delivered.
    function takeMany(Placement[] calldata placements, bytes32[][] calldata proofs) external returns (uint256 taken);

    /// @notice Whether a placement was delivered.
    function isTaken(uint256 index) external view returns (bool);

    /// @notice The deal whose shares these are.
    function deal() external view returns (address);

    /// @notice The root of the tree of all placements.
    function root() external view returns (bytes32);
}
