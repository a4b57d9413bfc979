// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICompliancePolicy} from "../interfaces/ICompliancePolicy.sol";
import {IERC7943Fungible} from "../interfaces/IERC7943Fungible.sol";
import {IPolicy} from "../interfaces/IPolicy.sol";
import {HolderEntryLib} from "../libraries/HolderEntryLib.sol";
import {ACCREDITED, HolderEntry, PolicyRules, Rule, TrancheRules} from "../types/HolderTypes.sol";
import {MAX_TRANCHES, ShareMove} from "../types/Types.sol";
import {InvestorCounts} from "./InvestorCounts.sol";

/// @title CompliancePolicy
/// @notice See {ICompliancePolicy}. Mirrors penstock/model/compliance.py.
/// @dev Rules that every transfer meets are in the code: a transfer reads one slot for each side, and more only in a tranche
/// that has limits.
contract CompliancePolicy is InvestorCounts {
    using HolderEntryLib for HolderEntry;

    uint256 private constant CLASSES = ACCREDITED + 1;
    uint256 private constant ALL_CLASSES = (1 << CLASSES) - 1;
    uint256 private constant TIME_BITS = 40;

    uint256 private immutable _countries0;
    uint256 private immutable _countries1;
    uint256 private immutable _countries2;
    uint256 private immutable _countries3;
    /// @dev 40 bits a class.
    uint256 private immutable _heldUntil;
    /// @dev A bit a class, four bits a tranche.
    uint256 private immutable _classes;
    /// @dev Which tranches have a minimum or a lot, a bit each.
    uint256 private immutable _sized;

    constructor(address registrar, PolicyRules memory rules_) InvestorCounts(registrar, rules_.tranches) {
        if (rules_.tranches.length > MAX_TRANCHES) revert CompliancePolicy_InvalidRules();
        _countries0 = rules_.countries[0];
        _countries1 = rules_.countries[1];
        _countries2 = rules_.countries[2];
        _countries3 = rules_.countries[3];
        uint256 held;
        for (uint256 i; i < CLASSES; ++i) held |= uint256(rules_.heldUntil[i]) << (TIME_BITS * i);
        _heldUntil = held;
        uint256 classes;
        uint256 sized;
        for (uint256 i; i < rules_.tranches.length; ++i) {
            TrancheRules memory some = rules_.tranches[i];
            if (some.classes > ALL_CLASSES) revert CompliancePolicy_InvalidRules();
            classes |= (some.classes == 0 ? ALL_CLASSES : some.classes) << (CLASSES * i);
            if (some.minimum != 0 || some.lot != 0) sized |= 1 << i;
        }
        (_classes, _sized) = (classes, sized);
    }

    // Being asked

    /// @inheritdoc IPolicy
    function beforeTransfer(ShareMove calldata move) external returns (bool) {
        Rule rule = _ruleOfMove(move);
        if (rule == Rule.NONE && _isCounted(move)) {
            _requireAsker(move.deal);
            rule = _countMove(move);
        }
        if (rule != Rule.NONE) _refuse(rule, move);
        return true;
    }

    /// @inheritdoc IPolicy
    function setFrozen(
        address deal_,
        uint256 tranche,
        address operator,
        address account,
        uint256 amount
    ) external returns (bool) {
        _requireAsker(deal_);
        if (operator != owner()) revert OwnableUnauthorizedAccount(operator);
        _freezeShares(tranche, account, amount);
        return true;
    }

    // Views

    /// @inheritdoc IPolicy
    function canTransfer(ShareMove calldata move) external view returns (bool) {
        return move.tranche < _tranches && ruleAgainst(move) == Rule.NONE && (!_isCounted(move) || move.deal == deal);
    }

    /// @inheritdoc IPolicy
    function canSend(address, uint256, address account) external view returns (bool) {
        return _ruleOfSender(_entries[account]) == Rule.NONE;
    }

    /// @inheritdoc IPolicy
    function canReceive(address, uint256 tranche, address account) external view returns (bool) {
        return tranche < _tranches && _ruleOfReceiver(tranche, _entries[account]) == Rule.NONE;
    }

    /// @inheritdoc IPolicy
    function frozenOf(address, uint256 tranche, address account) external view returns (uint256) {
        if (_entries[account].has(HolderEntryLib.FROZEN)) return type(uint256).max;
        return _frozen[_key(tranche, account)];
    }

    /// @inheritdoc ICompliancePolicy
    function ruleAgainst(ShareMove calldata move) public view returns (Rule rule) {
        _requireTranche(move.tranche);
        rule = _ruleOfMove(move);
        if (rule == Rule.NONE && _isCounted(move)) (rule, ) = _ruleOfCounts(move);
    }

    /// @inheritdoc ICompliancePolicy
    function rules() external view returns (PolicyRules memory fixed_) {
        fixed_.countries = [_countries0, _countries1, _countries2, _countries3];
        for (uint256 i; i < CLASSES; ++i) fixed_.heldUntil[i] = uint40(_heldUntil >> (TIME_BITS * i));
        fixed_.tranches = new TrancheRules[](_tranches);
        for (uint256 i; i < _tranches; ++i) {
            Limits memory limits = _limits[i];
            fixed_.tranches[i] = TrancheRules(
                uint8((_classes >> (CLASSES * i)) & ALL_CLASSES),
                limits.most,
                limits.largest,
                limits.minimum,
                limits.lot
            );
        }
    }

    // Rules

    /// @dev All but those that count investors.
    function _ruleOfMove(ShareMove calldata move) private view returns (Rule rule) {
        (HolderEntry sender, HolderEntry receiver) = (_entries[move.from], _entries[move.to]);
        if (move.from != address(0)) rule = _ruleOfSender(sender);
        if (rule == Rule.NONE) rule = _ruleOfReceiver(move.tranche, receiver);
        if (rule != Rule.NONE) return rule;
        (bool isPartlyFrozen, bool isSized) = (sender.isFrozenIn(move.tranche), _isIn(_sized, move.tranche));
        if (!isPartlyFrozen && !isSized) return Rule.NONE;
        uint256 held = move.from == address(0) ? move.amount : move.fromShares;
        // Want of shares is not for a policy to refuse
        if (move.amount > held) return Rule.NONE;
        if (isPartlyFrozen && move.amount > _unfrozen(move, held)) return Rule.AMOUNT_FROZEN;
        if (!isSized || move.from == move.to || move.amount == 0) return Rule.NONE;
        return _ruleOfSize(move, sender, receiver, held - move.amount);
    }

    function _ruleOfSender(HolderEntry sender) private view returns (Rule) {
        if (sender.has(HolderEntryLib.FROZEN)) return Rule.SENDER_FROZEN;
        if (sender.has(HolderEntryLib.EXEMPT)) return Rule.NONE;
        uint256 heldUntil = uint40(_heldUntil >> (TIME_BITS * sender.class()));
        return block.timestamp < heldUntil ? Rule.SENDER_HOLDS : Rule.NONE;
    }

    function _ruleOfReceiver(uint256 tranche, HolderEntry receiver) private view returns (Rule) {
        if (receiver.has(HolderEntryLib.EXEMPT)) return Rule.NONE;
        if (receiver.investor() == 0) return Rule.RECEIVER_UNKNOWN;
        if (block.timestamp >= receiver.expiresAt()) return Rule.RECEIVER_EXPIRED;
        if (receiver.has(HolderEntryLib.FROZEN)) return Rule.RECEIVER_FROZEN;
        uint256 country = receiver.country();
        if (!_isIn(_countryWord(country >> 8), country & 255)) return Rule.COUNTRY;
        return _isIn(_classes, CLASSES * tranche + receiver.class()) ? Rule.NONE : Rule.CLASS;
    }

    /// @param rest What the sender keeps.
    function _ruleOfSize(
        ShareMove calldata move,
        HolderEntry sender,
        HolderEntry receiver,
        uint256 rest
    ) private view returns (Rule) {
        Limits memory limits = _limits[move.tranche];
        (bool sells, bool buys) = (!sender.has(HolderEntryLib.EXEMPT), !receiver.has(HolderEntryLib.EXEMPT));
        if (limits.lot != 0 && rest != 0 && sells && buys && move.amount % limits.lot != 0) return Rule.LOT;
        if (sells && rest != 0 && rest < limits.minimum) return Rule.SENDER_BELOW_MINIMUM;
        if (!buys || move.amount >= limits.minimum) return Rule.NONE;
        return move.toShares + move.amount < limits.minimum ? Rule.RECEIVER_BELOW_MINIMUM : Rule.NONE;
    }

    function _refuse(Rule rule, ShareMove calldata move) private view {
        if (rule <= Rule.SENDER_HOLDS) revert IERC7943Fungible.ERC7943CannotSend(move.from);
        if (rule <= Rule.CLASS) revert IERC7943Fungible.ERC7943CannotReceive(move.to);
        if (rule == Rule.AMOUNT_FROZEN) {
            uint256 unfrozen = _unfrozen(move, move.fromShares);
            revert IERC7943Fungible.ERC7943InsufficientUnfrozenBalance(move.from, move.amount, unfrozen);
        }
        revert IERC7943Fungible.ERC7943CannotTransfer(move.from, move.to, move.amount);
    }

    // Helpers

    /// @param held What the sender has.
    function _unfrozen(ShareMove calldata move, uint256 held) private view returns (uint256) {
        uint256 frozen = _frozen[_key(move.tranche, move.from)];
        return frozen < held ? held - frozen : 0;
    }

    function _countryWord(uint256 index) private view returns (uint256) {
        if (index == 0) return _countries0;
        if (index == 1) return _countries1;
        return index == 2 ? _countries2 : _countries3;
    }
}
