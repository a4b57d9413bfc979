// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {TwoStepOwner} from "../access/TwoStepOwner.sol";
import {ICompliancePolicy} from "../interfaces/ICompliancePolicy.sol";
import {HolderEntryLib} from "../libraries/HolderEntryLib.sol";
import {ShareAddressLib} from "../libraries/ShareAddressLib.sol";
import {ACCREDITED, HolderData, HolderEntry, MAX_COUNTRY} from "../types/HolderTypes.sol";

/// @title InvestorRegistry
/// @notice Who holders are, and what is frozen: the part of a {CompliancePolicy} that the registrar and providers keep.
abstract contract InvestorRegistry is ICompliancePolicy, TwoStepOwner, EIP712 {
    using HolderEntryLib for HolderEntry;

    bytes32 private constant REGISTRATION = keccak256(
        "Registration(address holder,uint128 investor,uint16 country,uint8 class,uint40 expiresAt,uint32 nonce)"
    );

    uint256 internal immutable _tranches;

    /// @inheritdoc ICompliancePolicy
    address public deal;
    /// @inheritdoc ICompliancePolicy
    address public askedBy;
    /// @inheritdoc ICompliancePolicy
    mapping(address provider => bool) public isProvider;
    mapping(address holder => HolderEntry) internal _entries;
    mapping(uint256 key => uint256 shares) internal _frozen;

    constructor(address registrar, uint256 tranches) TwoStepOwner(registrar) EIP712("CompliancePolicy", "1") {
        _tranches = tranches;
    }

    /// @inheritdoc ICompliancePolicy
    function bind(address deal_, address asker, address[] calldata exempt) external onlyOwner {
        if (deal != address(0)) revert CompliancePolicy_BoundAlready(deal);
        if (deal_ == address(0)) revert CompliancePolicy_FixedHolder(deal_);
        (deal, askedBy) = (deal_, asker);
        _raise(deal_, HolderEntryLib.NEVER);
        for (uint256 i; i < _tranches; ++i) {
            _raise(ShareAddressLib.shareAddress(deal_, i), HolderEntryLib.NEVER);
        }
        for (uint256 i; i < exempt.length; ++i) {
            _changeable(exempt[i]);
            _raise(exempt[i], HolderEntryLib.EXEMPT);
        }
        emit Bound(deal_, asker, exempt);
    }

    // Registering

    /// @inheritdoc ICompliancePolicy
    function registerAll(HolderData[] calldata holders) external onlyOwner {
        for (uint256 i; i < holders.length; ++i) {
            _register(holders[i], _changeable(holders[i].holder), address(0));
        }
    }

    /// @inheritdoc ICompliancePolicy
    function register(
        uint128 investor,
        uint16 country,
        uint8 class,
        uint40 expiresAt,
        address provider,
        bytes calldata signature
    ) external {
        if (!isProvider[provider]) revert CompliancePolicy_NotProvider(provider);
        HolderEntry entry = _changeable(msg.sender);
        uint256 nonce = entry.nonce();
        bytes32 claim = keccak256(abi.encode(REGISTRATION, msg.sender, investor, country, class, expiresAt, nonce));
        if (!SignatureChecker.isValidSignatureNow(provider, _hashTypedDataV4(claim), signature)) {
            revert CompliancePolicy_InvalidClaim(provider, nonce);
        }
        // An ERC-1271 provider is asked by a static call: nothing has changed since the entry was read
        _register(HolderData(msg.sender, investor, country, class, expiresAt), entry, provider);
    }

    /// @inheritdoc ICompliancePolicy
    function expire(address[] calldata holders) external onlyOwner {
        for (uint256 i; i < holders.length; ++i) {
            _entries[holders[i]] = _changeable(holders[i]).expired(block.timestamp);
            emit HolderExpired(holders[i], uint40(block.timestamp));
        }
    }

    /// @inheritdoc ICompliancePolicy
    function setProvider(address provider, bool accepted) external onlyOwner {
        isProvider[provider] = accepted;
        emit ProviderSet(provider, accepted);
    }

    function _register(HolderData memory data, HolderEntry entry, address provider) private {
        if (data.investor == 0 || data.country > MAX_COUNTRY || data.class > ACCREDITED) {
            revert CompliancePolicy_InvalidHolder(data);
        }
        if (data.expiresAt <= block.timestamp) revert CompliancePolicy_EndsInThePast(data.expiresAt, block.timestamp);
        _entries[data.holder] = entry.registered(data);
        emit HolderRegistered(data.holder, data.investor, data.country, data.class, data.expiresAt, provider);
    }

    // Freezing

    /// @inheritdoc ICompliancePolicy
    function freeze(address[] calldata holders, bool frozen) external onlyOwner {
        for (uint256 i; i < holders.length; ++i) {
            _entries[holders[i]] = _changeable(holders[i]).withFlag(HolderEntryLib.FROZEN, frozen);
            emit HolderFrozen(holders[i], frozen);
        }
    }

    /// @inheritdoc ICompliancePolicy
    function freezeShares(uint256 tranche, address holder, uint256 amount) external onlyOwner {
        _freezeShares(tranche, holder, amount);
    }

    function _freezeShares(uint256 tranche, address holder, uint256 amount) internal {
        _requireTranche(tranche);
        _entries[holder] = _changeable(holder).withFrozenIn(tranche, amount != 0);
        _frozen[_key(tranche, holder)] = amount;
        emit SharesFrozen(tranche, holder, amount);
    }

    // Views

    /// @inheritdoc ICompliancePolicy
    function holderData(address holder) external view returns (HolderData memory) {
        HolderEntry entry = _entries[holder];
        return
            HolderData(
                holder,
                uint128(entry.investor()),
                uint16(entry.country()),
                uint8(entry.class()),
                uint40(entry.expiresAt())
            );
    }

    /// @inheritdoc ICompliancePolicy
    function nonces(address holder) external view returns (uint256) {
        return _entries[holder].nonce();
    }

    /// @inheritdoc ICompliancePolicy
    function isExempt(address account) external view returns (bool) {
        return _entries[account].has(HolderEntryLib.EXEMPT);
    }

    /// @inheritdoc ICompliancePolicy
    function isFrozen(address holder) external view returns (bool) {
        return _entries[holder].has(HolderEntryLib.FROZEN);
    }

    // Helpers

    /// @dev The entry of an account that may be registered and frozen.
    function _changeable(address holder) private view returns (HolderEntry entry) {
        entry = _entries[holder];
        if (holder == address(0) || entry.has(HolderEntryLib.EXEMPT | HolderEntryLib.NEVER)) {
            revert CompliancePolicy_FixedHolder(holder);
        }
    }

    /// @dev A fixed address in front of the policy vouches for its caller; the deal is its own.
    function _requireAsker(address deal_) internal view {
        if (msg.sender != askedBy || (deal_ != msg.sender && deal_ != deal)) {
            revert CompliancePolicy_NotAsker(msg.sender, deal_);
        }
    }

    function _raise(address account, uint256 flag) private {
        _entries[account] = _entries[account].withFlag(flag, true);
    }

    function _requireTranche(uint256 tranche) internal view {
        if (tranche >= _tranches) revert CompliancePolicy_NoTranche(tranche);
    }

    function _key(uint256 tranche, address holder) internal pure returns (uint256) {
        return (tranche << 160) | uint160(holder);
    }
}
