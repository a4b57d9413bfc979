// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IDealFactory} from "../interfaces/IDealFactory.sol";
import {IERC3009} from "../interfaces/IERC3009.sol";
import {IOffering} from "../interfaces/IOffering.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";
import {ITrancheShare} from "../interfaces/ITrancheShare.sol";
import {OfferingTermsLib} from "../libraries/OfferingTermsLib.sol";
import {ShareAddressLib} from "../libraries/ShareAddressLib.sol";
import {TermsLib} from "../libraries/TermsLib.sol";
import {Lot, OfferingState, OfferingTerms, Proceed} from "../types/OfferingTypes.sol";
import {Allotment, Terms} from "../types/Types.sol";

/// @title Offering
/// @notice See {IOffering}.
contract Offering is IOffering {
    using SafeERC20 for IERC20;
    using TermsLib for Terms;

    /// @dev One slot, all that a subscription reads and writes of a tranche but the holder's own.
    struct Sale {
        uint88 price;
        uint40 units;
        uint40 least;
        uint40 most;
        uint40 subscribed;
        bool cancelled;
    }

    /// @inheritdoc IOffering
    address public immutable deal;
    /// @inheritdoc IOffering
    address public immutable asset;
    /// @inheritdoc IOffering
    address public immutable policy;
    /// @inheritdoc IOffering
    bytes32 public immutable termsHash;
    /// @inheritdoc IOffering
    address public immutable factory;
    /// @inheritdoc IOffering
    address public immutable project;
    /// @inheritdoc IOffering
    address public immutable underwriter;
    /// @inheritdoc IOffering
    address public immutable canceller;
    /// @inheritdoc IOffering
    uint256 public immutable deadlineAt;
    /// @inheritdoc IOffering
    uint256 public immutable graceEndsAt;
    /// @inheritdoc IOffering
    uint256 public immutable softCap;
    /// @inheritdoc IOffering
    uint256 public immutable sharesPerUnit;

    bytes32 private immutable _salt;
    uint256 private immutable _opening;

    mapping(uint256 tranche => Sale) private _sales;
    /// @dev Keyed by tranche and holder in one word, as the deal's holdings.
    mapping(uint256 key => uint256) private _units;
    uint8[] private _tranches;
    Proceed[] private _fees;
    /// @inheritdoc IOffering
    mapping(address payee => uint256) public owedTo;

    constructor(OfferingTerms memory offer, bytes memory terms, Allotment[] memory others) {
        Terms read = TermsLib.wrap(terms);
        _opening = OfferingTermsLib.requirePossible(offer, read);
        deal = IDealFactory(offer.factory).dealAddress(address(this), terms, offer.salt);
        (asset, policy) = (read.asset(), read.policy());
        termsHash = keccak256(abi.encode(terms, others));
        (factory, _salt) = (offer.factory, offer.salt);
        (project, underwriter, canceller) = (offer.project, offer.underwriter, offer.canceller);
        sharesPerUnit = offer.sharesPerUnit;
        (deadlineAt, graceEndsAt, softCap) = (offer.deadlineAt, offer.graceEndsAt, offer.softCap);
        for (uint256 i; i < offer.lots.length; ++i) {
            Lot memory lot = offer.lots[i];
            _sales[lot.tranche] = Sale(lot.price, lot.units, lot.least, lot.most, 0, false);
            _tranches.push(lot.tranche);
        }
        for (uint256 i; i < offer.fees.length; ++i) _fees.push(offer.fees[i]);
        emit Opened(deal, terms, others);
    }

    // Subscribing

    /// @inheritdoc IOffering
    function subscribe(uint256 tranche, uint256 units) external {
        _pull(msg.sender, _subscribe(tranche, msg.sender, units));
    }

    /// @inheritdoc IOffering
    function subscribeWithPermit(
        uint256 tranche,
        uint256 units,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        uint256 due = _subscribe(tranche, msg.sender, units);
        // A permit somebody used already leaves its allowance, so that its failure alone stops nothing
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(asset).permit(msg.sender, address(this), due, deadline, v, r, s) {} catch {}
        _pull(msg.sender, due);
    }

    /// @inheritdoc IOffering
    function subscribeWithAuthorization(
        address holder,
        uint256 tranche,
        uint256 units,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 salt,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        uint256 due = _subscribe(tranche, holder, units);
        bytes32 nonce = authorizationNonce(tranche, units, salt);
        uint256 before = _balance();
        IERC3009(asset).receiveWithAuthorization(holder, address(this), due, validAfter, validBefore, nonce, v, r, s);
        _requireReceived(before, due);
    }

    /// @dev Records a subscription and returns what it costs.
    function _subscribe(uint256 tranche, address holder, uint256 units) private returns (uint256 due) {
        Sale memory sale = _sales[tranche];
        if (block.timestamp >= deadlineAt || sale.cancelled) {
            revert Offering_NotOpen(state(), deadlineAt, block.timestamp);
        }
        if (sale.units == 0) revert Offering_NotOffered(tranche);
        uint256 left = sale.units - sale.subscribed;
        if (units == 0 || units > left) revert Offering_NotLeft(tranche, units, left);
        uint256 key = _key(tranche, holder);
        uint256 held = _units[key];
        // Asked once: who was let in may add. Shares reach nobody whom the policy refuses by then
        if (held == 0 && policy != address(0) && !IPolicy(policy).canReceive(deal, tranche, holder)) {
            revert Offering_NotAllowed(holder);
        }
        held += units;
        if (held < sale.least || held > sale.most) {
            revert Offering_OutsideLimits(holder, held, sale.least, sale.most);
        }
        due = units * sale.price;
        _units[key] = held;
        _sales[tranche].subscribed = uint40(sale.subscribed + units);
        emit Subscribed(tranche, holder, units, due);
    }

    /// @dev A subscription from within another's payment, by a hook of the asset, makes that payment look too large.
    function _pull(address from, uint256 due) private {
        uint256 before = _balance();
        IERC20(asset).safeTransferFrom(from, address(this), due);
        _requireReceived(before, due);
    }

    function _requireReceived(uint256 before, uint256 due) private view {
        uint256 received = _balance() - before;
        if (received != due) revert Offering_WrongAmountReceived(received, due);
    }

    function _balance() private view returns (uint256) {
        return IERC20(asset).balanceOf(address(this));
    }

    // Closing

    /// @dev A closing from within, by a hook of the asset, makes the launch of the outer one fail.
    /// @inheritdoc IOffering
    function close(bytes calldata terms, Allotment[] calldata others) external returns (address) {
        if (keccak256(abi.encode(terms, others)) != termsHash) revert Offering_OtherTerms();
        if (!_isClosable()) revert Offering_NotClosable(state(), deadlineAt, block.timestamp);
        uint256 underwritten = _underwrite();
        uint256 proceeds = subscribed();
        IERC20(asset).forceApprove(factory, _opening);
        address made = IDealFactory(factory).launch(terms, _allotments(others), _salt);
        if (made != deal) revert Offering_OtherDeal(made, deal);
        emit Closed(deal, proceeds, underwritten);
        _distribute(proceeds - _opening);
        return made;
    }

    function _isClosable() private view returns (bool) {
        OfferingState now_ = state();
        return now_ == OfferingState.Closing || (now_ == OfferingState.Open && _left() == 0);
    }

    /// @dev What is left becomes the underwriter's, which pays for it here.
    function _underwrite() private returns (uint256 due) {
        due = _left();
        if (due == 0) return 0;
        for (uint256 i; i < _tranches.length; ++i) {
            uint256 tranche = _tranches[i];
            Sale storage sale = _sales[tranche];
            uint256 units = sale.units - sale.subscribed;
            if (units == 0) continue;
            sale.subscribed = sale.units;
            _units[_key(tranche, underwriter)] += units;
            emit Subscribed(tranche, underwriter, units, units * sale.price);
        }
        _pull(underwriter, due);
    }

    /// @dev The offering keeps what it sold for those who collect.
    function _allotments(Allotment[] calldata others) private view returns (Allotment[] memory all) {
        uint256 count = _tranches.length;
        all = new Allotment[](count + others.length);
        for (uint256 i; i < count; ++i) {
            uint8 tranche = _tranches[i];
            all[i] = Allotment(tranche, address(this), uint64(_sales[tranche].units * sharesPerUnit));
        }
        for (uint256 i; i < others.length; ++i) all[count + i] = others[i];
    }

    /// @dev A payee that the asset refuses delays itself alone.
    function _distribute(uint256 rest) private {
        for (uint256 i; i < _fees.length; ++i) {
            Proceed memory fee = _fees[i];
            rest -= fee.amount;
            owedTo[fee.payee] += fee.amount;
        }
        owedTo[project] += rest;
        for (uint256 i; i < _fees.length; ++i) _tryPay(_fees[i].payee);
        _tryPay(project);
    }

    function _tryPay(address payee) private {
        uint256 amount = owedTo[payee];
        if (amount == 0) return;
        owedTo[payee] = 0;
        if (IERC20(asset).trySafeTransfer(payee, amount)) {
            emit Paid(payee, amount);
        } else {
            owedTo[payee] = amount;
            emit PaymentDeferred(payee, amount);
        }
    }

    /// @inheritdoc IOffering
    function pay(address payee) external returns (uint256 amount) {
        amount = owedTo[payee];
        if (amount == 0) revert Offering_NothingToPay(payee);
        owedTo[payee] = 0;
        emit Paid(payee, amount);
        IERC20(asset).safeTransfer(payee, amount);
    }

    /// @inheritdoc IOffering
    function cancel() external {
        if (msg.sender != canceller || msg.sender == address(0)) revert Offering_NotCanceller(msg.sender);
        OfferingState now_ = state();
        uint256 amount = subscribed();
        if (now_ != OfferingState.Open || amount >= softCap) {
            revert Offering_NotCancellable(now_, amount, softCap);
        }
        for (uint256 i; i < _tranches.length; ++i) _sales[_tranches[i]].cancelled = true;
        emit Cancelled();
    }

    // Afterwards

    /// @inheritdoc IOffering
    function collect(uint256 tranche, address holder) external returns (uint256 shares) {
        if (!_isClosed()) revert Offering_NotClosed(state());
        shares = _takeUnits(tranche, holder) * sharesPerUnit;
        emit Collected(tranche, holder, shares);
        // Answers true, or reverts
        ITrancheShare(ShareAddressLib.shareAddress(deal, tranche)).transferCum(holder, shares);
    }

    /// @inheritdoc IOffering
    function refund(uint256 tranche) external returns (uint256 amount) {
        OfferingState now_ = state();
        if (now_ != OfferingState.Failed) revert Offering_NotFailed(now_);
        amount = _takeUnits(tranche, msg.sender) * _sales[tranche].price;
        emit Refunded(tranche, msg.sender, amount);
        IERC20(asset).safeTransfer(msg.sender, amount);
    }

    function _takeUnits(uint256 tranche, address holder) private returns (uint256 units) {
        uint256 key = _key(tranche, holder);
        units = _units[key];
        if (units == 0) revert Offering_NothingSubscribed(tranche, holder);
        _units[key] = 0;
    }

    // Views

    /// @inheritdoc IOffering
    function state() public view returns (OfferingState) {
        if (_isClosed()) return OfferingState.Closed;
        if (_sales[_tranches[0]].cancelled || block.timestamp >= graceEndsAt) return OfferingState.Failed;
        if (block.timestamp < deadlineAt) return OfferingState.Open;
        bool sold = subscribed() >= softCap && (underwriter != address(0) || _left() == 0);
        return sold ? OfferingState.Closing : OfferingState.Failed;
    }

    /// @inheritdoc IOffering
    function lotOf(uint256 tranche) external view returns (Lot memory lot, uint256 subscribedUnits) {
        Sale memory sale = _sales[tranche];
        if (sale.units == 0) return (lot, 0);
        lot = Lot(sale.price, sale.units, sale.least, sale.most, uint8(tranche));
        subscribedUnits = sale.subscribed;
    }

    /// @inheritdoc IOffering
    function tranches() external view returns (uint256[] memory found) {
        found = new uint256[](_tranches.length);
        for (uint256 i; i < found.length; ++i) found[i] = _tranches[i];
    }

    /// @inheritdoc IOffering
    function subscribed() public view returns (uint256 amount) {
        for (uint256 i; i < _tranches.length; ++i) {
            Sale memory sale = _sales[_tranches[i]];
            amount += uint256(sale.subscribed) * sale.price;
        }
    }

    /// @inheritdoc IOffering
    function unitsOf(uint256 tranche, address holder) external view returns (uint256) {
        return _units[_key(tranche, holder)];
    }

    /// @inheritdoc IOffering
    function authorizationNonce(uint256 tranche, uint256 units, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(tranche, units, salt));
    }

    /// @dev Nobody else can launch a deal at this address.
    function _isClosed() private view returns (bool) {
        return deal.code.length != 0;
    }

    /// @dev What the units cost that nobody has subscribed to.
    function _left() private view returns (uint256 amount) {
        for (uint256 i; i < _tranches.length; ++i) {
            Sale memory sale = _sales[_tranches[i]];
            amount += uint256(sale.units - sale.subscribed) * sale.price;
        }
    }

    /// @dev Tranches are below 256, which the lots' type says.
    function _key(uint256 tranche, address holder) private pure returns (uint256) {
        return (tranche << 160) | uint160(holder);
    }
}
