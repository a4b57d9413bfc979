// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {ITrancheShare} from "./interfaces/ITrancheShare.sol";

/// @title TrancheShareLogic
/// @notice All of ERC-20 and ERC-2612 that a {TrancheShare} delegates. Allowances and nonces are in the share's storage,
/// holdings in the deal. Of no use by itself: called directly it takes the caller's word for what share it is, and no deal
/// takes its word.
contract TrancheShareLogic is ERC20Permit, ITrancheShare {
    constructor() ERC20("", "") ERC20Permit("Penstock Share") {}

    /// @notice The deal's name and the tranche's id.
    function name() public view override returns (string memory) {
        return string.concat(deal().text(0), " ", deal().text(1 + 2 * tranche()));
    }

    /// @inheritdoc ERC20
    function symbol() public view override returns (string memory) {
        return deal().text(2 + 2 * tranche());
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return deal().shareDecimals();
    }

    /// @notice Shares of the tranche, fixed at closing.
    function totalSupply() public view override returns (uint256) {
        return deal().supplyOf(tranche());
    }

    /// @inheritdoc ERC20
    function balanceOf(address holder) public view override returns (uint256) {
        return deal().holderOf(tranche(), holder).shares;
    }

    /// @inheritdoc ITrancheShare
    function canTransfer(address from, address to, uint256 amount) external view returns (bool) {
        if (balanceOf(from) < amount || to == address(0)) return false;
        IPolicy decides = policy();
        return address(decides) == address(0) || decides.canTransfer(from, to, amount);
    }

    /// @inheritdoc ITrancheShare
    function deal() public pure returns (IDeal) {
        return IDeal(address(uint160(_fixedPart(64))));
    }

    /// @inheritdoc ITrancheShare
    function tranche() public pure returns (uint256) {
        return _fixedPart(32);
    }

    /// @inheritdoc ITrancheShare
    function policy() public view returns (IPolicy) {
        return IPolicy(deal().policy());
    }

    function _update(address from, address to, uint256 amount) internal override {
        deal().moveShares(tranche(), from, to, amount);
        emit Transfer(from, to, amount);
    }

    /// @dev What the share put behind the calldata, so many bytes from its end.
    function _fixedPart(uint256 fromEnd) private pure returns (uint256) {
        return uint256(bytes32(msg.data[msg.data.length - fromEnd:]));
    }
}
