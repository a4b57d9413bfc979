// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC6909} from "@openzeppelin/contracts/token/ERC6909/draft-ERC6909.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICertificates} from "../interfaces/ICertificates.sol";
import {IMeters} from "../interfaces/IMeters.sol";
import {Lot, MeterState, Pledge, Price, UNIT_PRODUCED, UNIT_REDUCED} from "../types/Links.sol";

/// @title Certificates
/// @notice See {ICertificates}.
contract Certificates is ICertificates, ERC6909 {
    using SafeERC20 for IERC20;

    /// @dev Prices are of a million units.
    uint256 private constant MILLION = 1e6;

    /// @inheritdoc ICertificates
    IMeters public immutable meters;

    mapping(uint256 id => Lot) private _lots;
    mapping(uint64 meter => Price) private _prices;

    /// @inheritdoc ICertificates
    mapping(uint256 load => uint256) public matched;

    constructor(IMeters meters_) {
        meters = meters_;
    }

    /// @inheritdoc ICertificates
    function issue(uint256 id) external {
        (uint96 total, uint8 unit) = meters.totalOf(id);
        if (unit != UNIT_PRODUCED && unit != UNIT_REDUCED) revert Certificates_WrongUnit(unit);
        if (total == 0) revert Certificates_Nothing(id);
        Lot storage lot = _lots[id];
        if (lot.issued != 0) revert Certificates_IssuedAlready(id);
        lot.issued = total;
        emit Issued(id, total);
        _mint(address(this), id, total);
    }

    /// @inheritdoc ICertificates
    function setPrice(uint64 meter, uint96 perMillion) external {
        MeterState memory m = meters.meterOf(meter);
        if (msg.sender != m.owner) revert Certificates_NotOwner(msg.sender, m.owner);
        _prices[meter] = Price(m.asset, perMillion);
        emit PriceSet(meter, m.asset, perMillion);
    }

    /// @inheritdoc ICertificates
    function buy(uint256 id, uint96 amount, uint256 most, address to) external returns (uint256 cash) {
        if (amount == 0) revert Certificates_Nothing(id);
        uint64 meter = uint64(id >> 40);
        Price memory price = _prices[meter];
        Pledge memory pledge = meters.payeeAt(meter, uint40(id));
        if (price.perMillion == 0 || price.perMillion < pledge.leastCertificate) {
            revert Certificates_NotForSale(meter, price.perMillion, pledge.leastCertificate);
        }
        cash = Math.ceilDiv(uint256(price.perMillion) * amount, MILLION);
        if (cash > most) revert Certificates_TooExpensive(cash, most);
        _transfer(address(this), to, id, amount);
        emit Bought(id, msg.sender, to, amount, pledge.payee, cash);
        _pay(IERC20(price.asset), pledge.payee, cash);
    }

    /// @inheritdoc ICertificates
    function retire(uint256 id, uint96 amount, bytes32 beneficiary, uint256 load) external returns (uint96 first) {
        if (amount == 0) revert Certificates_Nothing(id);
        _burn(msg.sender, id, amount);
        Lot storage lot = _lots[id];
        first = lot.retired;
        lot.retired = first + amount;
        if (load != 0) _match(id, amount, load);
        emit Retired(id, msg.sender, load, first, amount, beneficiary);
    }

    /// @inheritdoc ICertificates
    function lotOf(uint256 id) external view returns (Lot memory) {
        return _lots[id];
    }

    /// @inheritdoc ICertificates
    function priceOf(uint64 meter) external view returns (Price memory) {
        return _prices[meter];
    }

    function _match(uint256 id, uint96 amount, uint256 load) private {
        (uint96 total, address owner) = meters.loadOf(id, load);
        if (msg.sender != owner && !isOperator(owner, msg.sender)) revert Certificates_NotLoadOwner(msg.sender, owner);
        uint256 claimed = matched[load] + amount;
        if (claimed > total) revert Certificates_OverClaimed(load, claimed, total);
        matched[load] = claimed;
    }

    /// @dev From the caller to the payee; what a payee pays itself moves nothing.
    function _pay(IERC20 asset, address payee, uint256 cash) private {
        uint256 held = asset.balanceOf(payee);
        asset.safeTransferFrom(msg.sender, payee, cash);
        uint256 received = asset.balanceOf(payee) - held;
        if (received < cash && payee != msg.sender) revert Certificates_ShortReceipt(cash, received);
    }
}
