// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC7943Fungible} from "../../interfaces/IERC7943Fungible.sol";
import {IPolicy} from "../../interfaces/IPolicy.sol";
import {ShareMove} from "../../types/Types.sol";

/// @title PickyPolicy
/// @notice Refuses the accounts on its list, as sender and as recipient, and freezes what its maker says.
contract PickyPolicy is IPolicy {
    error PickyPolicy_NotFreezer(address operator);

    address public immutable freezer = msg.sender;

    mapping(address holder => bool) public refused;

    /// @inheritdoc IPolicy
    mapping(address deal => mapping(uint256 tranche => mapping(address account => uint256))) public frozenOf;

    /// @notice Puts a holder on the list, or takes it off.
    function refuse(address holder, bool refused_) external {
        refused[holder] = refused_;
    }

    /// @inheritdoc IPolicy
    function beforeTransfer(ShareMove calldata move) external virtual returns (bool) {
        if (refused[move.from]) revert IERC7943Fungible.ERC7943CannotSend(move.from);
        if (refused[move.to]) revert IERC7943Fungible.ERC7943CannotReceive(move.to);
        (bool isFree, uint256 free) = _unfrozen(move);
        if (!isFree) revert IERC7943Fungible.ERC7943InsufficientUnfrozenBalance(move.from, move.amount, free);
        return true;
    }

    /// @inheritdoc IPolicy
    function setFrozen(
        address deal,
        uint256 tranche,
        address operator,
        address account,
        uint256 amount
    ) external returns (bool) {
        if (msg.sender != deal || operator != freezer) revert PickyPolicy_NotFreezer(operator);
        frozenOf[deal][tranche][account] = amount;
        return true;
    }

    /// @inheritdoc IPolicy
    function canTransfer(ShareMove calldata move) external view returns (bool) {
        (bool isFree, ) = _unfrozen(move);
        return isFree && !refused[move.from] && !refused[move.to];
    }

    /// @inheritdoc IPolicy
    function canSend(address, uint256, address account) external view returns (bool) {
        return !refused[account];
    }

    /// @inheritdoc IPolicy
    function canReceive(address, uint256, address account) external view returns (bool) {
        return !refused[account];
    }

    function _unfrozen(ShareMove calldata move) private view returns (bool isFree, uint256 free) {
        uint256 frozen = frozenOf[move.deal][move.tranche][move.from];
        free = move.fromShares < frozen ? 0 : move.fromShares - frozen;
        isFree = move.amount <= free || move.amount > move.fromShares;
    }
}
