// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDealErrors} from "./interfaces/IDealErrors.sol";
import {AmountLib} from "./libraries/AmountLib.sol";
import {BookLib} from "./libraries/BookLib.sol";
import {DuesLib} from "./libraries/DuesLib.sol";
import {FloatingLib} from "./libraries/FloatingLib.sol";
import {PolicyLib} from "./libraries/PolicyLib.sol";
import {PromoteLib} from "./libraries/PromoteLib.sol";
import {RecordLib} from "./libraries/RecordLib.sol";
import {ShareAddressLib} from "./libraries/ShareAddressLib.sol";
import {ShareLib} from "./libraries/ShareLib.sol";
import {SlotLib} from "./libraries/SlotLib.sol";
import {TermsLib} from "./libraries/TermsLib.sol";
import {
    Amounts,
    ArrearsSlot,
    Book,
    CallSlot,
    CashWord,
    CutOffSlot,
    DELAYS,
    FEES_CARRY,
    FeeRecord,
    HolderWord,
    KnownIndex,
    LedgerWord,
    MAX_FEES,
    MAX_FIELDS,
    MAX_NARROW_AMOUNT,
    MAX_RESERVES,
    MAX_TESTS,
    MAX_TIERS,
    MAX_TRANCHES,
    PROMOTES,
    RING_WORDS,
    STANDARD_FIELDS,
    Terms,
    TrancheRecord
} from "./types/Types.sol";

/// @title DealStorage
/// @notice Where a deal keeps what, for {Deal}, {DealExtension} and {DealTrial} alike: the one place that reads and writes its slots.
/// @dev In a narrow deal every amount takes 56 bits, so that a small deal settles on two slots; in a wide one 96, and it
/// settles on one slot and one more a tranche. The width is in the terms (docs/decisions/0012-narrow-and-wide.md).
///
/// The ledger is what the deal owes or holds for somebody: what tranches were credited and did not claim yet, plus the
/// pots. While a claim's cash is on its way out, ledger and balance disagree: a lock in a cash word, which every
/// settlement reads anyway, keeps an asset that calls back from settling in between.
abstract contract DealStorage is IDealErrors {
    using BookLib for Book;
    using RecordLib for Amounts;
    using RecordLib for FeeRecord;
    using RecordLib for TrancheRecord;
    using ShareLib for HolderWord;
    using SlotLib for CashWord;
    using SlotLib for LedgerWord;
    using TermsLib for Terms;

    /// @dev The ledger word, then, in a narrow deal, the amounts that do not fit into it, four a word.
    LedgerWord[12] internal _ledger;
    /// @dev One a tranche in a wide deal; see {SlotLib}.
    CashWord[MAX_TRANCHES] private _cash;
    /// @dev Of a wide deal: reserves, then what payees may claim, then traps; of the first, only those that outgrow their
    /// cash word.
    uint128[MAX_RESERVES + MAX_FEES + MAX_TESTS] private _pots;
    /// @dev Of a wide deal: balances of the third tranche and below.
    uint96[MAX_TRANCHES - 2] private _juniorBalances;
    ArrearsSlot[MAX_TRANCHES] private _arrears;
    uint128[MAX_FEES] private _feeArrears;
    /// @dev Keyed by tranche and holder in one word.
    mapping(uint256 key => HolderWord) internal _holders;
    /// @dev Whether others may claim for a holder, once it has said so: see {DealExtension}. No claim of a holder's own and
    /// no transfer reads it.
    mapping(address holder => uint256) internal _claimFor;
    /// @dev What floating coupons know of declared fields, see {FloatingLib}; 0 before any report.
    KnownIndex[MAX_FIELDS - STANDARD_FIELDS] internal _indices;
    /// @dev A ring for each test that measures several periods, see {WindowLib}.
    uint256[MAX_TESTS * RING_WORDS] internal _windows;
    /// @dev Of a deal with a payment delay: the last period that was cut off, settled since or not.
    CutOffSlot internal _cutOff;
    /// @dev Of a callable deal, as what follows: see {CallLib}.
    CallSlot internal _call;
    /// @dev All that was written down of each lender and not restored by a call.
    uint96[MAX_TRANCHES - 1] internal _writtenDown;
    /// @dev Of a deal with a promote: its amounts, see {PromoteLib}, from the bottom of a word up; four a word in a narrow
    /// deal, two in a wide one.
    uint256[(MAX_TIERS + 2) / 2] private _promote;
    /// @dev How many signed claims of a holder were paid.
    mapping(address holder => uint256) internal _claimNonces;

    // Books

    /// @dev Reads state into an open book. Returns the ledger, which is all that is held for somebody. A trap can hold cash
    /// only while a counter runs: others are not read.
    function _read(Book memory book) internal view returns (uint256 accounted) {
        unchecked {
            LedgerWord ledger = _ledger[0];
            if (!ledger.isClosed()) revert Deal_NotClosed();
            book.period = ledger.period();
            book.passesNeeded = ledger.passesNeeded(book.testCount);
            if (book.passesNeeded != 0) book.useTraps();
            accounted = book.narrow ? _readNarrow(book, ledger) : _readWide(book, ledger);
            uint256 inArrears = ledger.inArrears(book.testCount, book.trancheCount);
            for (uint256 i; inArrears != 0; ++i) {
                if (inArrears & 1 != 0) {
                    ArrearsSlot memory arrears = _arrears[i];
                    book.tranche(i).setInterestOwed(arrears.interest);
                    book.tranche(i).setPrincipalOwed(arrears.principal);
                }
                inArrears >>= 1;
            }
            if (book.flags & PROMOTES != 0) _readPromote(book);
            if (book.flags & FEES_CARRY == 0) return accounted;
            for (uint256 i; i < book.feeCount; ++i) {
                if (book.terms.feeCarries(book.terms.feeAt(i))) book.fee(i).setOwed(_feeArrears[i]);
            }
        }
    }

    /// @dev What a settlement has to share out: the balance beyond the ledger. What comes beyond the cap stays outside;
    /// ledger and claims are within it. Returns the cash that counts, of both.
    function _collect(Book memory book, uint256 accounted) internal view returns (uint256 most) {
        unchecked {
            if (book.locked) revert Deal_Reentered();
            uint256 balance = IERC20(book.terms.asset()).balanceOf(address(this));
            if (balance < accounted) revert Deal_BalanceBelowLedger(balance, accounted);
            most = AmountLib.min(balance, book.cap - book.claimed);
            book.collections = most - accounted;
        }
    }

    /// @dev Leaves the book the collections of its next period, if that was cut off, and returns what came later.
    function _takeCut(Book memory book) internal view returns (uint256 later) {
        unchecked {
            if (book.flags & DELAYS == 0 || _cutOff.period != book.period + 1) return 0;
            uint256 all = book.collections;
            // Less than was cut off is there only if the asset took cash away
            book.collections = AmountLib.min(_cutOff.collections, all);
            later = all - book.collections;
        }
    }

    /// @dev Writes the book back. A slot that did not change costs little: it was read.
    function _write(Book memory book) internal {
        unchecked {
            uint256 inArrears;
            uint256 lenders = book.lenders;
            for (uint256 i; i < lenders; ++i) {
                TrancheRecord tranche = book.tranche(i);
                (uint256 interest, uint256 principal) = (tranche.interestOwed(), tranche.principalOwed());
                if (interest | principal == 0) continue;
                _arrears[i] = ArrearsSlot(uint128(interest), uint128(principal));
                inArrears |= 1 << i;
            }
            uint256 head = SlotLib.packHead(book.period, book.passesNeeded, inArrears, book.testCount);
            if (book.narrow) _writeNarrow(book, head);
            else _writeWide(book, head);
            if (book.flags & PROMOTES != 0) _writePromote(book);
            if (book.flags & FEES_CARRY == 0) return;
            for (uint256 i; i < book.feeCount; ++i) {
                uint256 at = book.terms.feeAt(i);
                if (book.terms.feeCarries(at)) _feeArrears[i] = uint128(DuesLib.feeArrears(book, at, book.fee(i)));
            }
        }
    }

    // Narrow deals: amounts one behind the other from the top of a word down, four a word; see {SlotLib}

    function _readNarrow(Book memory book, LedgerWord ledger) private view returns (uint256 accounted) {
        unchecked {
            uint256 word = CashWord.unwrap(_cashWord(0));
            book.tranche(0).setCashWord(CashWord.wrap(word));
            book.locked = CashWord.wrap(word).isLocked();
            book.claimed = word >> SlotLib.FIRST_SHIFT;
            // Three tranches, or two and nothing: most deals end here
            accounted = SlotLib.firstCredits(word) - book.claimed;
            (uint256 shift, uint256 place) = (SlotLib.LAST_SHIFT, 0);
            for (uint256 i = book.trancheCount; i > 3; --i) {
                if (shift == SlotLib.LAST_SHIFT) (word, shift) = (CashWord.unwrap(_cashWord(++place)), 256);
                shift -= SlotLib.NARROW_BITS;
                accounted += (word >> shift) & MAX_NARROW_AMOUNT;
            }
            word = LedgerWord.unwrap(ledger);
            uint256 lowest = SlotLib.headBits(book.testCount, book.trancheCount) + SlotLib.NARROW_BITS;
            (shift, place) = (256, 0);
            uint256 balances = book.keptBalances;
            uint256 amounts = balances + book.potsInUse;
            for (uint256 i; i < amounts; ++i) {
                if (shift < lowest) {
                    word = LedgerWord.unwrap(_ledger[++place]);
                    (shift, lowest) = (256, SlotLib.NARROW_BITS);
                }
                shift -= SlotLib.NARROW_BITS;
                uint256 amount = (word >> shift) & MAX_NARROW_AMOUNT;
                if (i < balances) {
                    book.tranche(i).setBalance(amount);
                } else {
                    book.setPot(i - balances, amount);
                    accounted += amount;
                }
            }
        }
    }

    function _writeNarrow(Book memory book, uint256 head) private {
        unchecked {
            (uint256 word, uint256 shift, uint256 place) = (0, SlotLib.FIRST_SHIFT, 0);
            CashWord before = book.tranche(0).cashWord();
            uint256 count = book.trancheCount;
            for (uint256 i; i < count; ++i) {
                if (shift == SlotLib.LAST_SHIFT) {
                    _setCashWord(place, before.withCredits(word));
                    (word, shift, place) = (0, 256, place + 1);
                    before = _cashWord(place);
                }
                shift -= SlotLib.NARROW_BITS;
                word += book.tranche(i).credited() << shift;
            }
            _setCashWord(place, before.withCredits(word));
            uint256 lowest = SlotLib.headBits(book.testCount, count) + SlotLib.NARROW_BITS;
            (word, shift, place) = (head, 256, 0);
            uint256 balances = book.keptBalances;
            uint256 amounts = balances + book.potsInUse;
            for (uint256 i; i < amounts; ++i) {
                if (shift < lowest) {
                    _ledger[place] = LedgerWord.wrap(word);
                    (word, shift, place, lowest) = (0, 256, place + 1, SlotLib.NARROW_BITS);
                }
                shift -= SlotLib.NARROW_BITS;
                word |= (i < balances ? book.tranche(i).balance() : book.pot(i - balances)) << shift;
            }
            _ledger[place] = LedgerWord.wrap(word);
        }
    }

    // Wide deals

    function _readWide(Book memory book, LedgerWord ledger) private view returns (uint256 accounted) {
        unchecked {
            uint256 held;
            uint256 claimed;
            for (uint256 i; i < book.trancheCount; ++i) {
                TrancheRecord tranche = book.tranche(i);
                CashWord cash = _cashWord(i);
                tranche.setCashWord(cash);
                if (cash.isLocked()) book.locked = true;
                accounted += cash.credited();
                claimed += cash.claimed();
                book.setPot(i, cash.pot());
                held += cash.pot();
                if (i > 1 && i < book.keptBalances) tranche.setBalance(_juniorBalances[i - 2]);
            }
            if (book.keptBalances > 0) book.tranche(0).setBalance(ledger.firstBalance());
            if (book.keptBalances > 1) book.tranche(1).setBalance(ledger.secondBalance());
            book.claimed = claimed;
            accounted = accounted - claimed + _readWidePots(book, held);
        }
    }

    function _writeWide(Book memory book, uint256 head) private {
        unchecked {
            uint256 held;
            for (uint256 i; i < book.trancheCount; ++i) {
                TrancheRecord tranche = book.tranche(i);
                held += book.pot(i);
                _setCashWord(i, tranche.cashWord().withCredit(tranche.credited(), book.pot(i)));
                if (i > 1 && i < book.keptBalances) _juniorBalances[i - 2] = uint96(tranche.balance());
            }
            _ledger[0] = SlotLib.packWide(
                head,
                book.keptBalances > 0 ? book.tranche(0).balance() : 0,
                book.keptBalances > 1 ? book.tranche(1).balance() : 0
            );
            _writeWidePots(book, held);
        }
    }

    /// @dev Fetches the pots that are not in cash words. `inWords`, the sum of those that are, tells when there is none, as
    /// in nearly every deal. Returns what all pots hold.
    function _readWidePots(Book memory book, uint256 inWords) private view returns (uint256 held) {
        unchecked {
            uint256 pots = book.potsInUse;
            uint256 count = book.trancheCount;
            if (pots <= count && inWords < SlotLib.ELSEWHERE) return inWords;
            for (uint256 i; i < pots; ++i) {
                if (i >= count || book.pot(i) == SlotLib.ELSEWHERE) book.setPot(i, _pots[i]);
                held += book.pot(i);
            }
        }
    }

    /// @dev Writes the pots that do not fit into cash words.
    function _writeWidePots(Book memory book, uint256 held) private {
        unchecked {
            uint256 pots = book.potsInUse;
            uint256 count = book.trancheCount;
            if (pots <= count && held < SlotLib.ELSEWHERE) return;
            for (uint256 i; i < pots; ++i) {
                if (i >= count || book.pot(i) >= SlotLib.ELSEWHERE) _pots[i] = uint128(book.pot(i));
            }
        }
    }

    // The promote

    function _readPromote(Book memory book) private view {
        unchecked {
            Amounts promote = PromoteLib.makeRoom(book);
            uint256 count = PromoteLib.amounts(book.terms);
            uint256 bits = book.narrow ? 64 : 128;
            uint256 word;
            for (uint256 i; i < count; ++i) {
                word = (i * bits) % 256 == 0 ? _promote[(i * bits) / 256] : word >> bits;
                promote.setAt(i, word & ((1 << bits) - 1));
            }
        }
    }

    function _writePromote(Book memory book) private {
        unchecked {
            uint256 count = PromoteLib.amounts(book.terms);
            uint256 bits = book.narrow ? 64 : 128;
            uint256 word;
            for (uint256 i = count; i > 0; --i) {
                word = (word << bits) | book.promote.at(i - 1);
                if (((i - 1) * bits) % 256 != 0) continue;
                _promote[((i - 1) * bits) / 256] = word;
                word = 0;
            }
        }
    }

    // Floating coupons

    /// @dev Puts the coupon of the book's period in the terms in memory, for each tranche whose coupon follows an index.
    function _fixCoupons(Book memory book) internal view {
        unchecked {
            uint256 count = book.terms.floatingCount();
            for (uint256 i; i < count; ++i) {
                uint256 at = book.terms.floatingAt(i);
                FloatingLib.setCoupon(book, at, _indices[book.terms.floatingIndex(at)]);
            }
        }
    }

    /// @dev The same; then notes what the period's report says of the indices.
    function _setCoupons(Book memory book) internal {
        unchecked {
            _fixCoupons(book);
            uint256 count = book.terms.floatingCount();
            // Behind them all: several tranches may follow one index
            for (uint256 i; i < count; ++i) {
                uint256 index = book.terms.floatingIndex(book.terms.floatingAt(i));
                if (book.isReported(STANDARD_FIELDS + index)) _indices[index] = FloatingLib.reported(book, index);
            }
        }
    }

    // Credits and the lock

    /// @dev A cash word that is known to exist: the check that an array makes would cost every action.
    function _cashWord(uint256 place) internal view returns (CashWord word) {
        assembly ("memory-safe") {
            word := sload(add(_cash.slot, place))
        }
    }

    function _setCashWord(uint256 place, CashWord word) internal {
        assembly ("memory-safe") {
            sstore(add(_cash.slot, place), word)
        }
    }

    /// @dev All cash that ever became claimable for a tranche.
    function _credited(uint256 tranche, bool narrow) internal view returns (uint256) {
        if (!narrow) return _cashWord(tranche).credited();
        (uint256 place, uint256 index) = SlotLib.narrowPlace(tranche);
        return _cashWord(place).narrowAmount(index);
    }

    /// @dev All that holders of a tranche of a wide deal ever claimed.
    function _claimed(uint256 tranche) internal view returns (uint256) {
        return _cashWord(tranche).claimed();
    }

    /// @dev Which cash word counts a tranche's claims and locks them: a narrow deal has one for all.
    function _claimPlace(uint256 tranche, bool narrow) internal pure returns (uint256) {
        return narrow ? 0 : tranche;
    }

    /// @dev Locks every claim and settlement until the book that was read is written back.
    function _lock(Book memory book) internal {
        uint256 words = book.narrow ? 1 : book.trancheCount;
        for (uint256 place; place < words; ++place) _setCashWord(place, _cashWord(place).locked());
    }

    /// @dev A cash word, refused while a claim that locked it is being paid.
    function _unlocked(uint256 place) internal view returns (CashWord cash) {
        cash = _cashWord(place);
        if (cash.isLocked()) revert Deal_Reentered();
    }

    /// @dev What the asset may have changed in between stays: the word is read again.
    function _unlock(uint256 place) internal {
        _setCashWord(place, _cashWord(place).unlocked());
    }

    // Holders

    modifier onlyShare(uint256 tranche) {
        _requireShare(tranche);
        _;
    }

    function _requireShare(uint256 tranche) private view {
        if (tranche >= MAX_TRANCHES) revert Deal_NoTranche(tranche);
        if (msg.sender != ShareAddressLib.shareAddress(address(this), tranche)) revert Deal_NotShare(msg.sender);
    }

    function _key(uint256 tranche, address holder) internal pure returns (uint256) {
        return (tranche << 160) | uint160(holder);
    }

    /// @dev Asks the policy, if there is one. It may call back: what the caller decides by is read afterwards.
    function _beforeTransfer(address policy, uint256 tranche, address from, address to, uint256 amount) internal {
        if (policy == address(0)) return;
        uint256 sold = _holders[_key(tranche, from)].shares();
        uint256 held = _holders[_key(tranche, to)].shares();
        PolicyLib.beforeTransfer(policy, tranche, from, to, amount, sold, held);
    }

    /// @dev The terms as far as a tranche's own, refused where there is none.
    function _loadHead(uint256 tranche) internal view returns (Terms head) {
        if (tranche >= MAX_TRANCHES) revert Deal_NoTranche(tranche);
        head = TermsLib.loadHead(tranche + 1);
        if (tranche >= head.trancheCount()) revert Deal_NoTranche(tranche);
    }
}
