"""The storage a deal must have according to the books, compared with what it has, word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from penstock.audit.books import AuditBooks
from penstock.audit.findings import Findings
from penstock.audit.stale_words import ELSEWHERE
from penstock.audit.subject import Subject
from penstock.evm.codec import checksum
from penstock.format import exact_money
from penstock.model.state import DealState
from penstock.model.terms import MAX_FEES, MAX_FIELDS, MAX_RESERVES, MAX_TESTS, MAX_TIERS, DealTerms
from penstock.onchain.events import COUNTER_BITS, pack_counters
from penstock.onchain.state import holder_slot, holder_word, mapping_slot
from penstock.onchain.windows import in_storage

WORD = 2**256 - 1
POTS = MAX_RESERVES + MAX_FEES + MAX_TESTS

# Of DealStorage and SlotLib
TRANCHES = 16  # storage is laid out for so many
LEDGER_WORDS = 12
NARROW_BITS = 56
NARROW_A_WORD = 4
NEXT_PERIOD_BITS = 9
CUT_PERIOD_BITS = 16
ANNOUNCED_BITS, CALL_REPAID_AT = 16, 24
PROMOTE_WORDS = (MAX_TIERS + 2) // 2
SWITCHED_OFF, SWITCHED_ON = 1, 2


@dataclass(frozen=True)
class Word:
    """
    One storage slot.

    values : what the slot may hold, all 256 bits; several only if no log shows which, see `Leftovers`.
    holder : the holder and tranche it belongs to, if any.
    """

    slot: int
    name: str
    values: tuple[int, ...]
    holder: tuple[int, str] | None = None


def _word(slot: int, name: str, *values: int) -> Word:
    return Word(slot, name, tuple(each & WORD for each in values))  # false logs may add up to a negative number


def expected_words(terms: DealTerms, books: AuditBooks, slots: Mapping[str, int]) -> list[Word]:
    """Every word of a deal that is not a holding, where solc's storage layout puts it."""
    state, left = books.state, books.leftovers
    ledger, cash = _narrow(terms, books) if terms.narrow else _wide(terms, books)
    words = [
        _word(slots["_ledger"] + index, name, value)
        for index, (name, value) in enumerate(_filled(ledger, LEDGER_WORDS, "amounts"))
    ]
    words += [
        _word(slots["_cash"] + index, f"cash of {name}", value)
        for index, (name, value) in enumerate(_filled(cash, TRANCHES, "tranche"))
    ]
    own = [] if terms.narrow else [*left.pots, *({pot} for pot in books.pots[len(terms.tranches) :])]
    words += _pairs(slots["_pots"], "reserves, fees and traps", _padded(own, POTS), 128)
    junior = [] if terms.narrow else [{each} for each in _kept_balances(terms, books)[2:]]
    words += _pairs(slots["_juniorBalances"], "balances of tranches", _padded(junior, TRANCHES - 2), 96)
    for index in range(TRANCHES):
        arrears = left.arrears[index] if index < len(left.arrears) else {0}
        words.append(_word(slots["_arrears"] + index, f"arrears of tranche {index + 1}", *sorted(arrears)))
    owed = _padded([{each} for each in state.fee_arrears], MAX_FEES)
    words += _pairs(slots["_feeArrears"], "arrears of fees", owed, 128)
    known = [each.value << 16 | each.period for each in state.indices]
    for index, value in enumerate([*known, *[0] * (MAX_FIELDS - len(known))]):
        words.append(_word(slots["_indices"] + index, f"known value of field {index + 1}", value))
    words += [_word(slots["_windows"] + place, name, value) for place, name, value in in_storage(terms, state)]
    words += _promote(terms, state, slots["_promote"])
    cut = books.cut.collections << CUT_PERIOD_BITS | books.cut.period
    words.append(_word(slots["_cutOff"], "period and collections cut off", cut))
    call = state.repaid << CALL_REPAID_AT | bool(state.called) << ANNOUNCED_BITS | books.announced
    words.append(_word(slots["_call"], "period of the call, and principal repaid", call))
    lost = _padded([{each} for each in state.written_down], TRANCHES)
    words += _pairs(slots["_writtenDown"], "written down of tranches", lost, 96)
    for holder, accepted in books.switches.items():
        slot = mapping_slot(int(holder, 16), slots["_claimFor"])
        words.append(_word(slot, f"claims for {checksum(holder)}", SWITCHED_ON if accepted else SWITCHED_OFF))
    for holder, used in books.claim_nonces.items():
        slot = mapping_slot(int(holder, 16), slots["_claimNonces"])
        words.append(_word(slot, f"signed claims of {checksum(holder)}", used))
    return words


def _promote(terms: DealTerms, state: DealState, first: int) -> Iterator[Word]:
    """What the promote keeps: from the bottom of a word up, four amounts of a narrow deal and two of a wide one."""
    amounts = [state.capital_received, state.promote_received, *state.hurdles]
    count = 4 if terms.narrow else 2
    for place in range(PROMOTE_WORDS):
        inside = amounts[place * count : (place + 1) * count]
        value = sum(amount << 256 // count * at for at, amount in enumerate(inside))
        yield _word(first + place, f"amounts {place * count + 1} and on of the promote", value)


def _head(terms: DealTerms, books: AuditBooks) -> tuple[int, int]:
    """The low bits of the ledger word, and how many they are: next period, counters, lenders in arrears."""
    state, arrears_at = books.state, NEXT_PERIOD_BITS + COUNTER_BITS * len(terms.tests)
    counters = pack_counters(state.passes_needed)
    in_arrears = sum(1 << index for index, owed in enumerate(books.arrears) if any(owed))
    head = in_arrears << arrears_at | counters << NEXT_PERIOD_BITS | state.period + 1
    return head, arrears_at + len(terms.tranches) - 1


def _kept_balances(terms: DealTerms, books: AuditBooks) -> list[int]:
    """Equity's is its face unless losses can lower it."""
    return books.state.balance if terms.write_down else books.state.balance[: terms.equity]


def _wide(terms: DealTerms, books: AuditBooks) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Ledger and cash words of a wide deal, each with a name."""
    first, second, *_ = *_kept_balances(terms, books), 0, 0
    ledger = first << 160 | second << 64 | _head(terms, books)[0]
    pots, cash = books.pots + [0] * len(terms.tranches), []
    for index, tranche in enumerate(terms.tranches):
        inside = min(pots[index], ELSEWHERE)
        cash.append((tranche.id, books.state.credited[index] << 160 | books.claimed[index] << 64 | inside << 1))
    return [("period, counters and first balances", ledger)], cash


def _narrow(terms: DealTerms, books: AuditBooks) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Ledger and cash words of a narrow deal, each with a name."""
    head, bits = _head(terms, books)
    amounts = [*_kept_balances(terms, books), *books.pots]
    fit = (256 - bits) // NARROW_BITS
    ledger = [("period, counters and first amounts", _four(amounts[:fit]) | head)]
    for at in range(fit, len(amounts), NARROW_A_WORD):
        ledger.append((f"amounts {at + 1} and on", _four(amounts[at : at + NARROW_A_WORD])))
    cash, amounts = [], [sum(books.claimed), *books.state.credited]
    for at in range(0, len(amounts), NARROW_A_WORD):
        name = "claims and first tranches" if at == 0 else f"tranches {at} and on"
        cash.append((name, _four(amounts[at : at + NARROW_A_WORD])))
    return ledger, cash


def _four(amounts: Sequence[int]) -> int:
    """Amounts from the top of a word down; of four, 32 bits stay free below."""
    return sum(amount << 256 - NARROW_BITS * place for place, amount in enumerate(amounts, start=1))


def _filled(named: list[tuple[str, int]], count: int, other: str) -> list[tuple[str, int]]:
    return named + [(f"{other} {index + 1}", 0) for index in range(len(named), count)]


def _padded(sets: list[set[int]], count: int) -> list[set[int]]:
    return sets + [{0}] * (count - len(sets))


def _pairs(first: int, name: str, amounts: Sequence[Iterable[int]], width: int) -> Iterator[Word]:
    """Two amounts per slot, the first in the low bits; other bits must be zero."""
    for at in range(0, len(amounts), 2):
        values = sorted(low | high << width for low in amounts[at] for high in amounts[at + 1])
        yield _word(first + at // 2, f"{name} {at + 1} and {at + 2}", *values)


def holder_words(books: AuditBooks, slots: Mapping[str, int]) -> Iterator[Word]:
    """A word for every account that ever held shares of a tranche: shares (the low 64 bits) and debt (192, signed)."""
    for tranche, ledger in enumerate(books.ledgers):
        name = books.terms.tranches[tranche].id
        for holder, held in ledger.holdings.items():
            slot = holder_slot(tranche, holder, slots["_holders"])
            yield Word(slot, name, (holder_word(held.shares, held.debt),), (tranche, holder))


def compare_words(
    subject: Subject, findings: Findings, check: str, words: Sequence[Word], progress: Callable[[int, int], None]
) -> dict[int, int]:
    """Reads the words at the audited block and records each difference. Returns the content of each slot."""
    block = hex(subject.block)
    answers = subject.chain.ask_many("eth_getStorageAt", [[subject.deal, hex(word.slot), block] for word in words])
    there: dict[int, int] = {}
    for number, (word, answer) in enumerate(zip(words, answers, strict=True)):
        there[word.slot] = found = int(answer[2:] or "0", 16)
        if found not in word.values:
            place = f"slot {word.slot} ({word.name})" if word.holder is None else _holder_place(word)
            findings.wrong(check, f"{place}: {_in_words(subject, word, found)}")
        if number % 1024 == 0:
            progress(number, len(words))
    findings.compared(check, len(words))
    progress(len(words), len(words))
    return there


def _holder_place(word: Word) -> str:
    assert word.holder
    return f"{checksum(word.holder[1])} of {word.name}"


def _in_words(subject: Subject, word: Word, found: int) -> str:
    if word.holder is None:
        return f"chain 0x{found:064x}, logs {' or '.join(f'0x{each:064x}' for each in word.values)}"
    (shares, debt), (there, owing) = _parts(word.values[0]), _parts(found)
    kept, logged = (exact_money(each, subject.terms.share_decimals) for each in (there, shares))
    return f"{kept} shares with debt {owing} in storage, {logged} with {debt} by the logs"


def _parts(word: int) -> tuple[int, int]:
    debt = word >> 64
    return word & 2**64 - 1, debt - (1 << 192) if debt >> 191 else debt
