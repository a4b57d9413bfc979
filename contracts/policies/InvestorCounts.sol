// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICompliancePolicy} from "../interfaces/ICompliancePolicy.sol";
import {IDealExtension} from "../interfaces/IDealExtension.sol";
import {HolderEntryLib} from "../libraries/HolderEntryLib.sol";
import {HolderEntry, Rule, TrancheRules} from "../types/HolderTypes.sol";
import {ShareMove} from "../types/Types.sol";
import {InvestorRegistry} from "./InvestorRegistry.sol";

/// @title InvestorCounts
/// @notice How many investors a tranche has and how much each of them has, by investor and not by account: the part of a
/// {CompliancePolicy} that keeps books.
/// @dev Every total is the sum of what accounts were counted with, so that it is right whatever happens to one of them: an
/// account that changed its investor, or got shares without this policy, is counted again before its next transfer.
abstract contract InvestorCounts is InvestorRegistry {
    using HolderEntryLib for HolderEntry;

    /// @dev The limits of a tranche and how many investors it has, one word.
    struct Limits {
        uint64 minimum;
        uint64 lot;
        uint64 largest;
        uint32 most;
        uint32 investors;
    }

    /// @dev What an account was counted with, one word.
    struct Position {
        uint192 investor;
        uint64 shares;
    }

    /// @dev By how many shares an investor's total changes: of four at most, with what two accounts were counted with before.
    struct Changes {
        uint256 length;
        uint256[4] investors;
        int256[4] shares;
    }

    /// @dev An account that is not registered is an investor of its own, with a number that no registration can have.
    uint256 private constant UNREGISTERED = 1 << 160;

    /// @dev Which tranches have a limit of investors or of an investor's part, a bit each.
    uint256 private immutable _counts;

    mapping(uint256 tranche => Limits) internal _limits;
    mapping(uint256 key => Position) private _positions;
    mapping(uint256 key => uint256 shares) private _totals;

    constructor(address registrar, TrancheRules[] memory rules_) InvestorRegistry(registrar, rules_.length) {
        uint256 counts;
        for (uint256 i; i < rules_.length; ++i) {
            TrancheRules memory some = rules_[i];
            if (some.largest != 0 || some.investors != 0) counts |= 1 << i;
            _limits[i] = Limits(some.minimum, some.lot, some.largest, some.investors, 0);
        }
        _counts = counts;
    }

    /// @inheritdoc ICompliancePolicy
    function count(uint256 tranche, address[] calldata holders) external {
        _requireTranche(tranche);
        if (!_isIn(_counts, tranche)) return;
        for (uint256 i; i < holders.length; ++i) {
            Changes memory changes;
            uint256 held = IDealExtension(deal).holderOf(tranche, holders[i]).shares;
            _recount(tranche, holders[i], held, changes);
            _place(tranche, holders[i], held);
            _add(tranche, changes);
        }
    }

    /// @inheritdoc ICompliancePolicy
    function counted(uint256 tranche, uint128 investor) external view returns (uint256 investors, uint256 shares) {
        return (_limits[tranche].investors, _totals[_investorKey(tranche, investor)]);
    }

    /// @dev Counts a move that is about to happen, unless a rule refuses it.
    function _countMove(ShareMove calldata move) internal returns (Rule rule) {
        Changes memory changes;
        (rule, changes) = _ruleOfCounts(move);
        if (rule != Rule.NONE) return rule;
        if (move.from != address(0)) _place(move.tranche, move.from, move.fromShares - move.amount);
        _place(move.tranche, move.to, move.toShares + move.amount);
        _add(move.tranche, changes);
    }

    /// @dev The rules that count investors, and what the move changes if they allow it.
    function _ruleOfCounts(ShareMove calldata move) internal view returns (Rule rule, Changes memory changes) {
        if (move.from != address(0)) _recount(move.tranche, move.from, move.fromShares, changes);
        _recount(move.tranche, move.to, move.toShares, changes);
        (uint256 seller, uint256 buyer) = (_investorOf(move.from), _investorOf(move.to));
        if (move.amount == 0 || seller == buyer) return (Rule.NONE, changes);
        _change(changes, seller, -int256(move.amount));
        _change(changes, buyer, int256(move.amount));
        if (buyer != 0) rule = _ruleOfBuyer(move, buyer, changes);
    }

    function _ruleOfBuyer(ShareMove calldata move, uint256 buyer, Changes memory changes) private view returns (Rule) {
        Limits memory limits = _limits[move.tranche];
        uint256 investors = limits.investors;
        uint256 bought;
        for (uint256 i; i < changes.length; ++i) {
            uint256 before = _totals[_investorKey(move.tranche, changes.investors[i])];
            uint256 total = uint256(int256(before) + changes.shares[i]);
            if (before == 0 && total != 0) ++investors;
            if (before != 0 && total == 0) --investors;
            if (changes.investors[i] == buyer) bought = total;
        }
        if (limits.largest != 0 && bought > limits.largest) return Rule.LARGEST_PART;
        return limits.most != 0 && bought == move.amount && investors > limits.most ? Rule.INVESTORS : Rule.NONE;
    }

    /// @dev Adds to the changes what an account was counted with before and what it has now.
    function _recount(uint256 tranche, address account, uint256 held, Changes memory changes) private view {
        Position memory counted_ = _positions[_key(tranche, account)];
        uint256 investor = _investorOf(account);
        if (counted_.investor == investor && (counted_.shares == held || investor == 0)) return;
        _change(changes, counted_.investor, -int256(uint256(counted_.shares)));
        _change(changes, investor, int256(held));
    }

    /// @dev Nobody's shares count for nobody.
    function _change(Changes memory changes, uint256 investor, int256 shares) private pure {
        if (investor == 0) return;
        uint256 i;
        while (i < changes.length && changes.investors[i] != investor) ++i;
        if (i == changes.length) ++changes.length;
        changes.investors[i] = investor;
        changes.shares[i] += shares;
    }

    /// @dev Keeps what an account is counted with from now on.
    function _place(uint256 tranche, address account, uint256 held) private {
        uint256 investor = _investorOf(account);
        _positions[_key(tranche, account)] = investor == 0 ? Position(0, 0) : Position(uint192(investor), uint64(held));
    }

    function _add(uint256 tranche, Changes memory changes) private {
        uint256 investors = _limits[tranche].investors;
        uint256 present = investors;
        for (uint256 i; i < changes.length; ++i) {
            if (changes.shares[i] == 0) continue;
            uint256 key = _investorKey(tranche, changes.investors[i]);
            uint256 before = _totals[key];
            uint256 total = uint256(int256(before) + changes.shares[i]);
            _totals[key] = total;
            if (before == 0) ++present;
            if (total == 0) --present;
        }
        if (present != investors) _limits[tranche].investors = uint32(present);
    }

    // Helpers

    /// @dev Who is behind an account; 0 for an exempt one and the zero address, which count as nobody.
    function _investorOf(address account) private view returns (uint256 investor) {
        HolderEntry entry = _entries[account];
        if (account == address(0) || entry.has(HolderEntryLib.EXEMPT)) return 0;
        investor = entry.investor();
        if (investor == 0) investor = UNREGISTERED | uint160(account);
    }

    /// @dev Whether a move is counted. One of more shares than there are comes to nothing.
    function _isCounted(ShareMove calldata move) internal view returns (bool) {
        if (!_isIn(_counts, move.tranche) || move.from == move.to) return false;
        return move.from == address(0) || move.amount <= move.fromShares;
    }

    function _investorKey(uint256 tranche, uint256 investor) private pure returns (uint256) {
        return (tranche << 192) | investor;
    }

    function _isIn(uint256 bits, uint256 bit) internal pure returns (bool) {
        return (bits >> bit) & 1 != 0;
    }
}
