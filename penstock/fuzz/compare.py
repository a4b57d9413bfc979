"""Every number of a deal in a fixed order: chain and model are compared byte by byte, and each difference is named."""

from __future__ import annotations

from typing import NamedTuple

from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import ACTORS, DEAL, HOLDERS
from penstock.model.terms import DealTerms
from penstock.onchain.state import claimed_as_kept

WORD = 32
COUNTER_BITS = 5
TO_NEGATIVE = 2**256
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
)


class Asked(NamedTuple):
    """
    What is compared besides the numbers that every comparison has.

    tranches : whose shares and claims. pairs : tranche, owner and spender of allowances. signers : tranche and owner.
    """

    tranches: tuple[int, ...]
    pairs: tuple[tuple[int, str, str], ...] = ()
    signers: tuple[tuple[int, str], ...] = ()


def asked_of(expected: Oracle, tranches: tuple[int, ...]) -> Asked:
    """Claims of these tranches, and the allowance and nonce of every account that a step has named with one."""
    world = expected.world
    pairs = tuple(key for key in world.share_allowances if key[0] in tranches)
    return Asked(tranches, pairs, tuple(key for key in world.share_nonces if key[0] in tranches))


def labels(terms: DealTerms, asked: Asked) -> list[str]:
    """What each word of `expected_words` is."""
    tranches = [tranche.id for tranche in terms.tranches]
    named = [
        *[tranches] * 2,
        ["all tranches"] if terms.narrow else tranches,
        *[tranches] * 2,
        [reserve.id for reserve in terms.reserves],
        [test.id for test in terms.tests],
        *[[fee.id for fee in terms.fees]] * 2,
    ]
    found = ["encoding", "period settled", "accounted", "passes needed", *["encoding"] * len(_LISTS)]
    for what, names in zip(_LISTS, named, strict=True):
        found += ["encoding", *(f"{what} {name}" for name in names)]
    found += [f"cash of {DEAL}", "next payment at"]
    for tranche in terms.tranches:
        for holder in HOLDERS:
            found += [f"shares {holder} of {tranche.id}", f"debt {holder} of {tranche.id}"]
    found += [f"cash of {actor}" for actor in ACTORS]
    for index in asked.tranches:
        share = terms.tranches[index].id
        found.append(f"supply of the share {share}")
        for holder in HOLDERS:
            found += [f"claimable {holder} of {share}", f"balance {holder} of the share {share}"]
    found += [f"allowance {owner} gave {to} of {terms.tranches[index].id}" for index, owner, to in asked.pairs]
    found += [f"nonce of {owner} for {terms.tranches[index].id}" for index, owner in asked.signers]
    return found


def expected_words(expected: Oracle, asked: Asked) -> list[int]:
    """
    The expected answer of the chain: the deal's state as `IDeal.state` encodes it, its cash, every holding, every
    wallet, and what is asked besides.
    """
    books, world = expected.books, expected.world
    state, ledgers = books.state, books.ledgers
    lists = (
        state.balance,
        state.credited,
        claimed_as_kept(expected.terms, books.claimed),
        state.interest_arrears,
        state.principal_arrears,
        state.reserves,
        state.trapped,
        state.fee_arrears,
        books.fee_claimable,
    )
    passes = sum(needed << COUNTER_BITS * test for test, needed in enumerate(state.passes_needed))
    words = [WORD, state.period, books.accounted, passes]
    at = (3 + len(lists)) * WORD
    for each in lists:
        words.append(at)
        at += (1 + len(each)) * WORD
    for each in lists:
        words.append(len(each))
        words += each
    words += (books.cash, expected.payment_at())
    for ledger in ledgers:
        for holder in HOLDERS:
            held = ledger.holdings.get(holder)
            words += (held.shares, held.debt % TO_NEGATIVE) if held else (0, 0)
    words += world.wallets.values()
    for index in asked.tranches:
        ledger = ledgers[index]
        words.append(ledger.supply)
        for holder in HOLDERS:
            held = ledger.holdings.get(holder)
            words += (ledger.claimable_down(holder), held.shares if held else 0)
    words += [world.share_allowances[pair] for pair in asked.pairs]
    words += [world.share_nonces[signer] for signer in asked.signers]
    return words


def packed(words: list[int]) -> bytes:
    return b"".join([word.to_bytes(WORD, "big") for word in words])


def differences(terms: DealTerms, asked: Asked, words: list[int], answer: bytes) -> list[str]:
    """Each number in which the chain's answer is not what the model expects."""
    found = [int.from_bytes(answer[at : at + WORD], "big") for at in range(0, len(answer), WORD)]
    if len(found) != len(words):
        return [f"the chain answers {len(found)} numbers, the model {len(words)}"]
    return [
        f"{label}: chain {_signed(chain)}, model {_signed(model)}"
        for label, chain, model in zip(labels(terms, asked), found, words, strict=True)
        if chain != model
    ]


def _signed(word: int) -> int:
    return word - TO_NEGATIVE if word >> 255 else word
