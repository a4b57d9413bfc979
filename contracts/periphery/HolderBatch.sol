// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IDeal} from "../interfaces/IDeal.sol";
import {IHolderBatch} from "../interfaces/IHolderBatch.sol";

/// @title HolderBatch
/// @notice See {IHolderBatch}.
contract HolderBatch is IHolderBatch {
    using SafeERC20 for IERC20;

    /// @dev What one claim may burn, so that no holder and no hook of the asset uses up what is for the others.
    uint256 private constant CLAIM_GAS = 500_000;

    /// @dev What must be left for a claim to get all of that, with room for what follows it.
    uint256 private constant NEEDED_GAS = (CLAIM_GAS * 64) / 63 + 20_000;

    /// @dev How much of a reason is kept.
    uint256 private constant MOST_REASON = 256;

    /// @inheritdoc IHolderBatch
    function claimFor(IDeal deal, uint256 tranche, address[] calldata holders) external returns (uint256 paid) {
        // A call to nothing succeeds
        if (address(deal).code.length == 0) revert HolderBatch_NoDeal(address(deal));
        for (uint256 i; i < holders.length; ++i) {
            if (gasleft() < NEEDED_GAS) revert HolderBatch_OutOfGas(i, holders.length);
            (bool done, bytes memory reason) = _tryClaim(deal, tranche, holders[i]);
            if (done) ++paid;
            else emit ClaimSkipped(address(deal), tranche, holders[i], reason);
        }
    }

    /// @inheritdoc IHolderBatch
    function distribute(IERC20 share, address[] calldata holders, uint256[] calldata amounts) external {
        if (holders.length != amounts.length) revert HolderBatch_LengthMismatch(holders.length, amounts.length);
        for (uint256 i; i < holders.length; ++i) share.safeTransferFrom(msg.sender, holders[i], amounts[i]);
    }

    /// @dev As try and catch, but a long reason costs the caller nothing.
    function _tryClaim(IDeal deal, uint256 tranche, address holder) private returns (bool done, bytes memory reason) {
        bytes memory data = abi.encodeCall(deal.claimFor, (tranche, holder));
        assembly ("memory-safe") {
            done := call(CLAIM_GAS, deal, 0, add(data, 0x20), mload(data), 0, 0)
            if iszero(done) {
                let length := returndatasize()
                if gt(length, MOST_REASON) {
                    length := MOST_REASON
                }
                reason := mload(0x40)
                mstore(0x40, add(reason, 0x140))
                mstore(reason, length)
                returndatacopy(add(reason, 0x20), 0, length)
            }
        }
    }
}
