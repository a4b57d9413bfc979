// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDesk} from "../interfaces/IDesk.sol";
import {ITrancheShare} from "../interfaces/ITrancheShare.sol";
import {DeskLib} from "../libraries/DeskLib.sol";

/// @title Desk
/// @notice See {IDesk}.
contract Desk is IDesk, EIP712 {
    using SafeERC20 for IERC20;

    bytes32 private constant ASK_TYPEHASH = keccak256(
        // solhint-disable-next-line max-line-length
        "Ask(address seller,address token,uint256 id,uint256 amount,uint256 price,address payee,uint256 credited,uint64 expiry,uint256 nonce)"
    );
    uint256 private constant ALL = type(uint256).max;
    uint256 private constant OPEN = 1;
    uint256 private constant LOCKED = 2;

    /// @inheritdoc IDesk
    IERC20 public immutable asset;

    uint256 private _lock = OPEN;

    /// @inheritdoc IDesk
    mapping(address seller => mapping(uint256 nonce => uint256)) public takenOf;

    constructor(IERC20 asset_) EIP712("Penstock Desk", "1") {
        asset = asset_;
    }

    /// @inheritdoc IDesk
    function fill(
        Ask[] calldata asks,
        uint256[] calldata amounts,
        uint256[] calldata leasts,
        bytes[] calldata signatures,
        uint256 most
    ) external returns (uint256 cost) {
        uint256 count = asks.length;
        if (count == 0 || count != amounts.length || count != leasts.length || count != signatures.length) {
            revert Desk_LengthMismatch(count, amounts.length, leasts.length, signatures.length);
        }
        if (_lock == LOCKED) revert Desk_Reentered();
        _lock = LOCKED;
        uint256[] memory parts = new uint256[](count);
        uint256[] memory costs = new uint256[](count);
        for (uint256 leg; leg < count; ++leg) {
            parts[leg] = _take(leg, asks[leg], amounts[leg], leasts[leg], signatures[leg]);
            costs[leg] = Math.mulDiv(asks[leg].price, parts[leg], asks[leg].amount, Math.Rounding.Ceil);
            cost += costs[leg];
        }
        if (cost > most) revert Desk_TooDear(cost, most);
        for (uint256 leg; leg < count; ++leg) _exchange(leg, asks[leg], parts[leg], costs[leg]);
        for (uint256 leg; leg < count; ++leg) _requireCredited(leg, asks[leg]);
        _lock = OPEN;
    }

    /// @inheritdoc IDesk
    function cancel(uint256 nonce) external {
        takenOf[msg.sender][nonce] = ALL;
        emit Cancelled(msg.sender, nonce);
    }

    /// @inheritdoc IDesk
    function digest(Ask calldata ask) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(ASK_TYPEHASH, ask)));
    }

    /// @dev Checks an ask and notes what is taken of it, before anything moves.
    function _take(
        uint256 leg,
        Ask calldata ask,
        uint256 amount,
        uint256 least,
        bytes calldata signature
    ) private returns (uint256 part) {
        if (block.timestamp > ask.expiry) revert Desk_Expired(leg, ask.expiry, block.timestamp);
        uint256 taken = takenOf[ask.seller][ask.nonce];
        uint256 left = taken < ask.amount ? ask.amount - taken : 0;
        part = Math.min(amount, left);
        if (part == 0 || part < least) revert Desk_TooLittleLeft(leg, left, least);
        if (!SignatureChecker.isValidSignatureNow(ask.seller, digest(ask), signature)) {
            revert Desk_WrongSignature(leg, ask.seller);
        }
        takenOf[ask.seller][ask.nonce] = taken + part;
    }

    /// @dev Cash to the payee, then the token to the caller; both measured.
    function _exchange(uint256 leg, Ask calldata ask, uint256 part, uint256 cost) private {
        address payee = ask.payee == address(0) ? ask.seller : ask.payee;
        if (ask.payee != address(0) && DeskLib.isDeal(payee)) revert Desk_PayeeIsADeal(leg, payee);
        uint256 before = asset.balanceOf(payee);
        asset.safeTransferFrom(msg.sender, payee, cost);
        if (payee != msg.sender) {
            uint256 received = asset.balanceOf(payee) - before;
            if (received < cost) revert Desk_PaidShort(leg, received, cost);
        }
        before = DeskLib.balance(ask.token, ask.id, msg.sender);
        (bool done, bytes memory reason) = DeskLib.move(ask.token, ask.id, ask.seller, msg.sender, part);
        if (!done) revert Desk_LegRefused(leg, ask.token, reason);
        if (ask.seller != msg.sender) {
            uint256 delivered = DeskLib.balance(ask.token, ask.id, msg.sender) - before;
            if (delivered < part) revert Desk_DeliveredShort(leg, delivered, part);
        }
        emit Filled(ask.seller, ask.token, msg.sender, ask.id, ask.nonce, part, cost);
    }

    /// @dev Of all legs after the last transfer: a token in one of them could settle the deal of another.
    function _requireCredited(uint256 leg, Ask calldata ask) private view {
        if (ask.credited == ALL) return;
        ITrancheShare share = ITrancheShare(ask.token);
        uint256 credited = ask.id == ALL ? share.deal().creditedOf(share.tranche()) : 0;
        if (credited != ask.credited) revert Desk_NotCredited(leg, credited, ask.credited);
    }
}
