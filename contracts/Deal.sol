// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
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
    ArrearsRule,
    ArrearsSlot,
    Book,
    FeeBook,
    HolderSlot,
    LedgerSlot,
    MAX_AMOUNT,
    PrincipalKind,
    Report,
    ReserveBook,
    TrancheBook,
    TrancheSlot
} from "./types/Types.sol";

/// @title Deal
/// @notice See {IDeal}.
contract Deal is IDeal {
    using SafeERC20 for IERC20;
    using TermsLib for bytes;
    using ShareLib for HolderSlot;

    /// @dev What a report source may burn; what is left must carry the settlement.
    uint256 private constant REPORT_GAS = 100_000;

    address private immutable _factory;
    address private immutable _shareLogic;

    LedgerSlot private _ledger;
    TrancheSlot[8] private _tranches;
    /// @dev Reserves, then what payees may claim, then traps: two to a slot, so that a small deal touches one.
    uint128[28] private _pots;
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
        if (msg.sender != _factory || _ledger.accounted != 0 || shareOf(0).code.length != 0) {
            revert Deal_NotFactory(msg.sender);
        }
        bytes memory packed = terms();
        uint256 decimals = IERC20Metadata(packed.asset()).decimals();
        if (decimals != packed.decimals()) revert Deal_WrongDecimals(decimals, packed.decimals());
        _openReserves(packed);
        uint256 count = packed.trancheCount();
        for (uint256 i; i < count; ++i) {
            _tranches[i].balance = uint120(packed.face(packed.trancheAt(i)));
            new TrancheShare(i, IPolicy(packed.policy()), _shareLogic, allotments);
            uint256 allotted = _allot(i, allotments);
            if (allotted != packed.supply(i)) revert Deal_SupplyMismatch(i, allotted, packed.supply(i));
        }
    }

    /// @inheritdoc IDeal
    function settle(uint256 count) external {
        _settle(terms(), 0, count);
    }

    /// @inheritdoc IDeal
    function payAndSettle(uint256 amount, uint256 count) external {
        _settle(terms(), amount, count);
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
        bytes memory packed = terms();
        // A permit somebody used already leaves its allowance, so that its failure alone stops nothing
        try
            IERC20Permit(packed.asset()).permit(msg.sender, address(this), amount, deadline, v, r, s)
        {} catch {}
        _settle(packed, amount, count);
    }

    /// @inheritdoc IDeal
    function claim(uint256 tranche) external returns (uint256 amount) {
        bytes memory packed = terms();
        if (tranche >= packed.trancheCount()) revert Deal_NoTranche(tranche);
        uint256 supply = packed.supply(tranche);
        HolderSlot storage holder = _holders[_key(tranche, msg.sender)];
        amount = holder.claimable(_tranches[tranche].credited, supply);
        if (amount == 0) revert Deal_NothingToClaim(tranche, msg.sender);
        holder.take(amount, supply);
        emit Claimed(tranche, msg.sender, amount);
        _payOut(packed.asset(), amount);
    }

    /// @inheritdoc IDeal
    function claimFee(uint256 fee) external returns (uint256 amount) {
        bytes memory packed = terms();
        address payee = fee < packed.feeCount() ? packed.feePayee(packed.feeAt(fee)) : address(0);
        if (msg.sender != payee) revert Deal_NotPayee(msg.sender, payee);
        uint256 pot = packed.reserveCount() + fee;
        amount = _pots[pot];
        if (amount == 0) revert Deal_NothingToClaimOfFee(fee, payee);
        _pots[pot] = 0;
        emit FeeClaimed(fee, payee, amount);
        _payOut(packed.asset(), amount);
    }

    /// @inheritdoc IDeal
    function moveShares(uint256 tranche, address from, address to, uint256 amount) external {
        if (msg.sender != shareOf(tranche)) revert Deal_NotShare(msg.sender);
        if (to == address(0)) revert IERC20Errors.ERC20InvalidReceiver(to);
        HolderSlot storage seller = _holders[_key(tranche, from)];
        if (amount > seller.shares) revert IERC20Errors.ERC20InsufficientBalance(from, seller.shares, amount);
        seller.move(_holders[_key(tranche, to)], amount, _tranches[tranche].credited);
    }

    /// @inheritdoc IDeal
    function terms() public view returns (bytes memory) {
        return Clones.fetchCloneArgs(address(this));
    }

    /// @inheritdoc IDeal
    /// @dev Shares are the deal's first creations: tranche t at nonce t + 1, by the rule for CREATE.
    function shareOf(uint256 tranche) public view returns (address) {
        if (tranche > 7) revert Deal_NoTranche(tranche);
        bytes memory creation = abi.encodePacked(hex"d694", address(this), bytes1(uint8(tranche + 1)));
        return address(uint160(uint256(keccak256(creation))));
    }

    /// @inheritdoc IDeal
    function holderOf(uint256 tranche, address holder) external view returns (HolderSlot memory) {
        return _holders[_key(tranche, holder)];
    }

    /// @inheritdoc IDeal
    function claimable(uint256 tranche, address holder) external view returns (uint256) {
        return _holders[_key(tranche, holder)].claimable(_tranches[tranche].credited, supplyOf(tranche));
    }

    /// @inheritdoc IDeal
    function supplyOf(uint256 tranche) public view returns (uint256) {
        bytes memory packed = terms();
        if (tranche >= packed.trancheCount()) revert Deal_NoTranche(tranche);
        return packed.supply(tranche);
    }

    /// @inheritdoc IDeal
    function text(uint256 index) external view returns (string memory) {
        return terms().text(index);
    }

    /// @inheritdoc IDeal
    function shareDecimals() external view returns (uint8) {
        return terms().shareDecimals();
    }

    /// @inheritdoc IDeal
    function nextPaymentAt() external view returns (uint256) {
        bytes memory packed = terms();
        uint256 period = _ledger.period;
        return period == packed.periods() ? 0 : packed.paymentAt(packed.rowAt(period + 1));
    }

    /// @inheritdoc IDeal
    function state() external view returns (State memory now_) {
        bytes memory packed = terms();
        Book memory book;
        book.terms = packed;
        _read(book, type(uint40).max);
        (now_.period, now_.accounted, now_.passesNeeded) = (_ledger.period, _ledger.accounted, _ledger.passesNeeded);
        uint256 count = book.tranches.length;
        now_.balances = new uint256[](count);
        now_.credited = new uint256[](count);
        now_.interestArrears = new uint256[](count);
        now_.principalArrears = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            now_.balances[i] = book.tranches[i].balance;
            now_.credited[i] = _tranches[i].credited;
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

    /// @dev Takes the payment, if any, then settles up to `count` periods, or late revenue after the last.
    function _settle(bytes memory packed, uint256 payment, uint256 count) private {
        LedgerSlot memory ledger = _ledger;
        if (ledger.entered) revert Deal_Reentered();
        if (count == 0) revert Deal_ZeroPeriods();
        IERC20 asset = IERC20(packed.asset());
        if (payment > 0) {
            _ledger.entered = true;
            asset.safeTransferFrom(msg.sender, address(this), payment);
        }
        uint256 balance = asset.balanceOf(address(this));
        if (balance < ledger.accounted) revert Deal_BalanceBelowLedger(balance, ledger.accounted);
        uint256 collections = Math.min(balance - ledger.accounted, MAX_AMOUNT);
        ledger.accounted += uint112(collections);

        uint256 periods = packed.periods();
        if (ledger.period == periods) {
            if (collections == 0) revert Deal_NothingToSettle();
            _share(packed, ledger, collections, true);
        } else {
            uint256 end = Math.min(ledger.period + count, periods);
            uint256 first = ledger.period + 1;
            while (ledger.period < end) {
                uint256 paymentAt = packed.paymentAt(packed.rowAt(ledger.period + 1));
                if (block.timestamp < paymentAt) {
                    if (ledger.period + 1 > first) break;
                    revert Deal_PeriodNotOver(first, paymentAt, block.timestamp);
                }
                _share(packed, ledger, collections, false);
                collections = 0;
            }
        }
        _ledger = ledger;
    }

    /// @dev Shares one period's collections out; `ledger` is the working copy of the slot.
    function _share(bytes memory packed, LedgerSlot memory ledger, uint256 collections, bool late) private {
        Book memory book;
        book.terms = packed;
        book.collections = collections;
        book.passesNeeded = ledger.passesNeeded;
        _read(book, ledger.passesNeeded);
        if (late) {
            book.period = ledger.period + 1;
            book.matured = true;
            DuesLib.lateDues(book);
        } else {
            book.period = ++ledger.period;
            book.matured = book.period == packed.periods();
            book.row = packed.rowAt(book.period);
            if (packed.readsReports()) _report(book);
            if (packed.writesDown()) DuesLib.writeDown(book);
            DuesLib.dues(book);
            book.passesNeeded = CoverageLib.dscr(book);
        }
        uint256 trapsRead = ledger.passesNeeded | book.passesNeeded;
        ledger.passesNeeded = uint40(book.passesNeeded);
        book.remaining = collections + _release(book);
        uint256[] memory paid = LadderLib.pay(book, _enforced(book));
        _carry(book, late);
        _write(book, trapsRead);
        _log(book, paid);
    }

    /// @dev Whether a test that switches ladders fails.
    function _enforced(Book memory book) private pure returns (bool) {
        uint256 switches = book.terms.enforceOn();
        for (uint256 test; switches != 0; ++test) {
            if (switches & 1 != 0 && CoverageLib.failing(book.passesNeeded, test)) return true;
            switches >>= 1;
        }
        return false;
    }

    /// @dev Frees what reserves hold above target and traps of tests that do not fail; everything after the last period.
    function _release(Book memory book) private pure returns (uint256 released) {
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

    /// @dev What was not paid becomes arrears, or balance for PIK. No claim outgrows MAX_AMOUNT.
    function _carry(Book memory book, bool late) private pure {
        uint256 equity = book.tranches.length - 1;
        for (uint256 i; i < equity; ++i) {
            TrancheBook memory tranche = book.tranches[i];
            if (tranche.interestDue == 0 && tranche.principalDue == 0) {
                (tranche.interestArrears, tranche.principalArrears) = (0, 0);
                continue;
            }
            uint256 at = book.terms.trancheAt(i);
            if (book.terms.arrearsRule(at) == ArrearsRule.Capitalise) {
                tranche.balance = Math.min(tranche.balance + tranche.interestDue, MAX_AMOUNT);
                tranche.interestArrears = 0;
            } else {
                tranche.interestArrears = Math.min(tranche.interestDue, MAX_AMOUNT);
            }
            bool owes = book.matured || late || book.terms.principalKind(at) != PrincipalKind.Cash;
            tranche.principalArrears = owes ? tranche.principalDue : 0;
        }
        for (uint256 i; i < book.fees.length; ++i) {
            FeeBook memory fee = book.fees[i];
            bool carries = book.terms.feeCarries(book.terms.feeAt(i));
            fee.arrears = carries ? Math.min(fee.accrued - fee.paid, MAX_AMOUNT) : 0;
        }
    }

    /// @dev Reads state into the book. A trap can hold cash only while its test's counter runs: others are not read.
    function _read(Book memory book, uint256 passesNeeded) private view {
        bytes memory packed = book.terms;
        uint256 count = packed.trancheCount();
        book.tranches = new TrancheBook[](count);
        for (uint256 i; i < count; ++i) {
            TrancheSlot memory slot = _tranches[i];
            TrancheBook memory tranche = book.tranches[i];
            tranche.balance = slot.balance;
            if (slot.inArrears) {
                (tranche.interestArrears, tranche.principalArrears) = (_arrears[i].interest, _arrears[i].principal);
            }
        }
        book.reserves = new ReserveBook[](packed.reserveCount());
        for (uint256 i; i < book.reserves.length; ++i) book.reserves[i].balance = _pots[i];
        book.fees = new FeeBook[](packed.feeCount());
        for (uint256 i; i < book.fees.length; ++i) {
            if (packed.feeCarries(packed.feeAt(i))) book.fees[i].arrears = _feeArrears[i];
        }
        book.traps = new uint256[](packed.testCount());
        if (passesNeeded == 0) return;
        uint256 pots = book.reserves.length + book.fees.length;
        for (uint256 test; test < book.traps.length; ++test) {
            if (CoverageLib.failing(passesNeeded, test)) book.traps[test] = _pots[pots + test];
        }
    }

    /// @dev Writes the book back, only where it changed.
    function _write(Book memory book, uint256 trapsRead) private {
        for (uint256 i; i < book.tranches.length; ++i) {
            TrancheBook memory tranche = book.tranches[i];
            TrancheSlot memory slot = _tranches[i];
            bool inArrears = tranche.interestArrears > 0 || tranche.principalArrears > 0;
            if (inArrears) {
                _arrears[i] = ArrearsSlot(uint128(tranche.interestArrears), uint128(tranche.principalArrears));
            }
            if (tranche.credited == 0 && tranche.balance == slot.balance && inArrears == slot.inArrears) continue;
            slot.credited += uint120(tranche.credited);
            slot.balance = uint120(tranche.balance);
            slot.inArrears = inArrears;
            _tranches[i] = slot;
        }
        uint256 pot;
        for (uint256 i; i < book.reserves.length; ++i) _pots[pot++] = uint128(book.reserves[i].balance);
        for (uint256 i; i < book.fees.length; ++i) {
            FeeBook memory fee = book.fees[i];
            if (fee.paid > 0) _pots[pot] += uint128(fee.paid);
            ++pot;
            if (book.terms.feeCarries(book.terms.feeAt(i))) _feeArrears[i] = uint128(fee.arrears);
        }
        if (trapsRead == 0) return;
        for (uint256 test; test < book.traps.length; ++test) {
            if (CoverageLib.failing(trapsRead, test)) _pots[pot + test] = uint128(book.traps[test]);
        }
    }

    function _log(Book memory book, uint256[] memory paid) private {
        uint256[] memory reserves = new uint256[](book.reserves.length);
        for (uint256 i; i < reserves.length; ++i) reserves[i] = book.reserves[i].balance;
        emit Settled(
            book.period,
            book.collections,
            book.report.loss,
            book.report.assetValue,
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
        book.report = Report(Math.min(loss, MAX_AMOUNT), Math.min(assetValue, MAX_AMOUNT));
    }

    /// @dev Sends cash that has just been taken off a claim. The guard keeps the asset from settling in between, when
    /// the ledger is already lower than the balance.
    function _payOut(address asset, uint256 amount) private {
        LedgerSlot memory ledger = _ledger;
        if (ledger.entered) revert Deal_Reentered();
        ledger.accounted -= uint112(amount);
        ledger.entered = true;
        _ledger = ledger;
        IERC20(asset).safeTransfer(msg.sender, amount);
        _ledger.entered = false;
    }

    function _openReserves(bytes memory packed) private {
        uint256 opening;
        uint256 count = packed.reserveCount();
        for (uint256 i; i < count; ++i) {
            uint256 amount = packed.reserveOpening(packed.reserveAt(i));
            _pots[i] = uint128(amount);
            opening += amount;
        }
        uint256 received = IERC20(packed.asset()).balanceOf(address(this));
        if (received < opening) revert Deal_OpeningNotReceived(received, opening);
        _ledger.accounted = uint112(opening);
    }

    function _allot(uint256 tranche, Allotment[] calldata allotments) private returns (uint256 allotted) {
        for (uint256 i; i < allotments.length; ++i) {
            if (allotments[i].tranche != tranche) continue;
            _holders[_key(tranche, allotments[i].holder)].shares += allotments[i].shares;
            allotted += allotments[i].shares;
        }
    }

    function _key(uint256 tranche, address holder) private pure returns (uint256) {
        return (tranche << 160) | uint160(holder);
    }
}
