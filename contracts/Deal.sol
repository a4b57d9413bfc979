// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {StorageSlot} from "@openzeppelin/contracts/utils/StorageSlot.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {IReports} from "./interfaces/IReports.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AmountLib} from "./libraries/AmountLib.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {CoverageLib} from "./libraries/CoverageLib.sol";
import {DuesLib} from "./libraries/DuesLib.sol";
import {FiguresLib} from "./libraries/FiguresLib.sol";
import {LadderLib} from "./libraries/LadderLib.sol";
import {RecordLib} from "./libraries/RecordLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {SlotLib} from "./libraries/SlotLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {TrancheShare} from "./TrancheShare.sol";
import {
    Allotment,
    ArrearsSlot,
    BALANCE,
    Book,
    CASH_SLOT,
    CREDITED,
    FEES_CARRY,
    FEE_OWED,
    FEE_SIZE,
    HolderSlot,
    INTEREST_OWED,
    MAX_AMOUNT,
    PRINCIPAL_OWED,
    READS_REPORTS,
    Record,
    TRANCHE_SIZE,
    Terms,
    WRITES_DOWN
} from "./types/Types.sol";

/// @title Deal
/// @notice See {IDeal}.
/// @dev The ledger is what the deal owes or holds for somebody: what tranches were credited and did not claim yet, plus the
/// pots. While a claim's cash is on its way out, ledger and balance disagree: a lock in the cash slot, which every
/// settlement reads anyway, keeps an asset that calls back from settling in between.
contract Deal is IDeal {
    using BookLib for Book;
    using FiguresLib for uint256;
    using RecordLib for Record;
    using ShareLib for uint256;
    using SlotLib for uint256;
    using SafeERC20 for IERC20;
    using TermsLib for Terms;

    /// @dev What a report source may burn; what is left must carry the settlement.
    uint256 private constant REPORT_GAS = 100_000;
    uint256 private constant MAX_TRANCHES = 8;

    address private immutable _factory;
    address private immutable _shareLogic;

    /// @dev Packed, see {SlotLib}.
    uint256 private _ledger;
    /// @dev One a tranche, packed, see {SlotLib}.
    uint256[8] private _cash;
    /// @dev Reserves, then what payees may claim, then traps; of the first, only those that outgrow their cash slot.
    uint128[28] private _pots;
    /// @dev Balances of the third tranche and below.
    uint96[6] private _juniorBalances;
    ArrearsSlot[8] private _arrears;
    uint128[16] private _feeArrears;
    /// @dev Keyed by tranche and holder in one word; packed, see {ShareLib}.
    mapping(uint256 key => uint256) private _holders;

    constructor(address factory, address shareLogic) {
        _factory = factory;
        _shareLogic = shareLogic;
    }

    /// @inheritdoc IDeal
    function close(Allotment[] calldata allotments) external {
        if (msg.sender != _factory || shareOf(0).code.length != 0) revert Deal_NotFactory(msg.sender);
        Terms packed = TermsLib.load();
        uint256 decimals = IERC20Metadata(packed.asset()).decimals();
        if (decimals != packed.decimals()) revert Deal_WrongDecimals(decimals, packed.decimals());
        _openReserves(packed);
        uint256[2] memory balances;
        uint256 count = packed.trancheCount();
        for (uint256 i; i < allotments.length; ++i) {
            if (allotments[i].tranche >= count) revert Deal_NoTranche(allotments[i].tranche);
        }
        for (uint256 i; i < count; ++i) {
            uint256 face = packed.face(TermsLib.trancheAt(i));
            if (i < 2) balances[i] = face;
            else _juniorBalances[i - 2] = uint96(face);
            new TrancheShare(i, _shareLogic, allotments);
            uint256 allotted = _allot(packed.policy(), i, allotments);
            if (allotted == 0 || allotted != packed.supply(i))
                revert Deal_SupplyMismatch(i, allotted, packed.supply(i));
        }
        _ledger = SlotLib.packLedger(0, 0, 0, balances[0], balances[1]);
    }

    /// @inheritdoc IDeal
    function settle(uint256 count) external {
        _settle(TermsLib.load(), count);
    }

    /// @inheritdoc IDeal
    function payAndSettle(uint256 amount, uint256 count) external {
        _payAndSettle(TermsLib.load(), amount, count);
    }

    /// @inheritdoc IDeal
    function payAndSettleWithPermit(
        uint256 amount,
        uint256 count,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        Terms packed = TermsLib.load();
        // A permit somebody used already leaves its allowance, so that its failure alone stops nothing
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(packed.asset()).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _payAndSettle(packed, amount, count);
    }

    /// @inheritdoc IDeal
    function claim(uint256 tranche) external returns (uint256 amount) {
        if (tranche >= MAX_TRANCHES) revert Deal_NoTranche(tranche);
        Terms head = TermsLib.loadHead(tranche + 1);
        if (tranche >= head.trancheCount()) revert Deal_NoTranche(tranche);
        uint256 supply = head.supply(tranche);
        uint256 key = _key(tranche, msg.sender);
        uint256 holder = _holders[key];
        uint256 cash = _unlocked(tranche);
        amount = holder.claimable(cash.credited(), supply);
        if (amount == 0) revert Deal_NothingToClaim(tranche, msg.sender);
        _holders[key] = holder.afterClaim(amount, supply);
        _cashSlot(tranche).value = cash.withClaim(amount).locked();
        emit Claimed(tranche, msg.sender, amount);
        IERC20(head.asset()).safeTransfer(msg.sender, amount);
        _unlock(tranche);
    }

    /// @inheritdoc IDeal
    function claimFee(uint256 fee) external returns (uint256 amount) {
        Terms packed = TermsLib.load();
        address payee = fee < packed.feeCount() ? packed.feePayee(packed.feeAt(fee)) : address(0);
        if (msg.sender != payee) revert Deal_NotPayee(msg.sender, payee);
        uint256 tranches = packed.trancheCount();
        uint256 pot = packed.reserveCount() + fee;
        amount = _pot(pot, tranches);
        if (amount == 0) revert Deal_NothingToClaimOfFee(fee, payee);
        _setPot(pot, tranches, 0);
        _cashSlot(0).value = _unlocked(0).locked();
        emit FeeClaimed(fee, payee, amount);
        IERC20(packed.asset()).safeTransfer(payee, amount);
        _unlock(0);
    }

    /// @inheritdoc IDeal
    function moveShares(uint256 tranche, address from, address to, uint256 amount) external returns (bool) {
        if (msg.sender != shareOf(tranche)) revert Deal_NotShare(msg.sender);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        _requireAllowed(TermsLib.loadPolicy(), from, to, amount);
        uint256 lot = amount.lot(_cashSlot(tranche).value.credited());
        uint256 key = _key(tranche, from);
        uint256 seller = _holders[key];
        if (amount > seller.shares()) revert IERC20Errors.ERC20InsufficientBalance(from, seller.shares(), amount);
        _holders[key] = seller.minus(lot);
        key = _key(tranche, to);
        _holders[key] = _holders[key].plus(lot);
        return true;
    }

    /// @inheritdoc IDeal
    function terms() public view returns (bytes memory) {
        return Clones.fetchCloneArgs(address(this));
    }

    /// @inheritdoc IDeal
    function policy() public view returns (address) {
        return TermsLib.loadPolicy();
    }

    /// @inheritdoc IDeal
    /// @dev Shares are the deal's first creations: tranche t at nonce t + 1, by the rule for CREATE.
    function shareOf(uint256 tranche) public view returns (address share) {
        if (tranche >= MAX_TRANCHES) revert Deal_NoTranche(tranche);
        unchecked {
            uint256 creation = (0xd694 << 168) | (uint256(uint160(address(this))) << 8) | (tranche + 1);
            assembly ("memory-safe") {
                // The last 23 bytes of the word, hashed in scratch space
                mstore(0, creation)
                share := and(keccak256(9, 23), 0xffffffffffffffffffffffffffffffffffffffff)
            }
        }
    }

    /// @inheritdoc IDeal
    function holderOf(uint256 tranche, address holder) external view returns (HolderSlot memory) {
        uint256 found = _holders[_key(tranche, holder)];
        return HolderSlot(uint64(found.shares()), int192(found.debt()));
    }

    /// @inheritdoc IDeal
    function claimable(uint256 tranche, address holder) external view returns (uint256) {
        uint256 supply = supplyOf(tranche);
        return _holders[_key(tranche, holder)].claimable(_cashSlot(tranche).value.credited(), supply);
    }

    /// @inheritdoc IDeal
    function supplyOf(uint256 tranche) public view returns (uint256) {
        Terms packed = TermsLib.load();
        if (tranche >= packed.trancheCount()) revert Deal_NoTranche(tranche);
        return packed.supply(tranche);
    }

    /// @inheritdoc IDeal
    function text(uint256 index) external view returns (string memory) {
        return TermsLib.load().text(index);
    }

    /// @inheritdoc IDeal
    function shareDecimals() external view returns (uint8) {
        return TermsLib.load().shareDecimals();
    }

    /// @inheritdoc IDeal
    function nextPaymentAt() external view returns (uint256) {
        Terms packed = TermsLib.load();
        uint256 period = _ledger.period();
        return period == packed.periods() ? 0 : packed.paymentAt(packed.rowAt(period + 1));
    }

    /// @inheritdoc IDeal
    function state() external view returns (State memory now_) {
        Book memory book;
        book.open(TermsLib.load());
        (now_.accounted, ) = _read(book);
        (now_.period, now_.passesNeeded) = (book.period, book.passesNeeded);
        uint256 count = book.trancheCount;
        now_.balances = _list(book.tranches, BALANCE, TRANCHE_SIZE, count);
        if (count > 2) now_.balances[count - 1] = _juniorBalances[count - 3];
        (now_.credited, now_.claimed) = (new uint256[](count), new uint256[](count));
        for (uint256 i; i < count; ++i) (now_.credited[i], now_.claimed[i]) = (_cash[i].credited(), _cash[i].claimed());
        now_.interestArrears = _list(book.tranches, INTEREST_OWED, TRANCHE_SIZE, count);
        now_.principalArrears = _list(book.tranches, PRINCIPAL_OWED, TRANCHE_SIZE, count);
        now_.reserves = _list(book.pots, 0, 0x20, book.reserveCount);
        now_.traps = _list(book.pots.plus(book.trapPot(0) << 5), 0, 0x20, book.testCount);
        now_.feeArrears = _list(book.fees, FEE_OWED, FEE_SIZE, book.feeCount);
        now_.feeClaimable = _list(book.pots.plus(book.feePot(0) << 5), 0, 0x20, book.feeCount);
    }

    /// @dev One field of `count` records, each `size` bytes behind the one before.
    function _list(
        Record record,
        uint256 field,
        uint256 size,
        uint256 count
    ) private pure returns (uint256[] memory list) {
        list = new uint256[](count);
        for (uint256 i; i < count; ++i) list[i] = record.get(field + i * size);
    }

    function _payAndSettle(Terms packed, uint256 amount, uint256 count) private {
        IERC20(packed.asset()).safeTransferFrom(msg.sender, address(this), amount);
        _settle(packed, count);
    }

    /// @dev Settles up to `count` periods whose payment date has come, or late revenue after the last. From the read on,
    /// calls go to views only, so that the book stays true until it is written.
    function _settle(Terms packed, uint256 count) private {
        if (count == 0) revert Deal_ZeroPeriods();
        Book memory book;
        book.open(packed);
        (uint256 accounted, uint256 claimed) = _read(book);
        if (book.cashSlots.isLocked()) revert Deal_Reentered();
        if (book.period == 0 && book.tranche(0).get(BALANCE) == 0) revert Deal_NotClosed();
        uint256 balance = IERC20(packed.asset()).balanceOf(address(this));
        if (balance < accounted) revert Deal_BalanceBelowLedger(balance, accounted);
        book.collections = AmountLib.min(balance, MAX_AMOUNT - claimed) - accounted;
        book.width = FiguresLib.width(balance);
        uint256 periods = packed.periods();
        if (book.period == periods) {
            if (book.collections == 0) revert Deal_NothingToSettle();
            _settleLate(book);
        } else {
            uint256 paymentAt = _paymentAt(packed, book.period + 1);
            if (block.timestamp < paymentAt) revert Deal_PeriodNotOver(book.period + 1, paymentAt, block.timestamp);
            do {
                _settlePeriod(book, periods);
                book.collections = 0;
            } while (--count > 0 && !book.matured && _paymentAt(packed, book.period + 1) <= block.timestamp);
        }
        _write(book);
    }

    function _settlePeriod(Book memory book, uint256 periods) private {
        unchecked {
            Terms packed = book.terms;
            uint256 period = ++book.period;
            book.matured = period == periods;
            book.row = packed.rowAt(period);
            uint256 flags = packed.flags();
            if (flags & READS_REPORTS != 0) _report(book);
            if (flags & WRITES_DOWN != 0) DuesLib.writeDown(book);
            DuesLib.dues(book);
            book.passesNeeded = CoverageLib.dscr(book);
            book.trapped |= book.passesNeeded;
            _shareOut(book, period);
        }
    }

    function _settleLate(Book memory book) private {
        book.matured = true;
        DuesLib.lateDues(book);
        _shareOut(book, book.period + 1);
    }

    /// @dev Shares the book's cash out and logs it.
    function _shareOut(Book memory book, uint256 period) private {
        unchecked {
            book.cash = book.collections + _release(book);
            (uint256 at, uint256 rungs) = book.terms.ladder(_enforced(book));
            (uint256 figures, uint256 cursor) = FiguresLib.open(1 + rungs + book.reserveCount);
            uint256 width = book.width;
            cursor = cursor.append((period << 48) | (book.passesNeeded << 8) | width, FiguresLib.HEAD_WIDTH);
            cursor = LadderLib.pay(book, at, rungs, cursor.append(book.collections, width));
            for (uint256 i; i < book.reserveCount; ++i) cursor = cursor.append(book.pot(i), width);
            DuesLib.carry(book);
            figures.log(cursor, Settled.selector);
        }
    }

    /// @dev Whether a test that switches ladders fails.
    function _enforced(Book memory book) private pure returns (bool) {
        uint256 switches = book.passesNeeded == 0 ? 0 : book.terms.enforceOn();
        for (uint256 test; switches != 0; ++test) {
            if (switches & 1 != 0 && CoverageLib.failing(book.passesNeeded, test)) return true;
            switches >>= 1;
        }
        return false;
    }

    /// @dev Frees what reserves hold above target and traps of tests that do not fail; everything after the last period.
    function _release(Book memory book) private pure returns (uint256 released) {
        unchecked {
            for (uint256 i; i < book.reserveCount; ++i) {
                (uint256 held, uint256 target) = (book.pot(i), book.target(i));
                if (held <= target) continue;
                released += held - target;
                book.setPot(i, target);
            }
            if (book.trapped == 0) return released;
            for (uint256 test; test < book.testCount; ++test) {
                if (!book.matured && CoverageLib.failing(book.passesNeeded, test)) continue;
                uint256 pot = book.trapPot(test);
                released += book.pot(pot);
                book.setPot(pot, 0);
            }
        }
    }

    /// @dev Reads state into the book. Returns the ledger, which is all that is held for somebody, and what was ever
    /// claimed by holders. A trap can hold cash only while a counter runs, and equity's balance matters only to a deal
    /// that writes down: others are not read from slots of their own.
    function _read(Book memory book) private view returns (uint256 accounted, uint256 claimed) {
        unchecked {
            uint256 ledger = _ledger;
            book.period = ledger.period();
            book.passesNeeded = book.trapped = ledger.passesNeeded();
            uint256 count = book.trancheCount;
            uint256 held;
            for (uint256 i; i < count; ++i) {
                Record tranche = book.tranche(i);
                uint256 cash = _cashSlot(i).value;
                tranche.set(CASH_SLOT, cash);
                book.cashSlots |= cash;
                accounted += cash.credited();
                claimed += cash.claimed();
                book.setPot(i, cash.pot());
                held += cash.pot();
                if (i > 1 && _keepsBalance(book, i)) tranche.set(BALANCE, _juniorBalances[i - 2]);
                if ((ledger.inArrears() >> i) & 1 == 0) continue;
                ArrearsSlot memory arrears = _arrears[i];
                tranche.set(INTEREST_OWED, arrears.interest);
                tranche.set(PRINCIPAL_OWED, arrears.principal);
            }
            book.tranche(0).set(BALANCE, ledger.firstBalance());
            book.tranche(1).set(BALANCE, ledger.secondBalance());
            accounted -= claimed;
            accounted += _readPots(book, held);
            if (book.terms.flags() & FEES_CARRY == 0) return (accounted, claimed);
            for (uint256 i; i < book.feeCount; ++i) {
                if (book.terms.feeCarries(book.terms.feeAt(i))) book.fee(i).set(FEE_OWED, _feeArrears[i]);
            }
        }
    }

    /// @dev Writes the book back. A slot that did not change costs little: it was read.
    function _write(Book memory book) private {
        unchecked {
            uint256 count = book.trancheCount;
            uint256 inArrears;
            uint256 held;
            for (uint256 i; i < count; ++i) {
                Record tranche = book.tranche(i);
                held += book.pot(i);
                _cashSlot(i).value = tranche.get(CASH_SLOT).withCredit(tranche.get(CREDITED), book.pot(i));
                if (i > 1 && _keepsBalance(book, i)) _juniorBalances[i - 2] = uint96(tranche.get(BALANCE));
                (uint256 interest, uint256 principal) = (tranche.get(INTEREST_OWED), tranche.get(PRINCIPAL_OWED));
                if (interest | principal == 0) continue;
                _arrears[i] = ArrearsSlot(uint128(interest), uint128(principal));
                inArrears |= 1 << i;
            }
            _ledger = SlotLib.packLedger(
                book.period,
                book.passesNeeded,
                inArrears,
                book.tranche(0).get(BALANCE),
                book.tranche(1).get(BALANCE)
            );
            _writePots(book, held);
            if (book.terms.flags() & FEES_CARRY == 0) return;
            for (uint256 i; i < book.feeCount; ++i) {
                uint256 at = book.terms.feeAt(i);
                if (!book.terms.feeCarries(at)) continue;
                _feeArrears[i] = uint128(DuesLib.feeArrears(book.terms, at, book.fee(i)));
            }
        }
    }

    /// @dev Fetches the pots that do not stand in cash slots. `inSlots`, the sum of those that do, tells when there is
    /// none, as in nearly every deal. Returns what all pots hold.
    function _readPots(Book memory book, uint256 inSlots) private view returns (uint256 held) {
        unchecked {
            uint256 pots = _potsInUse(book);
            uint256 count = book.trancheCount;
            if (pots <= count && inSlots < SlotLib.ELSEWHERE) return inSlots;
            for (uint256 i; i < pots; ++i) {
                if (i >= count || book.pot(i) == SlotLib.ELSEWHERE) book.setPot(i, _pots[i]);
                held += book.pot(i);
            }
        }
    }

    /// @dev Writes the pots that do not fit in cash slots.
    function _writePots(Book memory book, uint256 held) private {
        unchecked {
            uint256 pots = _potsInUse(book);
            uint256 count = book.trancheCount;
            if (pots <= count && held < SlotLib.ELSEWHERE) return;
            for (uint256 i; i < pots; ++i) {
                if (i >= count || book.pot(i) >= SlotLib.ELSEWHERE) _pots[i] = uint128(book.pot(i));
            }
        }
    }

    /// @dev Whether a settlement keeps the balance of a tranche below the first two: equity's only if it can be written down.
    function _keepsBalance(Book memory book, uint256 tranche) private pure returns (bool) {
        unchecked {
            return tranche + 1 < book.trancheCount || book.terms.flags() & WRITES_DOWN != 0;
        }
    }

    /// @dev How many pots may hold cash, or have: traps only while a counter runs.
    function _potsInUse(Book memory book) private pure returns (uint256) {
        unchecked {
            return book.trapPot(book.trapped == 0 ? 0 : book.testCount);
        }
    }

    /// @dev A tranche's cash slot, refused while a claim that locked it is under way.
    function _unlocked(uint256 tranche) private view returns (uint256 cash) {
        cash = _cashSlot(tranche).value;
        if (cash.isLocked()) revert Deal_Reentered();
    }

    /// @dev What the asset may have called in between stays: the slot is read again.
    function _unlock(uint256 tranche) private {
        StorageSlot.Uint256Slot storage cash = _cashSlot(tranche);
        cash.value = cash.value.unlocked();
    }

    /// @dev The cash slot of a tranche that is known to exist.
    function _cashSlot(uint256 tranche) private pure returns (StorageSlot.Uint256Slot storage slot) {
        assembly ("memory-safe") {
            slot.slot := add(_cash.slot, tranche)
        }
    }

    /// @dev A deal's first pots stand in its cash slots unless they outgrow them.
    function _pot(uint256 index, uint256 tranches) private view returns (uint256 amount) {
        amount = index < tranches ? _cash[index].pot() : SlotLib.ELSEWHERE;
        if (amount == SlotLib.ELSEWHERE) amount = _pots[index];
    }

    function _setPot(uint256 index, uint256 tranches, uint256 amount) private {
        if (index < tranches) _cash[index] = _cash[index].withPot(amount);
        if (index >= tranches || amount >= SlotLib.ELSEWHERE) _pots[index] = uint128(amount);
    }

    /// @dev Asks the report source; one that reverts, burns its gas or answers nonsense counts as silent. The caller
    /// must bring enough gas for a full answer, so that nobody silences the source by starving it.
    function _report(Book memory book) private {
        (book.loss, book.assetValue) = (0, 0);
        if (gasleft() < (REPORT_GAS * 64) / 63 + 10_000) revert Deal_OutOfReportGas(gasleft());
        (bool answered, bytes memory answer) = book.terms.reports().staticcall{gas: REPORT_GAS}(
            abi.encodeCall(IReports.reportOf, (address(this), book.period))
        );
        if (!answered || answer.length != 96) return;
        (uint256 reported, uint256 loss, uint256 assetValue) = abi.decode(answer, (uint256, uint256, uint256));
        if (reported == 0) return;
        (book.loss, book.assetValue) = (AmountLib.min(loss, MAX_AMOUNT), AmountLib.min(assetValue, MAX_AMOUNT));
        emit Reported(book.period, book.loss, book.assetValue);
    }

    function _paymentAt(Terms packed, uint256 period) private pure returns (uint256) {
        return packed.paymentAt(packed.rowAt(period));
    }

    function _openReserves(Terms packed) private {
        uint256 opening;
        uint256 count = packed.reserveCount();
        for (uint256 i; i < count; ++i) {
            uint256 amount = packed.reserveOpening(packed.reserveAt(i));
            _setPot(i, packed.trancheCount(), amount);
            opening += amount;
        }
        uint256 received = IERC20(packed.asset()).balanceOf(address(this));
        if (received < opening || opening > MAX_AMOUNT) revert Deal_OpeningNotReceived(received, opening);
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
            _requireAllowed(policy_, address(0), given.holder, given.shares);
            _holders[_key(tranche, given.holder)] += given.shares;
            allotted += given.shares;
        }
    }

    function _requireAllowed(address policy_, address from, address to, uint256 amount) private view {
        if (policy_ == address(0) || IPolicy(policy_).canTransfer(from, to, amount)) return;
        revert Deal_NotAllowed(from, to, amount);
    }

    function _key(uint256 tranche, address holder) private pure returns (uint256) {
        return (tranche << 160) | uint160(holder);
    }
}
