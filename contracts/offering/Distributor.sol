// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IDistributor} from "../interfaces/IDistributor.sol";
import {ITrancheShare} from "../interfaces/ITrancheShare.sol";
import {ShareAddressLib} from "../libraries/ShareAddressLib.sol";
import {Placement} from "../types/OfferingTypes.sol";

/// @title Distributor
/// @notice See {IDistributor}.
contract Distributor is IDistributor {
    using BitMaps for BitMaps.BitMap;

    /// @inheritdoc IDistributor
    address public immutable deal;

    /// @inheritdoc IDistributor
    bytes32 public immutable root;

    BitMaps.BitMap private _taken;

    constructor(address deal_, bytes32 root_) {
        (deal, root) = (deal_, root_);
    }

    /// @inheritdoc IDistributor
    function take(Placement calldata placement, bytes32[] calldata proof) external {
        if (_taken.get(placement.index)) revert Distributor_AlreadyTaken(placement.index);
        _take(placement, proof);
    }

    /// @inheritdoc IDistributor
    function takeMany(Placement[] calldata placements, bytes32[][] calldata proofs) external returns (uint256 taken) {
        if (placements.length != proofs.length) {
            revert Distributor_LengthMismatch(placements.length, proofs.length);
        }
        for (uint256 i; i < placements.length; ++i) {
            if (_taken.get(placements[i].index)) continue;
            _take(placements[i], proofs[i]);
            ++taken;
        }
    }

    /// @inheritdoc IDistributor
    function isTaken(uint256 index) external view returns (bool) {
        return _taken.get(index);
    }

    function _take(Placement calldata placement, bytes32[] calldata proof) private {
        // Hashed twice, so that no inner node is a leaf
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(placement))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) {
            revert Distributor_NotInTree(placement.index, placement.holder);
        }
        _taken.set(placement.index);
        emit Taken(placement.index, placement.tranche, placement.holder, placement.shares);
        address share = ShareAddressLib.shareAddress(deal, placement.tranche);
        // Answers true, or reverts
        ITrancheShare(share).transferCum(placement.holder, placement.shares);
    }
}
