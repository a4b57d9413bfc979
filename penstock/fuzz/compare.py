"""Every number of a deal in a fixed order: chain and model are compared byte by byte, and each difference is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from penstock.format import percent
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import ACTORS, DEAL, HOLDERS
from penstock.model.shares import Holding
from penstock.model.terms import DealTerms
from penstock.onchain import windows
from penstock.onchain.events import pack_counters
from penstock.onchain.state import claimed_as_kept, holder_word

WORD = 32
TO_NEGATIVE = 2**256
NOTHING_HELD = Holding()
SAID = {None: 0, False: 1, True: 2}
"""How the deal keeps what an account said of claims for it; None is nothing."""
CUT = ("period cut off", "collections cut off")
CALL = ("period whose call was announced", "period called", "principal repaid")
RECEIVED = ("received by the capital side", "received by the promote")
_LISTS = (
    "balance",
    "credited",
    "claimed",
    "interest arrears",
    "principal arrears",
    "reserve",
    "trapped",
    "fee arrears",
    "claimable fee",
    "known value of",
    "known period of",
    "window",
    "written down",
    "hurdle of",
)


class Asked(NamedTuple):
    """
    What is compared besides the numbers that every comparison has.

    holders : tranches whose holders' claims are asked of the contracts. shares : tranches whose shares are.
    pairs : tranche, owner and spender of allowances. signers : tranche and owner.
    """

    holders: tuple[int, ...]
    shares: tuple[int, ...]
    pairs: tuple[tuple[int, str, str], ...] = ()
    signers: tuple[tuple[int, str], ...] = ()


def asked_of(expected: Oracle, holders: tuple[int, ...], shares: tuple[int, ...]) -> Asked:
    """These tranches, and the allowance and nonce of every account that a step has named with one."""
    world = expected.world
    return Asked(holders, shares, tuple(world.share_allowances), tuple(world.share_nonces))


class Answer(NamedTuple):
    """
    Every number the chain has.

    stored : words of storage, of which every number of holders and shares is made. returned : by the contracts' views.
    """

    stored: list[int]
    returned: bytes


class Expectation:
    """
    The answer the chain should give.

    accounts : the addresses of HOLDERS, as numbers.
    """

    def __init__(self, expected: Oracle, accounts: Sequence[int]) -> None:
        self._expected, self._accounts = expected, accounts
        self._state: list[int] = []
        self._packed_state = b""

    def stored(self) -> list[int]:
        """In storage: every holding, wallet and switch, every allowance and nonce of a share that a step has named."""
        books = self._expected.books
        words: list[int] = []
        for ledger in books.ledgers:
            holding = ledger.holdings.get
            words += [holder_word(held.shares, held.debt) if (held := holding(name)) else 0 for name in HOLDERS]
        world = self._expected.world
        return [
            *words,
            *world.wallets.values(),
            books.cash,
            *(SAID[world.switches.get(name)] for name in ACTORS),
            *world.claim_nonces.values(),
            *world.share_allowances.values(),
            *world.share_nonces.values(),
        ]

    def returned(self, asked: Asked) -> bytes:
        """By the contracts."""
        state = self._state_words()
        if state != self._state:  # it survives most steps
            self._state, self._packed_state = state, packed(state)
        return self._packed_state + packed(self._asked_words(asked))

    def differences(self, asked: Asked, answer: Answer) -> list[str]:
        """Each number in which the chain's answer is another."""
        words = [*self.stored(), *self._state_words(), *self._asked_words(asked)]
        period = self._expected.books.state.tested
        numbers = [*answer.stored, *unpacked(answer.returned)]
        if len(numbers) != len(words):
            return [f"the chain answers {len(numbers)} numbers, the model {len(words)}"]
        return [
            f"{label}: chain {_shown(label, chain)}, model {_shown(label, model)}"
            for label, chain, model in zip(labels(self._expected.terms, asked, period), numbers, words, strict=True)
            if chain != model
        ]

    def _state_words(self) -> list[int]:
        """What `IDeal.state` and `IDeal.nextPaymentAt` return."""
        books, terms = self._expected.books, self._expected.terms
        state = books.state
        lists = (
            state.balance,
            state.credited,
            claimed_as_kept(terms, books.claimed),
            state.interest_arrears,
            state.principal_arrears,
            state.reserves,
            state.trapped,
            state.fee_arrears,
            books.fee_claimable,
            [each.value for each in state.indices],
            [each.period for each in state.indices],
            windows.listed(terms, state),
            state.written_down,
            state.hurdles,
        )
        words = [WORD, state.period, books.accounted, pack_counters(state.passes_needed), *books.cut]
        words += [books.announced, state.called, state.repaid, state.capital_received, state.promote_received]
        at = (len(words) - 1 + len(lists)) * WORD
        for each in lists:
            words.append(at)
            at += (1 + len(each)) * WORD
        for each in lists:
            words.append(len(each))
            words += each
        words.append(self._expected.payment_at())
        return words

    def _asked_words(self, asked: Asked) -> list[int]:
        """What `DealLens.holdersOf` and the shares return."""
        books, world = self._expected.books, self._expected.world
        words: list[int] = []
        for index in asked.holders:
            ledger = books.ledgers[index]
            words += (WORD, len(HOLDERS))
            for name, account in zip(HOLDERS, self._accounts, strict=True):
                held = ledger.holdings.get(name, NOTHING_HELD)
                claimable = ledger.claimable_down(name)
                words += (account, held.shares, held.debt % TO_NEGATIVE, claimable, world.wallets[name])
        for index in asked.shares:
            ledger = books.ledgers[index]
            words += (ledger.supply, *[ledger.shares(name) for name in HOLDERS])
        if asked.shares:
            words += [left for key, left in world.share_allowances.items() if key[0] in asked.shares]
            words += [used for key, used in world.share_nonces.items() if key[0] in asked.shares]
        return words


HOLDING = "shares and debt"
"""What the label of a holder's word in storage begins with."""


def labels(terms: DealTerms, asked: Asked, period: int) -> list[str]:
    """What each number of an answer is. period : how many are settled and tested."""
    tranches = [tranche.id for tranche in terms.tranches]
    all_labels = [f"{HOLDING} {holder} of {tranche}" for tranche in tranches for holder in HOLDERS]
    all_labels += [f"cash of {account}" for account in (*ACTORS, DEAL)]
    all_labels += [f"{what} of {account}" for what in ("switch", "signed claims") for account in ACTORS]
    allowances = [(each[0], f"allowance {each[1]} gave {each[2]} of {tranches[each[0]]}") for each in asked.pairs]
    nonces = [(index, f"nonce of {owner} for {tranches[index]}") for index, owner in asked.signers]
    all_labels += [label for _, label in (*allowances, *nonces)]
    named = [
        *[tranches] * 2,
        ["all tranches"] if terms.narrow else tranches,
        *[tranches] * 2,
        [reserve.id for reserve in terms.reserves],
        [test.id for test in terms.tests],
        *[[fee.id for fee in terms.fees]] * 2,
        *[[each.id for each in terms.fields] if terms.floats else []] * 2,
        windows.names(terms, period),
        tranches[: terms.equity] if terms.call else [],
        [percent(each.rate) for each in terms.promote.hurdles] if terms.promote else [],
    ]
    all_labels += ["encoding", "period settled", "accounted", "passes needed", *CUT, *CALL, *RECEIVED]
    all_labels += ["encoding"] * len(_LISTS)
    for what, names in zip(_LISTS, named, strict=True):
        all_labels += ["encoding", *(f"{what} {name}" for name in names)]
    all_labels.append("next payment at")
    for index in asked.holders:
        all_labels += ["encoding", "encoding"]
        for holder in HOLDERS:
            all_labels += [
                f"{what} {holder} of {tranches[index]}" for what in ("account", "shares", "debt", "claimable")
            ]
            all_labels.append(f"cash of {holder}")
    for index in asked.shares:
        all_labels.append(f"supply of the share {tranches[index]}")
        all_labels += [f"balance {holder} of the share {tranches[index]}" for holder in HOLDERS]
    return all_labels + [label for index, label in (*allowances, *nonces) if index in asked.shares]


def packed(words: Sequence[int]) -> bytes:
    return b"".join([word.to_bytes(WORD, "big") for word in words])


def unpacked(answer: bytes) -> list[int]:
    return [int.from_bytes(answer[at : at + WORD], "big") for at in range(0, len(answer), WORD)]


def _shown(label: str, word: int) -> str:
    if label.startswith(HOLDING):
        return f"{word % 2**64} and {_signed(word) >> 64}"
    return str(_signed(word))


def _signed(word: int) -> int:
    return word - TO_NEGATIVE if word >> 255 else word
