"""The storage a deal must have, word by word, from the books; and what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from penstock.audit.books import Books
from penstock.audit.findings import Findings
from penstock.audit.subject import Subject
from penstock.chain.codec import checksum
from penstock.model.terms import DealTerms

WORD = 2**256 - 1
# Of SlotLib: a pot that does not fit its cash slot stands elsewhere.
ELSEWHERE = 2**63 - 1
MAX_TRANCHES, POTS, FEES = 8, 28, 16


@dataclass(frozen=True)
class Word:
    """
    One storage slot. mask : the bits the deal may ever read; others may hold what was true once.

    holder : whose it is, with the tranche, if it is a holder's.
    """

    slot: int
    name: str
    value: int
    mask: int = WORD
    holder: tuple[int, str] | None = None


def expected_words(terms: DealTerms, books: Books, slots: Mapping[str, int]) -> list[Word]:
    """Every word of a deal that is not a holder's, where solc's storage layout puts it."""
    state, count = books.state, len(terms.tranches)
    arrears = list(zip(state.interest_arrears, state.principal_arrears, strict=True))
    counters = sum(needed << 5 * test for test, needed in enumerate(state.passes_needed))
    in_arrears = sum(1 << index for index, owed in enumerate(arrears) if any(owed))
    ledger = state.balance[0] << 160 | state.balance[1] << 64 | in_arrears << 56 | counters << 16 | state.period
    words = [Word(slots["_ledger"], "period, counters and first balances", ledger)]
    fees = [books.fee_claimable(fee) for fee in range(len(terms.fees))]
    pots = [*state.reserves, *fees, *state.trapped]
    pots += [0] * (POTS - len(pots))
    elsewhere, read = [0] * POTS, [True] * POTS
    for index in range(MAX_TRANCHES):
        slot, name = slots["_cash"] + index, f"cash of tranche {index + 1}"
        if index >= count:
            words.append(Word(slot, name, 0))
            continue
        inside = min(pots[index], ELSEWHERE)
        read[index] = inside == ELSEWHERE
        value = state.credited[index] << 160 | books.claimed[index] << 64 | inside
        words.append(Word(slot, f"cash of {terms.tranches[index].id}", value))
    for index, amount in enumerate(pots):
        elsewhere[index] = amount if read[index] else 0
    words += _pairs(slots["_pots"], "reserves, fees and traps", elsewhere, read, 128)
    junior = state.balance[2:] + [0] * (MAX_TRANCHES - 2 - len(state.balance[2:]))
    words += _pairs(slots["_juniorBalances"], "balances of tranches", junior, [True] * len(junior), 96)
    for index in range(MAX_TRANCHES):
        interest, principal = arrears[index] if index < count else (0, 0)
        mask = WORD if in_arrears >> index & 1 or index >= count else 0
        words.append(
            Word(slots["_arrears"] + index, f"arrears of tranche {index + 1}", principal << 128 | interest, mask)
        )
    owed = state.fee_arrears + [0] * (FEES - len(state.fee_arrears))
    return words + _pairs(slots["_feeArrears"], "arrears of fees", owed, [True] * FEES, 128)


def _pairs(first: int, name: str, amounts: Sequence[int], read: Sequence[bool], width: int) -> list[Word]:
    """Amounts that lie two to a slot, the first in the low bits; only what is read counts."""
    words = []
    for at in range(0, len(amounts), 2):
        low, high = (((1 << width) - 1) if read[at + place] else 0 for place in range(2))
        # Bits beyond the second amount belong to nothing and must stay empty
        mask = low | high << width | WORD >> 2 * width << 2 * width
        value = amounts[at] | amounts[at + 1] << width
        words.append(Word(first + at // 2, f"{name} {at + 1} and {at + 2}", value, mask))
    return words


def holder_words(books: Books, slots: Mapping[str, int]) -> Iterator[Word]:
    """A word for everybody who ever held a share of a tranche: shares (the low 64 bits) and debt (192, signed)."""
    base = slots["_holders"].to_bytes(32, "big")
    for tranche, ledger in enumerate(books.ledgers):
        name = books.terms.tranches[tranche].id
        head = tranche.to_bytes(12, "big")
        for holder, held in ledger.holdings.items():
            slot = int.from_bytes(keccak(head + bytes.fromhex(holder[2:]) + base), "big")
            yield Word(slot, name, (held.debt << 64) % 2**256 | held.shares, WORD, (tranche, holder))


def compare_words(
    subject: Subject, findings: Findings, check: str, words: Sequence[Word], told: Callable[[int, int], None]
) -> dict[int, int]:
    """Reads the words at the audited block, and notes each that is another. Returns what stands in each slot."""
    block = hex(subject.block)
    answers = subject.chain.ask_many("eth_getStorageAt", [[subject.deal, hex(word.slot), block] for word in words])
    there: dict[int, int] = {}
    for number, (word, answer) in enumerate(zip(words, answers, strict=True)):
        there[word.slot] = found = int(answer[2:] or "0", 16)
        if (found ^ word.value) & word.mask:
            place = f"slot {word.slot} ({word.name})" if word.holder is None else _holder_place(word)
            findings.wrong(check, f"{place}: {_in_words(word, found)}")
        if number % 1024 == 0:
            told(number, len(words))
    findings.compared(check, len(words))
    told(len(words), len(words))
    return there


def _holder_place(word: Word) -> str:
    assert word.holder
    return f"{checksum(word.holder[1])} of {word.name}"


def _in_words(word: Word, found: int) -> str:
    if word.holder is None:
        return f"chain 0x{found & word.mask:064x}, logs 0x{word.value & word.mask:064x}"
    (shares, debt), (there, owing) = _parts(word.value), _parts(found)
    return f"{there} shares with debt {owing} in storage, {shares} with {debt} by the logs"


def _parts(word: int) -> tuple[int, int]:
    debt = word >> 64
    return word & 2**64 - 1, debt - (1 << 192) if debt >> 191 else debt
