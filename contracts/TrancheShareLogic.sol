// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ITrancheShare} from "./interfaces/ITrancheShare.sol";
import {ShareMovesLib} from "./libraries/ShareMovesLib.sol";

/// @title TrancheShareLogic
/// @notice All of ERC-20 and ERC-2612 that a {TrancheShare} delegates. Allowances and nonces are in the share's storage,
/// holdings in the deal. Of no use by itself.
contract TrancheShareLogic is ERC20Permit {
    constructor() ERC20("", "") ERC20Permit("Penstock Share") {}

    /// @notice The deal's name and the tranche's id.
    function name() public view override returns (string memory) {
        ITrancheShare share = _share();
        return string.concat(share.deal().text(0), " ", share.deal().text(1 + 2 * share.tranche()));
    }

    /// @inheritdoc ERC20
    function symbol() public view override returns (string memory) {
        return _share().deal().text(2 + 2 * _share().tranche());
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _share().deal().shareDecimals();
    }

    /// @notice Shares of the tranche, fixed at closing.
    function totalSupply() public view override returns (uint256) {
        return _share().deal().supplyOf(_share().tranche());
    }

    /// @inheritdoc ERC20
    function balanceOf(address holder) public view override returns (uint256) {
        return _share().deal().holderOf(_share().tranche(), holder).shares;
    }

    /// @notice Whether a transfer would not be refused by the policy or for want of shares.
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        ITrancheShare share = _share();
        if (balanceOf(from) < amount || to == address(0)) return false;
        return address(share.policy()) == address(0) || share.policy().canTransfer(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        ITrancheShare share = _share();
        ShareMovesLib.move(share.deal(), share.tranche(), share.policy(), from, to, amount);
    }

    /// @dev Runs in the share's place, whose own functions give its fixed parts.
    function _share() private view returns (ITrancheShare) {
        return ITrancheShare(address(this));
    }
}
