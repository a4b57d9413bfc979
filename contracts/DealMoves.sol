// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {DealDelegate} from "./DealDelegate.sol";
import {DealStorage} from "./DealStorage.sol";
import {IDealMoves} from "./interfaces/IDealMoves.sol";
import {IERC7943Fungible} from "./interfaces/IERC7943Fungible.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {PolicyLib} from "./libraries/PolicyLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {TypedDataLib} from "./libraries/TypedDataLib.sol";
import {FORCES, HolderWord, RECOVERS, RecoverySlot, Terms, TransferDelta} from "./types/Types.sol";

/// @title DealMoves
/// @notice How shares move without their holder: see {IDealMoves}. A part of the {DealExtension}.
abstract contract DealMoves is IDealMoves, DealDelegate, DealStorage {
    using ShareLib for HolderWord;
    using TermsLib for Terms;

    /// @dev Of everything that is signed for a deal (EIP-712).
    string internal constant DOMAIN = "Penstock Deal";
    bytes32 private constant RECOVERY = keccak256("Recovery(address from,address to,bytes32 document,uint256 number)");
    bytes32 private constant OBJECTION = keccak256("Objection(address from,uint256 number)");

    // Recoveries

    /// @inheritdoc IDealMoves
    function announceRecovery(
        address from,
        address to,
        bytes32 document,
        bytes calldata signature
    ) external onlyInDeal {
        Terms terms_ = _termsThat(RECOVERS);
        _requireAnnouncer(terms_.recoveryBy());
        if (to == address(0) || to == from || to == address(this)) revert Deal_InvalidRecovery(from, to);
        RecoverySlot memory known = _moves.recoveries[from];
        if (known.to != address(0)) revert Deal_MoveAnnouncedAlready(from, known.to);
        uint256 number = known.number + 1;
        _requireSigned(terms_.provider(), keccak256(abi.encode(RECOVERY, from, to, document, number)), signature);
        uint256 executableAt = block.timestamp + terms_.recoveryDays() * 1 days;
        _moves.recoveries[from] = RecoverySlot(to, uint40(executableAt), uint32(number));
        emit RecoveryAnnounced(from, to, document, number, executableAt);
    }

    /// @inheritdoc IDealMoves
    function cancelRecovery(address from) external onlyInDeal {
        _requirePending(from);
        if (msg.sender != from) _requireAnnouncer(TermsLib.load().recoveryBy());
        _act(from);
    }

    /// @inheritdoc IDealMoves
    function cancelRecoveryBySig(address from, bytes calldata signature) external onlyInDeal {
        uint256 number = _requirePending(from).number;
        _requireSigned(from, keccak256(abi.encode(OBJECTION, from, number)), signature);
        _act(from);
    }

    /// @inheritdoc IDealMoves
    function recoverFees(address from) external onlyInDeal {
        RecoverySlot memory pending = _requirePending(from);
        Terms terms_ = TermsLib.load();
        if (msg.sender != pending.to) _requireAnnouncer(terms_.recoveryBy());
        _requireTime(pending.executableAt);
        uint256 fees = terms_.feeCount();
        for (uint256 i; i < fees; ++i) {
            if (_payeeOf(terms_, i) != from) continue;
            _moves.payees[i] = pending.to;
            emit PayeeRecovered(i, from, pending.to);
        }
    }

    // Forced moves

    /// @inheritdoc IDealMoves
    function announceMove(
        uint256 tranche,
        address from,
        address to,
        uint256 amount,
        bytes32 document
    ) external onlyInDeal {
        Terms terms_ = _termsThat(FORCES);
        _requireAnnouncer(terms_.forcedBy());
        if (tranche >= terms_.trancheCount()) revert Deal_NoTranche(tranche);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        bytes32 move = _moveKey(tranche, from, to, amount);
        if (_moves.forced[move] != 0) revert Deal_MoveAnnouncedAlready(from, to);
        uint256 executableAt = block.timestamp + terms_.forcedDays() * 1 days;
        _moves.forced[move] = executableAt;
        emit MoveAnnounced(tranche, from, to, amount, document, executableAt);
    }

    /// @inheritdoc IDealMoves
    function cancelMove(uint256 tranche, address from, address to, uint256 amount) external onlyInDeal {
        _requireAnnouncer(_termsThat(FORCES).forcedBy());
        bytes32 move = _moveKey(tranche, from, to, amount);
        if (_moves.forced[move] == 0) revert Deal_MoveNotAnnounced(from, to);
        delete _moves.forced[move];
        emit MoveCancelled(tranche, from, to, amount);
    }

    // Both

    /// @inheritdoc IDealMoves
    function forceMove(
        uint256 tranche,
        address operator,
        address from,
        address to,
        uint256 amount
    ) external onlyInDeal onlyShare(tranche) returns (bool) {
        Terms terms_ = _termsThat(RECOVERS | FORCES);
        RecoverySlot memory pending = _moves.recoveries[from];
        if (pending.to != address(0) && pending.to == to) {
            if (operator != to && operator != terms_.recoveryBy()) {
                revert Deal_NotAnnouncer(operator, terms_.recoveryBy());
            }
            _requireTime(pending.executableAt);
            _recover(tranche, from, to, amount);
        } else {
            if (operator != terms_.forcedBy()) revert Deal_NotAnnouncer(operator, terms_.forcedBy());
            _force(terms_, tranche, from, to, amount);
        }
        return true;
    }

    /// @dev Everything at an account, shares and debt alike: no division, so that no unit is made or lost.
    function _recover(uint256 tranche, address from, address to, uint256 amount) private {
        HolderWord held = _holders[_key(tranche, from)];
        if (amount != held.shares()) revert Deal_NotTheWholeHolding(amount, held.shares());
        _holders[_key(tranche, from)] = HolderWord.wrap(0);
        uint256 key = _key(tranche, to);
        _holders[key] = _holders[key].joinedBy(held);
        emit Recovered(tranche, from, to, amount);
    }

    function _force(Terms terms_, uint256 tranche, address from, address to, uint256 amount) private {
        bytes32 move = _moveKey(tranche, from, to, amount);
        uint256 executableAt = _moves.forced[move];
        if (executableAt == 0) revert Deal_MoveNotAnnounced(from, to);
        _requireTime(executableAt);
        _requireReceives(terms_.policy(), tranche, to);
        delete _moves.forced[move];
        HolderWord seller = _holders[_key(tranche, from)];
        if (amount > seller.shares()) revert IERC20Errors.ERC20InsufficientBalance(from, seller.shares(), amount);
        TransferDelta delta = ShareLib.transferDelta(amount, _credited(tranche, terms_.isNarrow()));
        _holders[_key(tranche, from)] = seller.minus(delta);
        uint256 key = _key(tranche, to);
        _holders[key] = _holders[key].plus(delta);
    }

    // Views

    /// @inheritdoc IDealMoves
    function recoveryOf(address from) external view onlyInDeal returns (RecoverySlot memory) {
        return _moves.recoveries[from];
    }

    /// @inheritdoc IDealMoves
    function moveExecutableAt(
        uint256 tranche,
        address from,
        address to,
        uint256 amount
    ) external view onlyInDeal returns (uint256) {
        return _moves.forced[_moveKey(tranche, from, to, amount)];
    }

    /// @inheritdoc IDealMoves
    function payeeOf(uint256 fee) external view onlyInDeal returns (address) {
        return _payeeOf(TermsLib.load(), fee);
    }

    // Helpers

    /// @dev Who may claim a fee; the zero address for a fee that is none.
    function _payeeOf(Terms terms_, uint256 fee) internal view returns (address payee) {
        if (fee >= terms_.feeCount()) return address(0);
        if (terms_.flags() & RECOVERS != 0) payee = _moves.payees[fee];
        if (payee == address(0)) payee = terms_.feePayee(terms_.feeAt(fee));
    }

    /// @dev The terms, if they let shares move so. Before the launch is complete nothing is announced.
    function _termsThat(uint256 flags) private view returns (Terms terms_) {
        terms_ = TermsLib.load();
        if (terms_.flags() & flags == 0) revert Deal_MovesNotAllowed();
        if (!_isClosed()) revert Deal_NotClosed();
    }

    function _requireAnnouncer(address announcer) private view {
        if (msg.sender != announcer) revert Deal_NotAnnouncer(msg.sender, announcer);
    }

    function _requireSigned(address signer, bytes32 structHash, bytes calldata signature) private view {
        bytes32 digest = TypedDataLib.digest(keccak256(bytes(DOMAIN)), structHash);
        if (!SignatureChecker.isValidSignatureNow(signer, digest, signature)) revert Deal_InvalidSignature(signer);
    }

    function _requirePending(address from) private view returns (RecoverySlot memory pending) {
        pending = _moves.recoveries[from];
        if (pending.to == address(0)) revert Deal_MoveNotAnnounced(from, pending.to);
    }

    function _requireTime(uint256 executableAt) private view {
        if (block.timestamp < executableAt) revert Deal_MoveTooEarly(executableAt, block.timestamp);
    }

    function _requireReceives(address policy_, uint256 tranche, address to) private view {
        if (policy_ == address(0)) return;
        bytes memory question = abi.encodeCall(IPolicy.canReceive, (address(this), tranche, to));
        (bool answered, uint256 word) = PolicyLib.look(policy_, question);
        if (!answered || word != 1) revert IERC7943Fungible.ERC7943CannotReceive(to);
    }

    function _moveKey(uint256 tranche, address from, address to, uint256 amount) private pure returns (bytes32) {
        return keccak256(abi.encode(tranche, from, to, amount));
    }
}
