// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943Fungible.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {ITrancheShare} from "./interfaces/ITrancheShare.sol";
import {PolicyLib} from "./libraries/PolicyLib.sol";
import {TypedDataLib} from "./libraries/TypedDataLib.sol";
import {ShareMove} from "./types/Types.sol";

/// @title TrancheShareLogic
/// @notice Everything of ERC-20, ERC-2612 and ERC-7943 but {transfer}, shared by all shares: a {TrancheShare} delegates here.
/// Allowances and nonces are in the share's storage, holdings in the deal.
/// @dev A share appends its deal and its tranche to the calldata. Called directly, this contract reads both from the
/// caller's own calldata; no deal accepts such a call, since it comes from an address that is no share.
contract TrancheShareLogic is ERC20Permit, ITrancheShare {
    /// @dev What a share appends: the deal and the tranche, a word each.
    uint256 private constant FIXED_LENGTH = 64;

    /// @dev For every function with arguments. The appended words make calldata look long enough to Solidity even where
    /// arguments are missing, and would be read in their place.
    modifier withArguments(uint256 count) {
        uint256 length = msg.data.length - FIXED_LENGTH;
        uint256 needed = 4 + 32 * count;
        if (length < needed) revert TrancheShare_CalldataTooShort(length, needed);
        _;
    }

    constructor() ERC20("", "") ERC20Permit("Penstock Share") {}

    // ERC-20

    /// @inheritdoc IERC20
    function approve(address spender, uint256 amount) public override withArguments(2) returns (bool) {
        return super.approve(spender, amount);
    }

    /// @inheritdoc IERC20
    function transferFrom(address from, address to, uint256 amount) public override withArguments(3) returns (bool) {
        return super.transferFrom(from, to, amount);
    }

    /// @inheritdoc IERC20
    function allowance(address owner, address spender) public view override withArguments(2) returns (uint256) {
        return super.allowance(owner, spender);
    }

    /// @inheritdoc IERC20
    function balanceOf(address holder) public view override withArguments(1) returns (uint256) {
        return _sharesOf(holder);
    }

    /// @notice Shares of the tranche, fixed at closing.
    function totalSupply() public view override returns (uint256) {
        return deal().supplyOf(tranche());
    }

    /// @notice The deal's name and the tranche's id.
    function name() public view override returns (string memory) {
        return _title();
    }

    /// @inheritdoc ERC20
    function symbol() public view override returns (string memory) {
        return deal().text(2 + 2 * tranche());
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return deal().shareDecimals();
    }

    // ERC-2612

    /// @inheritdoc IERC20Permit
    function permit(
        address owner,
        address spender,
        uint256 value,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) public override withArguments(7) {
        super.permit(owner, spender, value, deadline, v, r, s);
    }

    /// @inheritdoc ERC20Permit
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view override returns (bytes32) {
        return TypedDataLib.separator(keccak256(bytes(_title())));
    }

    /// @notice The permits' domain, as ERC-5267 says: the share's name, version "1", this chain and this share.
    function eip712Domain()
        public
        view
        override
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"0f", _title(), "1", block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    /// @dev OpenZeppelin's domain has one name for all shares: it is part of the code that they have in common.
    function _hashTypedDataV4(bytes32 structHash) internal view override returns (bytes32) {
        return TypedDataLib.digest(keccak256(bytes(_title())), structHash);
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override withArguments(1) returns (uint256) {
        return super.nonces(owner);
    }

    // ERC-7943

    /// @inheritdoc IERC7943Fungible
    function forcedTransfer(address from, address to, uint256 amount) external withArguments(3) returns (bool) {
        deal().forceMove(tranche(), msg.sender, from, to, amount);
        emit Transfer(from, to, amount);
        emit ForcedTransfer(from, to, amount);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function setFrozenTokens(address account, uint256 amount) external withArguments(2) returns (bool) {
        if (!deal().setFrozen(tranche(), msg.sender, account, amount)) {
            revert TrancheShare_NotFrozen(account, amount);
        }
        emit Frozen(account, amount);
        return true;
    }

    /// @inheritdoc IERC7943Fungible
    function canSend(address account) external view withArguments(1) returns (bool) {
        return _allows(abi.encodeCall(IPolicy.canSend, (address(deal()), tranche(), account)));
    }

    /// @inheritdoc IERC7943Fungible
    function canReceive(address account) external view withArguments(1) returns (bool) {
        return _allows(abi.encodeCall(IPolicy.canReceive, (address(deal()), tranche(), account)));
    }

    /// @inheritdoc IERC7943Fungible
    function canTransfer(address from, address to, uint256 amount) external view withArguments(3) returns (bool) {
        ShareMove memory move = ShareMove(address(deal()), tranche(), from, to, amount, _sharesOf(from), _sharesOf(to));
        return _allows(abi.encodeCall(IPolicy.canTransfer, (move)));
    }

    /// @inheritdoc IERC7943Fungible
    function getFrozenTokens(address account) external view withArguments(1) returns (uint256 amount) {
        amount = _look(abi.encodeCall(IPolicy.frozenOf, (address(deal()), tranche(), account)));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure withArguments(1) returns (bool) {
        return
            id == type(IERC165).interfaceId ||
            id == type(IERC7943Fungible).interfaceId ||
            id == type(IERC20).interfaceId ||
            id == type(IERC20Metadata).interfaceId ||
            id == type(IERC20Permit).interfaceId;
    }

    // The share's own

    /// @inheritdoc ITrancheShare
    function transferCum(address to, uint256 amount) external withArguments(2) returns (bool) {
        deal().moveSharesCum(tranche(), msg.sender, to, amount);
        emit Transfer(msg.sender, to, amount);
        return true;
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

    function _title() private view returns (string memory) {
        return string.concat(deal().text(0), " ", deal().text(1 + 2 * tranche()));
    }

    function _sharesOf(address holder) private view returns (uint256) {
        return deal().holderOf(tranche(), holder).shares;
    }

    /// @dev Whether the policy says yes; without a policy it is yes.
    function _allows(bytes memory question) private view returns (bool) {
        if (address(policy()) == address(0)) return true;
        return _look(question) == 1;
    }

    /// @dev What the policy answers; 0 if it does not, or there is none.
    function _look(bytes memory question) private view returns (uint256 word) {
        (, word) = PolicyLib.look(address(policy()), question);
    }

    /// @dev The word that begins this many bytes before the end of the calldata.
    function _fixedPart(uint256 fromEnd) private pure returns (uint256) {
        return uint256(bytes32(msg.data[msg.data.length - fromEnd:]));
    }
}
