// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {DealClaims} from "./DealClaims.sol";
import {DealDelegate} from "./DealDelegate.sol";
import {IDealExtension} from "./interfaces/IDealExtension.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {CallLib} from "./libraries/CallLib.sol";
import {DelegateLib} from "./libraries/DelegateLib.sol";
import {FloatingLib} from "./libraries/FloatingLib.sol";
import {PromoteLib} from "./libraries/PromoteLib.sol";
import {RecordLib} from "./libraries/RecordLib.sol";
import {ShareAddressLib} from "./libraries/ShareAddressLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {SlotLib} from "./libraries/SlotLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {TypedDataLib} from "./libraries/TypedDataLib.sol";
import {WindowLib} from "./libraries/WindowLib.sol";
import {TrancheShare} from "./TrancheShare.sol";
import {TermsLayout} from "./types/TermsLayout.sol";
import {
    Allotment,
    Amounts,
    Book,
    CALLABLE,
    CashWord,
    CutOffSlot,
    DELAYS,
    FeeRecord,
    HolderSlot,
    HolderWord,
    LedgerWord,
    FLOATS,
    MAX_FEES,
    MAX_RESERVES,
    MAX_TESTS,
    MAX_TIERS,
    MAX_TRANCHES,
    PROMOTES,
    PackedTest,
    Terms,
    TrancheRecord,
    TransferDelta
} from "./types/Types.sol";

/// @title DealExtension
/// @notice What a deal does rarely, and everything it can be asked: see {IDealExtension}. A {Deal} delegates to it whatever
/// it does not do itself, so that it works on the deal's storage, terms and cash; what the extension does not do either, it
/// delegates to the {DealTrial}. By itself it keeps nothing, holds nothing and refuses every call.
contract DealExtension is IDealExtension, DealDelegate, DealClaims {
    using BookLib for Book;
    using RecordLib for Amounts;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using SafeERC20 for IERC20;
    using ShareLib for HolderWord;
    using ShareLib for TransferDelta;
    using SlotLib for CashWord;
    using SlotLib for LedgerWord;
    using TermsLib for PackedTest;
    using TermsLib for Terms;

    string private constant DOMAIN = "Penstock Deal";
    bytes32 private constant CLAIM_TYPEHASH = keccak256(
        "Claim(uint256 tranche,address holder,address recipient,uint256 nonce,uint256 deadline)"
    );

    /// @dev What a holder said with {setClaimFor}; 0 until it says something.
    uint256 private constant CLAIM_FOR_OFF = 1;
    uint256 private constant CLAIM_FOR_ON = 2;

    /// @dev The code of an account with a key that has delegated itself to a contract (EIP-7702). No contract begins like
    /// this: EIP-3541 refuses to deploy it.
    bytes3 private constant DELEGATION_PREFIX = 0xef0100;
    uint256 private constant DELEGATION_LENGTH = 23;

    address private immutable _factory;
    address private immutable _shareLogic;
    address private immutable _trial;

    constructor(address factory, address shareLogic, address trial) {
        _factory = factory;
        _shareLogic = shareLogic;
        _trial = trial;
    }

    /// @dev What is left is the trial's. Its code runs in a call that can change nothing, unless the deal calls itself: who
    /// deploys a factory chooses the trial, and could choose one that is not ours.
    // solhint-disable-next-line no-complex-fallback
    fallback() external onlyInDeal {
        msg.sender == address(this) ? DelegateLib.delegate(_trial) : DelegateLib.ask(address(this));
    }

    // Closing

    /// @inheritdoc IDealExtension
    function close(Allotment[] calldata allotments) external onlyInDeal {
        if (msg.sender != _factory || _ledger[0].isClosed()) revert Deal_NotFactory(msg.sender);
        Terms packed = TermsLib.load();
        if (packed.format() != TermsLayout.FORMAT) revert Deal_UnknownFormat(packed.format(), TermsLayout.FORMAT);
        Book memory book;
        book.open(packed);
        _requireRoom(book);
        uint256 decimals = IERC20Metadata(packed.asset()).decimals();
        if (decimals != packed.decimals()) revert Deal_WrongDecimals(decimals, packed.decimals());
        _requirePayees(book);
        _openBalances(book);
        _openReserves(book);
        _openPromote(book);
        for (uint256 i; i < allotments.length; ++i) {
            if (allotments[i].tranche >= book.trancheCount) revert Deal_NoTranche(allotments[i].tranche);
        }
        for (uint256 i; i < book.trancheCount; ++i) {
            _createShare(i, allotments);
            uint256 allotted = _allot(packed.policy(), i, allotments);
            if (allotted == 0 || allotted != packed.supply(i))
                revert Deal_SupplyMismatch(i, allotted, packed.supply(i));
        }
        _write(book);
    }

    /// @dev What storage has no room for could neither settle nor be claimed.
    function _requireRoom(Book memory book) private pure {
        bool fits = book.trancheCount <= MAX_TRANCHES && book.feeCount <= MAX_FEES;
        fits = fits && book.reserveCount <= MAX_RESERVES && book.testCount <= MAX_TESTS && book.trancheCount > 0;
        if (book.flags & PROMOTES != 0) {
            fits = fits && book.trancheCount > 1 && book.terms.promoteHurdles() <= MAX_TIERS;
        }
        if (!fits) revert Deal_WrongCounts(book.trancheCount, book.feeCount, book.reserveCount, book.testCount);
    }

    /// @dev Nobody could claim such a fee.
    function _requirePayees(Book memory book) private pure {
        for (uint256 i; i < book.feeCount; ++i) {
            if (book.terms.feePayee(book.terms.feeAt(i)) == address(0)) revert Deal_NoPayee(i);
        }
    }

    function _openBalances(Book memory book) private pure {
        for (uint256 i; i < book.trancheCount; ++i) {
            uint256 face = book.terms.face(TermsLib.trancheAt(i));
            if (face > book.cap) revert Deal_FaceTooLarge(i, face, book.cap);
            book.tranche(i).setBalance(face);
        }
    }

    function _openReserves(Book memory book) private view {
        uint256 opening;
        for (uint256 i; i < book.reserveCount; ++i) {
            uint256 amount = book.terms.reserveOpening(book.terms.reserveAt(i));
            book.setPot(i, amount);
            opening += amount;
        }
        uint256 received = IERC20(book.terms.asset()).balanceOf(address(this));
        if (received < opening || opening > book.cap) revert Deal_OpeningNotReceived(received, opening);
    }

    /// @dev Hurdles begin at the capital, and no amount that is kept is more than the deal's width.
    function _openPromote(Book memory book) private pure {
        if (book.flags & PROMOTES == 0) return;
        uint256 capital = PromoteLib.open(book);
        if (capital > book.cap) revert Deal_CapitalTooLarge(capital, book.cap);
    }

    /// @dev Transfers are allowed to the address that the rule gives: a share anywhere else could never move.
    function _createShare(uint256 tranche, Allotment[] calldata allotments) private {
        address share = address(new TrancheShare(tranche, _shareLogic, allotments));
        address expected = ShareAddressLib.shareAddress(address(this), tranche);
        if (share != expected) revert Deal_WrongShareAddress(tranche, share, expected);
    }

    function _allot(
        address policy_,
        uint256 tranche,
        Allotment[] calldata allotments
    ) private returns (uint256 allotted) {
        for (uint256 i; i < allotments.length; ++i) {
            Allotment calldata given = allotments[i];
            if (given.tranche != tranche) continue;
            if (given.holder == address(0)) revert IERC20Errors.ERC20InvalidReceiver(address(0));
            _beforeTransfer(policy_, tranche, address(0), given.holder, given.shares);
            uint256 key = _key(tranche, given.holder);
            _holders[key] = _holders[key].allot(given.shares);
            allotted += given.shares;
        }
    }

    // What a share passes on

    /// @inheritdoc IDealExtension
    function moveSharesCum(
        uint256 tranche,
        address from,
        address to,
        uint256 amount
    ) external onlyInDeal onlyShare(tranche) returns (bool) {
        (address policy_, bool narrow) = TermsLib.loadForTransfer();
        _beforeTransfer(policy_, tranche, from, to, amount);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        _moveCum(tranche, narrow, from, to, amount);
        return true;
    }

    /// @dev Moves shares cum. What allows it is the caller's affair.
    function _moveCum(uint256 tranche, bool narrow, address from, address to, uint256 amount) private {
        uint256 key = _key(tranche, from);
        HolderWord seller = _holders[key];
        if (amount > seller.shares()) revert IERC20Errors.ERC20InsufficientBalance(from, seller.shares(), amount);
        TransferDelta delta = seller.cumDelta(amount);
        _holders[key] = seller.minus(delta);
        key = _key(tranche, to);
        _holders[key] = _holders[key].plus(delta);
        emit MovedCum(tranche, from, to, amount, delta.earned(_credited(tranche, narrow)));
    }

    /// @inheritdoc IDealExtension
    function setFrozen(
        uint256 tranche,
        address operator,
        address account,
        uint256 amount
    ) external onlyInDeal onlyShare(tranche) returns (bool) {
        address policy_ = TermsLib.loadHead(0).policy();
        if (policy_ == address(0)) revert Deal_NoPolicy();
        return IPolicy(policy_).setFrozen(address(this), tranche, operator, account, amount);
    }

    /// @inheritdoc IDealExtension
    function forceMove(
        uint256 tranche,
        address,
        address from,
        address to,
        uint256 amount
    ) external view onlyInDeal onlyShare(tranche) returns (bool) {
        revert Deal_NoForcedMoves(from, to, amount);
    }

    // Cut-off

    /// @inheritdoc IDealExtension
    function cutOff() external onlyInDeal {
        Book memory book;
        Terms packed = TermsLib.load();
        book.open(packed);
        if (book.flags & DELAYS == 0) revert Deal_NoDelay();
        uint256 accounted = _read(book);
        if (book.period == packed.periods()) revert Deal_AllPeriodsSettled(book.period);
        uint256 period = book.period + 1;
        uint256 accrualAt = packed.accrualAt(packed.rowAt(period));
        if (block.timestamp < accrualAt) revert Deal_StillAccruing(period, accrualAt, block.timestamp);
        if (_cutOff.period == period) revert Deal_CutOffAlready(period, _cutOff.collections);
        uint256 paymentAt = packed.paymentAt(packed.rowAt(period));
        if (block.timestamp >= paymentAt) revert Deal_PaymentDue(period, paymentAt, block.timestamp);
        _collect(book, accounted);
        _cutOff = CutOffSlot(uint16(period), uint128(book.collections));
        emit CutOff(period, book.collections);
    }

    // The clean-up call

    /// @inheritdoc IDealExtension
    function announceCall() external onlyInDeal {
        Terms packed = TermsLib.load();
        if (packed.flags() & CALLABLE == 0) revert Deal_NotCallable();
        address payee = packed.callPayee();
        if (msg.sender != payee) revert Deal_NotPayee(msg.sender, payee);
        if (!_ledger[0].isClosed()) revert Deal_NotClosed();
        uint256 settled = _ledger[0].period();
        if (settled == packed.periods()) revert Deal_AllPeriodsSettled(settled);
        uint256 period = settled + 1;
        if (_call.announced == period) revert Deal_CalledAlready(period);
        (uint256 outstanding, uint256 most) = CallLib.outstanding(packed, _call.repaid);
        if (outstanding > most) revert Deal_CallNotAllowed(outstanding, most);
        uint256 latestAt = packed.paymentAt(packed.rowAt(period)) - 1 days;
        if (block.timestamp > latestAt) revert Deal_CallTooLate(period, latestAt, block.timestamp);
        _call.announced = uint16(period);
        emit CallAnnounced(period);
    }

    /// @inheritdoc IDealExtension
    function announcedPeriod() external view onlyInDeal returns (uint256) {
        return _call.announced;
    }

    // Fees

    /// @inheritdoc IDealExtension
    function claimFee(uint256 fee) external onlyInDeal returns (uint256 amount) {
        Book memory book;
        book.open(TermsLib.load());
        Terms packed = book.terms;
        address payee = fee < book.feeCount ? packed.feePayee(packed.feeAt(fee)) : address(0);
        if (msg.sender != payee) revert Deal_NotPayee(msg.sender, payee);
        _read(book);
        amount = book.pot(book.feePot(fee));
        if (amount == 0) revert Deal_NothingToClaimOfFee(fee, payee);
        if (book.locked) revert Deal_Reentered();
        book.setPot(book.feePot(fee), 0);
        _write(book);
        _setCashWord(0, _cashWord(0).locked());
        emit FeeClaimed(fee, payee, amount);
        IERC20(packed.asset()).safeTransfer(payee, amount);
        _unlock(0);
    }

    // Claims for others, and to others

    /// @inheritdoc IDealExtension
    function claimTo(uint256 tranche, address recipient) external onlyInDeal returns (uint256 amount) {
        return _claimTo(tranche, msg.sender, recipient);
    }

    /// @inheritdoc IDealExtension
    function claimBySig(
        uint256 tranche,
        address holder,
        address recipient,
        uint256 deadline,
        bytes calldata signature
    ) external onlyInDeal returns (uint256 amount) {
        if (block.timestamp > deadline) revert Deal_ClaimExpired(deadline, block.timestamp);
        uint256 nonce = _claimNonces[holder]++;
        bytes32 signed = TypedDataLib.digest(
            keccak256(bytes(DOMAIN)),
            keccak256(abi.encode(CLAIM_TYPEHASH, tranche, holder, recipient, nonce, deadline))
        );
        if (!SignatureChecker.isValidSignatureNow(holder, signed, signature)) revert Deal_WrongSignature(holder, nonce);
        emit ClaimSigned(holder, nonce);
        return _claimTo(tranche, holder, recipient);
    }

    /// @dev Cash sent to the deal would be revenue.
    function _claimTo(uint256 tranche, address holder, address recipient) private returns (uint256 amount) {
        if (recipient == address(0) || recipient == address(this)) revert Deal_WrongRecipient(recipient);
        return _claim(tranche, holder, recipient);
    }

    /// @inheritdoc IDealExtension
    function claimNonce(address holder) external view onlyInDeal returns (uint256) {
        return _claimNonces[holder];
    }

    /// @inheritdoc IDealExtension
    function eip712Domain()
        external
        view
        onlyInDeal
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
        return (hex"0f", DOMAIN, "1", block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    /// @inheritdoc IDealExtension
    function claimFor(uint256 tranche, address holder) external onlyInDeal returns (uint256 amount) {
        if (!_acceptsClaims(holder)) revert Deal_ClaimForRefused(holder);
        return _claim(tranche, holder, holder);
    }

    /// @inheritdoc IDealExtension
    function setClaimFor(bool accepted) external onlyInDeal {
        _claimFor[msg.sender] = accepted ? CLAIM_FOR_ON : CLAIM_FOR_OFF;
        emit ClaimForSet(msg.sender, accepted);
    }

    /// @inheritdoc IDealExtension
    function acceptsClaimFor(address holder) external view onlyInDeal returns (bool) {
        return _acceptsClaims(holder);
    }

    /// @dev What a holder said counts; of one that said nothing, whether a key controls it.
    function _acceptsClaims(address holder) private view returns (bool) {
        uint256 said = _claimFor[holder];
        if (said != 0) return said == CLAIM_FOR_ON;
        uint256 length = holder.code.length;
        return length == 0 || (length == DELEGATION_LENGTH && bytes3(holder.code) == DELEGATION_PREFIX);
    }

    // Views of the terms

    /// @inheritdoc IDealExtension
    function terms() external view onlyInDeal returns (bytes memory) {
        return Clones.fetchCloneArgs(address(this));
    }

    /// @inheritdoc IDealExtension
    function asset() external view onlyInDeal returns (address) {
        return TermsLib.loadHead(0).asset();
    }

    /// @inheritdoc IDealExtension
    function reports() external view onlyInDeal returns (address) {
        return TermsLib.loadHead(0).reports();
    }

    /// @inheritdoc IDealExtension
    function policy() external view onlyInDeal returns (address) {
        return TermsLib.loadHead(0).policy();
    }

    /// @inheritdoc IDealExtension
    function text(uint256 index) external view onlyInDeal returns (string memory) {
        return TermsLib.load().text(index);
    }

    /// @inheritdoc IDealExtension
    function shareDecimals() external view onlyInDeal returns (uint8) {
        return TermsLib.load().shareDecimals();
    }

    /// @inheritdoc IDealExtension
    function supplyOf(uint256 tranche) external view onlyInDeal returns (uint256) {
        return _loadHead(tranche).supply(tranche);
    }

    /// @inheritdoc IDealExtension
    function shareOf(uint256 tranche) external view onlyInDeal returns (address) {
        _loadHead(tranche);
        return ShareAddressLib.shareAddress(address(this), tranche);
    }

    // Views of the state

    /// @inheritdoc IDealExtension
    function nextPaymentAt() external view onlyInDeal returns (uint256) {
        Terms packed = TermsLib.load();
        uint256 period = _ledger[0].period();
        return period == packed.periods() ? 0 : packed.paymentAt(packed.rowAt(period + 1));
    }

    /// @inheritdoc IDealExtension
    function holderOf(uint256 tranche, address holder) external view onlyInDeal returns (HolderSlot memory) {
        _loadHead(tranche);
        HolderWord found = _holders[_key(tranche, holder)];
        return HolderSlot(uint64(found.shares()), int192(found.debt()));
    }

    /// @inheritdoc IDealExtension
    function creditedOf(uint256 tranche) external view onlyInDeal returns (uint256) {
        return _credited(tranche, _loadHead(tranche).isNarrow());
    }

    /// @inheritdoc IDealExtension
    function claimable(uint256 tranche, address holder) external view onlyInDeal returns (uint256) {
        Terms head = _loadHead(tranche);
        uint256 credited = _credited(tranche, head.isNarrow());
        return _holders[_key(tranche, holder)].claimableDown(credited, head.supply(tranche));
    }

    /// @inheritdoc IDealExtension
    function state() external view onlyInDeal returns (State memory now_) {
        Book memory book;
        book.open(TermsLib.load());
        now_.accounted = _read(book);
        (now_.period, now_.passesNeeded) = (book.period, book.passesNeeded);
        (now_.cutPeriod, now_.cutCollections) = (_cutOff.period, _cutOff.collections);
        (now_.announcedPeriod, now_.repaid) = (_call.announced, _call.repaid);
        if (_call.called) now_.calledPeriod = _call.announced;
        if (book.flags & CALLABLE != 0) _listLosses(book, now_);
        _listTranches(book, now_);
        now_.reserves = new uint256[](book.reserveCount);
        for (uint256 i; i < book.reserveCount; ++i) now_.reserves[i] = book.pot(i);
        now_.traps = new uint256[](book.testCount);
        for (uint256 i; i < book.testCount; ++i) now_.traps[i] = book.pot(book.trapPot(i));
        (now_.feeArrears, now_.feeClaimable) = (new uint256[](book.feeCount), new uint256[](book.feeCount));
        for (uint256 i; i < book.feeCount; ++i) {
            now_.feeArrears[i] = book.fee(i).owed();
            now_.feeClaimable[i] = book.pot(book.feePot(i));
        }
        if (book.flags & FLOATS != 0) _listIndices(book, now_);
        if (book.flags & PROMOTES != 0) _listPromote(book, now_);
        _listWindows(book, now_);
    }

    function _listLosses(Book memory book, State memory now_) private view {
        now_.writtenDown = new uint256[](book.lenders);
        for (uint256 i; i < now_.writtenDown.length; ++i) now_.writtenDown[i] = _writtenDown[i];
    }

    /// @dev Of every test that measures several periods, one test behind the other. A called period is in none.
    function _listWindows(Book memory book, State memory now_) private view {
        uint256 period = _call.called ? _call.announced - 1 : book.period;
        uint256 count;
        for (uint256 i; i < book.testCount; ++i) {
            uint256 over = book.terms.packedTest(i).over();
            if (over > 1) count += (period < over ? period : over) * (book.narrow ? 1 : 2);
        }
        now_.windows = new uint256[](count);
        uint256 at;
        for (uint256 i; i < book.testCount; ++i) {
            uint256 over = book.terms.packedTest(i).over();
            if (over < 2) continue;
            at = WindowLib.list(WindowLib.ringOf(_windows, i), period, over, book.narrow, now_.windows, at);
        }
    }

    function _listIndices(Book memory book, State memory now_) private view {
        uint256 count = book.terms.fieldCount();
        (now_.indices, now_.indexPeriods) = (new uint256[](count), new uint256[](count));
        for (uint256 i; i < count; ++i) (now_.indices[i], now_.indexPeriods[i]) = FloatingLib.known(_indices[i]);
    }

    function _listPromote(Book memory book, State memory now_) private pure {
        now_.capitalReceived = book.promote.at(PromoteLib.CAPITAL_RECEIVED);
        now_.promoteReceived = book.promote.at(PromoteLib.PROMOTE_RECEIVED);
        now_.hurdles = new uint256[](book.terms.promoteHurdles());
        for (uint256 i; i < now_.hurdles.length; ++i) now_.hurdles[i] = book.promote.at(PromoteLib.HURDLES + i);
    }

    function _listTranches(Book memory book, State memory now_) private view {
        uint256 count = book.trancheCount;
        (now_.balances, now_.credited) = (new uint256[](count), new uint256[](count));
        (now_.interestArrears, now_.principalArrears) = (new uint256[](count), new uint256[](count));
        now_.claimed = new uint256[](book.narrow ? 1 : count);
        if (book.narrow) now_.claimed[0] = book.claimed;
        for (uint256 i; i < count; ++i) {
            TrancheRecord tranche = book.tranche(i);
            bool kept = i < book.keptBalances;
            now_.balances[i] = kept ? tranche.balance() : book.terms.face(TermsLib.trancheAt(i));
            now_.credited[i] = _credited(i, book.narrow);
            if (!book.narrow) now_.claimed[i] = _claimed(i);
            (now_.interestArrears[i], now_.principalArrears[i]) = (tranche.interestOwed(), tranche.principalOwed());
        }
    }
}
