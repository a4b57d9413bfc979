// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDeal} from "./interfaces/IDeal.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {IReports} from "./interfaces/IReports.sol";
import {CoverageLib} from "./libraries/CoverageLib.sol";
import {DuesLib} from "./libraries/DuesLib.sol";
import {LadderLib} from "./libraries/LadderLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {TrancheShare} from "./TrancheShare.sol";
import {
    Allotment,
    ArrearsSlot,
    Book,
    CAPITALISE,
    CASH,
    CashSlot,
    FeeBook,
    HolderSlot,
    LedgerSlot,
    MAX_AMOUNT,
    ReserveBook,
    Terms,
    TrancheBook
} from "./types/Types.sol";

/// @title Deal
/// @notice See {IDeal}.
/// @dev The ledger is what the deal owes or holds for somebody: what tranches were credited and did not claim yet, plus the
/// pots. Cash leaves before the ledger falls, so that an asset that calls back in between finds too little, never too much.
contract Deal is IDeal, ReentrancyGuard {
    using SafeERC20 for IERC20;
    using TermsLib for Terms;
    using ShareLib for HolderSlot;

    /// @dev What a report source may burn; what is left must carry the settlement.
    uint256 private constant REPORT_GAS = 100_000;

    address private immutable _factory;
    address private immutable _shareLogic;

    LedgerSlot private _ledger;
    CashSlot[8] private _cash;
    /// @dev Reserves, then what payees may claim, then traps: two to a slot, so that a small deal touches one.
    uint128[28] private _pots;
    /// @dev Balances of the third tranche and below.
    uint96[6] private _juniorBalances;
    ArrearsSlot[8] private _arrears;
    uint128[16] private _feeArrears;
    /// @dev Keyed by tranche and holder in one word.
    mapping(uint256 key => HolderSlot) private _holders;

    constructor(address factory, address shareLogic) {
        _factory = factory;
        _shareLogic = shareLogic;
    }

    /// @inheritdoc IDeal
    function close(Allotment[] calldata allotments) external {
        if (msg.sender != _factory || shareOf(0).code.length != 0) revert Deal_NotFactory(msg.sender);
        Terms packed = _terms();
        uint256 decimals = IERC20Metadata(packed.asset()).decimals();
        if (decimals != packed.decimals()) revert Deal_WrongDecimals(decimals, packed.decimals());
        _openReserves(packed);
        LedgerSlot memory ledger;
        uint256 count = packed.trancheCount();
        for (uint256 i; i < count; ++i) {
            _setBalance(ledger, i, packed.face(packed.trancheAt(i)));
            new TrancheShare(i, IPolicy(packed.policy()), _shareLogic, allotments);
            uint256 allotted = _allot(i, allotments);
            if (allotted != packed.supply(i)) revert Deal_SupplyMismatch(i, allotted, packed.supply(i));
        }
        _ledger = ledger;
    }

    /// @inheritdoc IDeal
    function settle(uint256 count) external {
        _settle(_terms(), count);
    }

    /// @inheritdoc IDeal
    function payAndSettle(uint256 amount, uint256 count) external {
        _payAndSettle(_terms(), amount, count);
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
        Terms packed = _terms();
        // A permit somebody used already leaves its allowance, so that its failure alone stops nothing
        try IERC20Permit(packed.asset()).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        _payAndSettle(packed, amount, count);
    }

    /// @inheritdoc IDeal
    function claim(uint256 tranche) external returns (uint256 amount) {
        Terms packed = _terms();
        if (tranche >= packed.trancheCount()) revert Deal_NoTranche(tranche);
        uint256 supply = packed.supply(tranche);
        HolderSlot storage holder = _holders[_key(tranche, msg.sender)];
        amount = holder.take(_cash[tranche].credited, supply);
        if (amount == 0) revert Deal_NothingToClaim(tranche, msg.sender);
        emit Claimed(tranche, msg.sender, amount);
        IERC20(packed.asset()).safeTransfer(msg.sender, amount);
        _cash[tranche].claimed += uint128(amount);
    }

    /// @inheritdoc IDeal
    function claimFee(uint256 fee) external nonReentrant returns (uint256 amount) {
        Terms packed = _terms();
        address payee = fee < packed.feeCount() ? packed.feePayee(packed.feeAt(fee)) : address(0);
        if (msg.sender != payee) revert Deal_NotPayee(msg.sender, payee);
        uint256 pot = packed.reserveCount() + fee;
        amount = _pots[pot];
        if (amount == 0) revert Deal_NothingToClaimOfFee(fee, payee);
        emit FeeClaimed(fee, payee, amount);
        IERC20(packed.asset()).safeTransfer(payee, amount);
        _pots[pot] -= uint128(amount);
    }

    /// @inheritdoc IDeal
    function moveShares(uint256 tranche, address from, address to, uint256 amount) external {
        if (msg.sender != shareOf(tranche)) revert Deal_NotShare(msg.sender);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        uint256 credited = _cash[tranche].credited;
        uint256 held = _holders[_key(tranche, from)].give(amount, credited);
        if (amount > held) revert IERC20Errors.ERC20InsufficientBalance(from, held, amount);
        _holders[_key(tranche, to)].receive_(amount, credited);
    }

    /// @inheritdoc IDeal
    function terms() public view returns (bytes memory) {
        return Clones.fetchCloneArgs(address(this));
    }

    /// @inheritdoc IDeal
    /// @dev Shares are the deal's first creations: tranche t at nonce t + 1, by the rule for CREATE.
    function shareOf(uint256 tranche) public view returns (address) {
        if (tranche > 7) revert Deal_NoTranche(tranche);
        unchecked {
            uint256 creation = (0xd694 << 168) | (uint256(uint160(address(this))) << 8) | (tranche + 1);
            return address(uint160(uint256(keccak256(abi.encodePacked(uint184(creation))))));
        }
    }

    /// @inheritdoc IDeal
    function holderOf(uint256 tranche, address holder) external view returns (HolderSlot memory) {
        return _holders[_key(tranche, holder)];
    }

    /// @inheritdoc IDeal
    function claimable(uint256 tranche, address holder) external view returns (uint256) {
        return _holders[_key(tranche, holder)].claimable(_cash[tranche].credited, supplyOf(tranche));
    }

    /// @inheritdoc IDeal
    function supplyOf(uint256 tranche) public view returns (uint256) {
        Terms packed = _terms();
        if (tranche >= packed.trancheCount()) revert Deal_NoTranche(tranche);
        return packed.supply(tranche);
    }

    /// @inheritdoc IDeal
    function text(uint256 index) external view returns (string memory) {
        return _terms().text(index);
    }

    /// @inheritdoc IDeal
    function shareDecimals() external view returns (uint8) {
        return _terms().shareDecimals();
    }

    /// @inheritdoc IDeal
    function nextPaymentAt() external view returns (uint256) {
        Terms packed = _terms();
        uint256 period = _ledger.period;
        return period == packed.periods() ? 0 : packed.paymentAt(packed.rowAt(period + 1));
    }

    /// @inheritdoc IDeal
    function state() external view returns (State memory now_) {
        Book memory book;
        book.terms = _terms();
        LedgerSlot memory ledger = _ledger;
        now_.accounted = _read(book, ledger);
        (now_.period, now_.passesNeeded) = (ledger.period, ledger.passesNeeded);
        uint256 count = book.tranches.length;
        now_.balances = new uint256[](count);
        now_.credited = new uint256[](count);
        now_.claimed = new uint256[](count);
        now_.interestArrears = new uint256[](count);
        now_.principalArrears = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            now_.balances[i] = _balance(ledger, i);
            now_.credited[i] = _cash[i].credited;
            now_.claimed[i] = _cash[i].claimed;
            now_.interestArrears[i] = book.tranches[i].interestArrears;
            now_.principalArrears[i] = book.tranches[i].principalArrears;
        }
        now_.reserves = new uint256[](book.reserves.length);
        for (uint256 i; i < book.reserves.length; ++i) now_.reserves[i] = book.reserves[i].balance;
        now_.traps = book.traps;
        now_.feeArrears = new uint256[](book.fees.length);
        now_.feeClaimable = new uint256[](book.fees.length);
        for (uint256 i; i < book.fees.length; ++i) {
            now_.feeArrears[i] = book.fees[i].arrears;
            now_.feeClaimable[i] = _pots[book.reserves.length + i];
        }
    }

    function _payAndSettle(Terms packed, uint256 amount, uint256 count) private {
        IERC20(packed.asset()).safeTransferFrom(msg.sender, address(this), amount);
        _settle(packed, count);
    }

    /// @dev Settles up to `count` periods whose payment date has come, or late revenue after the last.
    function _settle(Terms packed, uint256 count) private {
        if (count == 0) revert Deal_ZeroPeriods();
        LedgerSlot memory ledger = _ledger;
        Book memory book;
        book.terms = packed;
        uint256 accounted = _read(book, ledger);
        uint256 balance = IERC20(packed.asset()).balanceOf(address(this));
        if (balance < accounted) revert Deal_BalanceBelowLedger(balance, accounted);
        book.collections = Math.min(balance - accounted, MAX_AMOUNT);

        uint256 periods = packed.periods();
        if (ledger.period == periods) {
            if (book.collections == 0) revert Deal_NothingToSettle();
            _settleLate(book, ledger);
            _ledger = ledger;
            return;
        }
        _requirePaymentDate(packed, ledger.period + 1);
        uint256 last = Math.min(ledger.period + count, periods);
        _settlePeriod(book, ledger);
        while (ledger.period < last && _paymentAt(packed, ledger.period + 1) <= block.timestamp) {
            book = _nextBook(packed, ledger);
            _settlePeriod(book, ledger);
        }
        _ledger = ledger;
    }

    function _settlePeriod(Book memory book, LedgerSlot memory ledger) private {
        Terms packed = book.terms;
        book.period = ++ledger.period;
        book.matured = book.period == packed.periods();
        book.row = packed.rowAt(book.period);
        if (packed.readsReports()) _report(book);
        if (packed.writesDown()) DuesLib.writeDown(book);
        DuesLib.dues(book);
        book.passesNeeded = CoverageLib.dscr(book);
        _shareOut(book, ledger);
    }

    function _settleLate(Book memory book, LedgerSlot memory ledger) private {
        book.period = ledger.period + 1;
        book.matured = true;
        DuesLib.lateDues(book);
        _shareOut(book, ledger);
    }

    /// @dev Shares the book's cash out and writes the outcome; `ledger` is the working copy of the slot.
    function _shareOut(Book memory book, LedgerSlot memory ledger) private {
        uint256 trapped = ledger.passesNeeded | book.passesNeeded;
        book.remaining = book.collections + _release(book);
        uint256[] memory paid = LadderLib.pay(book, _enforced(book));
        _carry(book);
        _write(book, ledger, trapped);
        ledger.passesNeeded = uint40(book.passesNeeded);
        _log(book, paid);
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
            for (uint256 i; i < book.reserves.length; ++i) {
                ReserveBook memory reserve = book.reserves[i];
                if (reserve.balance > reserve.target) {
                    released += reserve.balance - reserve.target;
                    reserve.balance = reserve.target;
                }
            }
            for (uint256 test; test < book.traps.length; ++test) {
                if (book.matured || !CoverageLib.failing(book.passesNeeded, test)) {
                    released += book.traps[test];
                    book.traps[test] = 0;
                }
            }
        }
    }

    /// @dev What was not paid becomes arrears, or balance for PIK. No claim outgrows MAX_AMOUNT.
    function _carry(Book memory book) private pure {
        unchecked {
            uint256 equity = book.tranches.length - 1;
            for (uint256 i; i < equity; ++i) {
                TrancheBook memory tranche = book.tranches[i];
                uint256 interest = tranche.interestDue;
                uint256 principal = tranche.principalDue;
                if (interest | principal != 0) {
                    uint256 at = book.terms.trancheAt(i);
                    if (!book.matured && book.terms.principalKind(at) == CASH) principal = 0;
                    if (book.terms.arrearsRule(at) == CAPITALISE) {
                        tranche.balance = Math.min(tranche.balance + interest, MAX_AMOUNT);
                        interest = 0;
                    }
                }
                tranche.interestArrears = Math.min(interest, MAX_AMOUNT);
                tranche.principalArrears = principal;
            }
            for (uint256 i; i < book.fees.length; ++i) {
                FeeBook memory fee = book.fees[i];
                bool carries = book.terms.feeCarries(book.terms.feeAt(i));
                fee.arrears = carries ? Math.min(fee.accrued - fee.paid, MAX_AMOUNT) : 0;
            }
        }
    }

    /// @dev A book for a further period settled in the same call: its state is what was just written, its collections nothing.
    function _nextBook(Terms packed, LedgerSlot memory ledger) private view returns (Book memory book) {
        book.terms = packed;
        _read(book, ledger);
    }

    /// @dev Reads state into the book and returns the ledger: all that is held for somebody. A trap can hold cash only
    /// while its test's counter runs, and equity's balance matters only to a deal that writes down: others are not read.
    function _read(Book memory book, LedgerSlot memory ledger) private view returns (uint256 accounted) {
        unchecked {
            Terms packed = book.terms;
            book.passesNeeded = ledger.passesNeeded;
            uint256 count = packed.trancheCount();
            book.tranches = new TrancheBook[](count);
            for (uint256 i; i < count; ++i) {
                TrancheBook memory tranche = book.tranches[i];
                CashSlot memory cash = _cash[i];
                accounted += cash.credited - cash.claimed;
                if (i + 1 < count || packed.writesDown()) tranche.balance = _balance(ledger, i);
                if ((ledger.inArrears >> i) & 1 != 0) {
                    ArrearsSlot memory arrears = _arrears[i];
                    (tranche.interestArrears, tranche.principalArrears) = (arrears.interest, arrears.principal);
                }
            }
            uint256 pot;
            count = packed.reserveCount();
            book.reserves = new ReserveBook[](count);
            for (uint256 i; i < count; ++i) accounted += book.reserves[i].balance = _pots[pot++];
            count = packed.feeCount();
            book.fees = new FeeBook[](count);
            for (uint256 i; i < count; ++i) {
                accounted += _pots[pot++];
                if (packed.feeCarries(packed.feeAt(i))) book.fees[i].arrears = _feeArrears[i];
            }
            count = packed.testCount();
            book.traps = new uint256[](count);
            if (ledger.passesNeeded == 0) return accounted;
            for (uint256 i; i < count; ++i) {
                if (CoverageLib.failing(ledger.passesNeeded, i)) accounted += book.traps[i] = _pots[pot + i];
            }
        }
    }

    /// @dev Writes the book back, only where it changed. `trapped`: counters of tests whose trap may have changed.
    function _write(Book memory book, LedgerSlot memory ledger, uint256 trapped) private {
        unchecked {
            Terms packed = book.terms;
            uint256 count = book.tranches.length;
            uint256 inArrears;
            for (uint256 i; i < count; ++i) {
                TrancheBook memory tranche = book.tranches[i];
                if (tranche.credited > 0) _cash[i].credited += uint128(tranche.credited);
                if (i + 1 < count || packed.writesDown()) _setBalance(ledger, i, tranche.balance);
                if (tranche.interestArrears | tranche.principalArrears == 0) continue;
                _arrears[i] = ArrearsSlot(uint128(tranche.interestArrears), uint128(tranche.principalArrears));
                inArrears |= 1 << i;
            }
            ledger.inArrears = uint8(inArrears);
            uint256 pot;
            for (uint256 i; i < book.reserves.length; ++i) _pots[pot++] = uint128(book.reserves[i].balance);
            for (uint256 i; i < book.fees.length; ++i) {
                FeeBook memory fee = book.fees[i];
                if (fee.paid > 0) _pots[pot] += uint128(fee.paid);
                ++pot;
                if (packed.feeCarries(packed.feeAt(i))) _feeArrears[i] = uint128(fee.arrears);
            }
            if (trapped == 0) return;
            for (uint256 i; i < book.traps.length; ++i) {
                if (CoverageLib.failing(trapped, i)) _pots[pot + i] = uint128(book.traps[i]);
            }
        }
    }

    function _balance(LedgerSlot memory ledger, uint256 tranche) private view returns (uint256) {
        if (tranche == 0) return ledger.firstBalance;
        if (tranche == 1) return ledger.secondBalance;
        return _juniorBalances[tranche - 2];
    }

    function _setBalance(LedgerSlot memory ledger, uint256 tranche, uint256 balance) private {
        if (tranche == 0) ledger.firstBalance = uint96(balance);
        else if (tranche == 1) ledger.secondBalance = uint96(balance);
        else _juniorBalances[tranche - 2] = uint96(balance);
    }

    function _log(Book memory book, uint256[] memory paid) private {
        uint256[] memory reserves = new uint256[](book.reserves.length);
        for (uint256 i; i < reserves.length; ++i) reserves[i] = book.reserves[i].balance;
        emit Settled(
            book.period,
            book.collections,
            book.loss,
            book.assetValue,
            book.passesNeeded,
            paid,
            reserves
        );
    }

    /// @dev Asks the report source; one that reverts, burns its gas or answers nonsense counts as silent. The caller
    /// must bring enough gas for a full answer, so that nobody silences the source by starving it.
    function _report(Book memory book) private view {
        if (gasleft() < (REPORT_GAS * 64) / 63 + 10_000) revert Deal_OutOfReportGas(gasleft());
        (bool answered, bytes memory answer) = book.terms.reports().staticcall{gas: REPORT_GAS}(
            abi.encodeCall(IReports.reportOf, (address(this), book.period))
        );
        if (!answered || answer.length != 96) return;
        (uint256 reported, uint256 loss, uint256 assetValue) = abi.decode(answer, (uint256, uint256, uint256));
        if (reported == 0) return;
        (book.loss, book.assetValue) = (Math.min(loss, MAX_AMOUNT), Math.min(assetValue, MAX_AMOUNT));
    }

    function _requirePaymentDate(Terms packed, uint256 period) private view {
        uint256 paymentAt = _paymentAt(packed, period);
        if (block.timestamp < paymentAt) revert Deal_PeriodNotOver(period, paymentAt, block.timestamp);
    }

    function _paymentAt(Terms packed, uint256 period) private pure returns (uint256) {
        return packed.paymentAt(packed.rowAt(period));
    }

    function _openReserves(Terms packed) private {
        uint256 opening;
        uint256 count = packed.reserveCount();
        for (uint256 i; i < count; ++i) {
            uint256 amount = packed.reserveOpening(packed.reserveAt(i));
            _pots[i] = uint128(amount);
            opening += amount;
        }
        uint256 received = IERC20(packed.asset()).balanceOf(address(this));
        if (received < opening) revert Deal_OpeningNotReceived(received, opening);
    }

    function _allot(uint256 tranche, Allotment[] calldata allotments) private returns (uint256 allotted) {
        for (uint256 i; i < allotments.length; ++i) {
            if (allotments[i].tranche != tranche) continue;
            _holders[_key(tranche, allotments[i].holder)].shares += allotments[i].shares;
            allotted += allotments[i].shares;
        }
    }

    function _terms() private view returns (Terms) {
        return TermsLib.wrap(terms());
    }

    function _key(uint256 tranche, address holder) private pure returns (uint256) {
        return (tranche << 160) | uint160(holder);
    }
}
