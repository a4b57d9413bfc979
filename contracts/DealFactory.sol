// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Deal} from "./Deal.sol";
import {DealExtension} from "./DealExtension.sol";
import {DealTrial} from "./DealTrial.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {IDealFactory} from "./interfaces/IDealFactory.sol";
import {ShareAddressLib} from "./libraries/ShareAddressLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {TrancheShareLogic} from "./TrancheShareLogic.sol";
import {Allotment, Terms} from "./types/Types.sol";

/// @title DealFactory
/// @notice See {IDealFactory}.
contract DealFactory is IDealFactory {
    using SafeERC20 for IERC20;
    using TermsLib for Terms;

    /// @inheritdoc IDealFactory
    address public immutable implementation;

    /// @inheritdoc IDealFactory
    address public immutable extension;

    constructor(TrancheShareLogic shareLogic, DealTrial trial) {
        extension = address(new DealExtension(address(this), address(shareLogic), address(trial)));
        implementation = address(new Deal(extension));
    }

    /// @inheritdoc IDealFactory
    function launch(
        bytes calldata terms,
        Allotment[] calldata allotments,
        bytes32 salt
    ) external returns (address deal) {
        bytes memory packed = terms;
        deal = Clones.cloneDeterministicWithImmutableArgs(implementation, packed, _salt(msg.sender, salt));
        Terms read = TermsLib.wrap(packed);
        uint256 opening;
        for (uint256 i; i < read.reserveCount(); ++i) opening += read.reserveOpening(read.reserveAt(i));
        if (opening > 0) IERC20(read.asset()).safeTransferFrom(msg.sender, deal, opening);
        IDeal(deal).close(allotments);
        uint256 count = read.trancheCount();
        for (uint256 i; i < count; ++i) emit ShareLaunched(deal, i, ShareAddressLib.shareAddress(deal, i));
        emit Launched(deal, msg.sender, keccak256(terms));
    }

    /// @inheritdoc IDealFactory
    function dealAddress(address sponsor, bytes calldata terms, bytes32 salt) external view returns (address) {
        return Clones.predictDeterministicAddressWithImmutableArgs(implementation, terms, _salt(sponsor, salt));
    }

    /// @dev The sponsor is part of the salt, so that nobody launches in its stead.
    function _salt(address sponsor, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(sponsor, salt));
    }
}
