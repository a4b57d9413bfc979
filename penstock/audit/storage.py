"""The storage a deal must have, word by word, from the books; and what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from penstock.audit.books import Books
from penstock.audit.findings import Findings
from penstock.audit.stale_words import ELSEWHERE
from penstock.audit.subject import Subject
from penstock.evm.codec import checksum
from penstock.model.terms import MAX_FEES, MAX_RESERVES, MAX_TESTS, MAX_TRANCHES, DealTerms

WORD = 2**256 - 1
POTS = MAX_RESERVES + MAX_FEES + MAX_TESTS


@dataclass(frozen=True)
class Word:
    """
    One storage slot.

    values : what may stand there, all 256 bits of it; several only where no log tells which, see `Leftovers`.
    holder : whose it is, with the tranche, if it is a holder's.
    """

    slot: int
    name: str
    values: tuple[int, ...]
    holder: tuple[int, str] | None = None


def _word(slot: int, name: str, *values: int) -> Word:
    return Word(slot, name, tuple(each & WORD for each in values))  # logs that lie may come to less than nothing


def expected_words(terms: DealTerms, books: Books, slots: Mapping[str, int]) -> list[Word]:
    """Every word of a deal that is not a holder's, where solc's storage layout puts it."""
    state, count, left = books.state, len(terms.tranches), books.leftovers
    counters = sum(needed << 5 * test for test, needed in enumerate(state.passes_needed))
    in_arrears = sum(1 << index for index, owed in enumerate(books.arrears) if any(owed))
    ledger = state.balance[0] << 160 | state.balance[1] << 64 | in_arrears << 56 | counters << 16 | state.period
    words = [_word(slots["_ledger"], "period, counters and first balances", ledger)]
    pots = books.pots + [0] * (POTS - len(books.pots))
    for index in range(MAX_TRANCHES):
        slot, name, value = slots["_cash"] + index, f"tranche {index + 1}", 0
        if index < count:
            name, inside = terms.tranches[index].id, min(pots[index], ELSEWHERE)
            value = state.credited[index] << 160 | books.claimed[index] << 64 | inside
        words.append(_word(slot, f"cash of {name}", value))
    own = [*left.pots, *({pot} for pot in pots[count:])]
    words += _pairs(slots["_pots"], "reserves, fees and traps", own, 128)
    junior = state.balance[2:] + [0] * (MAX_TRANCHES - 2 - len(state.balance[2:]))
    words += _pairs(slots["_juniorBalances"], "balances of tranches", [{each} for each in junior], 96)
    for index, arrears in enumerate(left.arrears):
        words.append(_word(slots["_arrears"] + index, f"arrears of tranche {index + 1}", *sorted(arrears)))
    owed = state.fee_arrears + [0] * (MAX_FEES - len(state.fee_arrears))
    return [*words, *_pairs(slots["_feeArrears"], "arrears of fees", [{each} for each in owed], 128)]


def _pairs(first: int, name: str, amounts: Sequence[Iterable[int]], width: int) -> Iterator[Word]:
    """Amounts that lie two to a slot, the first in the low bits; bits beyond them must stay empty."""
    for at in range(0, len(amounts), 2):
        values = sorted(low | high << width for low in amounts[at] for high in amounts[at + 1])
        yield _word(first + at // 2, f"{name} {at + 1} and {at + 2}", *values)


def holder_words(books: Books, slots: Mapping[str, int]) -> Iterator[Word]:
    """A word for everybody who ever held a share of a tranche: shares (the low 64 bits) and debt (192, signed)."""
    base = slots["_holders"].to_bytes(32, "big")
    for tranche, ledger in enumerate(books.ledgers):
        name = books.terms.tranches[tranche].id
        head = tranche.to_bytes(12, "big")
        for holder, held in ledger.holdings.items():
            slot = int.from_bytes(keccak(head + bytes.fromhex(holder[2:]) + base), "big")
            yield Word(slot, name, ((held.debt << 64) % 2**256 | held.shares,), (tranche, holder))


def compare_words(
    subject: Subject, findings: Findings, check: str, words: Sequence[Word], told: Callable[[int, int], None]
) -> dict[int, int]:
    """Reads the words at the audited block, and notes each that is another. Returns what stands in each slot."""
    block = hex(subject.block)
    answers = subject.chain.ask_many("eth_getStorageAt", [[subject.deal, hex(word.slot), block] for word in words])
    there: dict[int, int] = {}
    for number, (word, answer) in enumerate(zip(words, answers, strict=True)):
        there[word.slot] = found = int(answer[2:] or "0", 16)
        if found not in word.values:
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
        return f"chain 0x{found:064x}, logs {' or '.join(f'0x{each:064x}' for each in word.values)}"
    (shares, debt), (there, owing) = _parts(word.values[0]), _parts(found)
    return f"{there} shares with debt {owing} in storage, {shares} with {debt} by the logs"


def _parts(word: int) -> tuple[int, int]:
    debt = word >> 64
    return word & 2**64 - 1, debt - (1 << 192) if debt >> 191 else debt
