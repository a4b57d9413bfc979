"""The chain's state of a deal in the model's words, so that the two can be compared number by number."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from eth_utils.crypto import keccak

from penstock.evm.chain import Contract
from penstock.evm.codec import Address, number_of
from penstock.format import exact_money, fraction_text, percent
from penstock.model.books import Books
from penstock.model.cut_off import NEVER_CUT_OFF, CutOff, take_cut
from penstock.model.state import DealState, KnownIndex
from penstock.model.terms import DealTerms
from penstock.onchain import windows
from penstock.onchain.events import unpack_counters
from penstock.onchain.windows import unlisted

WINDOW = "window of test"
CALL_PERIODS = ("period whose call was announced", "period called")


@dataclass(frozen=True)
class ChainState:
    """
    Every number a deal keeps, in base units; lists run parallel to the terms.

    accounted : what the deal's ledger holds for somebody. claimed : of a narrow deal one number, for all tranches.
    fee_claimable : credited to payees and not taken yet. indices : what floating coupons know.
    windows : words of storage, see `windows.listed`. cut : the last period that was cut off.
    announced : the last period whose call was announced. called, repaid, written_down : as of `DealState`.
    hurdles, capital_received, promote_received : of the promote; without one none, and 0.
    """

    period: int
    accounted: int
    balance: list[int]
    credited: list[int]
    claimed: list[int]
    interest_arrears: list[int]
    principal_arrears: list[int]
    reserves: list[int]
    trapped: list[int]
    passes_needed: list[int]
    fee_arrears: list[int]
    fee_claimable: list[int]
    windows: list[int]
    indices: list[KnownIndex] = field(default_factory=list)
    cut: CutOff = NEVER_CUT_OFF
    announced: int = 0
    called: int = 0
    repaid: int = 0
    written_down: list[int] = field(default_factory=list)
    hurdles: list[int] = field(default_factory=list)
    capital_received: int = 0
    promote_received: int = 0

    def take_cut(self, unsettled: int) -> int:
        """What the next period takes of the collections not settled yet, as `cut_off.take_cut`."""
        return take_cut(self.period, self.cut, unsettled)


def read_state(deal: Contract, terms: DealTerms) -> ChainState:
    """Reads a deal's whole state in one call."""
    return state_of(deal.call("state"), len(terms.tests))


def state_of(state: Any, tests: int) -> ChainState:
    """What {IDeal-state} returned, in the model's words. tests : how many the terms have."""
    return ChainState(
        period=state.period,
        accounted=state.accounted,
        balance=list(state.balances),
        credited=list(state.credited),
        claimed=list(state.claimed),
        interest_arrears=list(state.interestArrears),
        principal_arrears=list(state.principalArrears),
        reserves=list(state.reserves),
        trapped=list(state.traps),
        passes_needed=unpack_counters(state.passesNeeded, tests),
        fee_arrears=list(state.feeArrears),
        fee_claimable=list(state.feeClaimable),
        indices=[KnownIndex(*each) for each in zip(state.indices, state.indexPeriods, strict=True)],
        windows=list(state.windows),
        cut=CutOff(state.cutPeriod, state.cutCollections),
        announced=state.announcedPeriod,
        called=state.calledPeriod,
        repaid=state.repaid,
        written_down=list(state.writtenDown),
        hurdles=list(state.hurdles),
        capital_received=state.capitalReceived,
        promote_received=state.promoteReceived,
    )


def as_model(terms: DealTerms, state: ChainState) -> DealState:
    """The chain's state in the model's words; `collected` and `fee_credited` count from here."""
    return DealState(
        period=state.period,
        collected=0,
        balance=state.balance,
        interest_arrears=state.interest_arrears,
        principal_arrears=state.principal_arrears,
        credited=state.credited,
        fee_arrears=state.fee_arrears,
        fee_credited=state.fee_claimable,
        reserves=state.reserves,
        trapped=state.trapped,
        passes_needed=state.passes_needed,
        indices=state.indices,
        windows=unlisted(terms, state.called - 1 if state.called else state.period, state.windows),
        called=state.called,
        repaid=state.repaid,
        written_down=state.written_down,
        hurdles=state.hurdles,
        capital_received=state.capital_received,
        promote_received=state.promote_received,
    )


@lru_cache(maxsize=4096)
def mapping_slot(key: int, base: int) -> int:
    """The slot of a mapping's value. base : the mapping's own slot. Source: Solidity, "Layout of State Variables"."""
    return int.from_bytes(keccak(key.to_bytes(32, "big") + base.to_bytes(32, "big")), "big")


def holder_slot(tranche: int, holder: Address, base: int) -> int:
    """The slot in which a deal keeps a holder of a tranche. base : of its mapping `_holders`."""
    return mapping_slot(tranche << 160 | number_of(holder), base)


def holder_word(shares: int, debt: int) -> int:
    """What is kept there: shares in the low 64 bits, then debt, signed, in 192."""
    return (debt << 64) % 2**256 | shares


def claimed_as_kept(terms: DealTerms, claimed: list[int]) -> list[int]:
    """What a deal keeps of what holders of each tranche claimed: one sum if it is narrow."""
    return [sum(claimed)] if terms.narrow else claimed


def differences(chain: ChainState, books: Books) -> list[str]:
    """
    Every number in which chain and books disagree, by its name in the deal file, one line each, amounts in currency
    units; empty when all are equal.
    """
    model, terms, cut = books.state, books.terms, books.cut
    claimed, fee_claimable, accounted = books.claimed, books.fee_claimable, books.accounted
    tranches, fees = ([each.id for each in some] for some in (terms.tranches, terms.fees))
    fields = [each.id for each in terms.fields] if terms.floats else []
    reserves, tests = ([each.id for each in some] for some in (terms.reserves, terms.tests))
    hurdles = [percent(each.rate) for each in terms.promote.hurdles] if terms.promote else []
    payers = ["all tranches"] if terms.narrow else [f"tranche {name}" for name in tranches]
    found: list[str] = []
    for what, names, actual, expected in (
        ("period", [""], [chain.period], [model.period]),
        ("period cut off", [""], [chain.cut.period], [cut.period]),
        ("collections cut off", [""], [chain.cut.collections], [cut.collections]),
        ("period whose call was announced", [""], [chain.announced], [books.announced]),
        ("period called", [""], [chain.called], [model.called]),
        ("principal repaid", [""], [chain.repaid], [model.repaid]),
        ("written down of tranche", tranches[: len(model.written_down)], chain.written_down, model.written_down),
        ("accounted", [""], [chain.accounted], [accounted]),
        ("balance of tranche", tranches, chain.balance, model.balance),
        ("credited to tranche", tranches, chain.credited, model.credited),
        ("claimed of", payers, chain.claimed, claimed_as_kept(terms, claimed)),
        ("interest arrears of tranche", tranches, chain.interest_arrears, model.interest_arrears),
        ("principal arrears of tranche", tranches, chain.principal_arrears, model.principal_arrears),
        ("cash of reserve", reserves, chain.reserves, model.reserves),
        ("trapped by test", tests, chain.trapped, model.trapped),
        ("passes needed of test", tests, chain.passes_needed, model.passes_needed),
        ("arrears of fee", fees, chain.fee_arrears, model.fee_arrears),
        ("claimable of fee", fees, chain.fee_claimable, fee_claimable),
        ("known value of", fields, [each.value for each in chain.indices], [each.value for each in model.indices]),
        ("known period of", fields, [each.period for each in chain.indices], [each.period for each in model.indices]),
        ("received by the capital side", [""], [chain.capital_received], [model.capital_received]),
        ("received by the promote", [""], [chain.promote_received], [model.promote_received]),
        ("hurdle of", hurdles, chain.hurdles, model.hurdles),
        (WINDOW, windows.names(terms, model.tested), chain.windows, windows.listed(terms, model)),
    ):
        there, ours = ([_shown(what, each, terms) for each in some] for some in (actual, expected))
        if len(actual) != len(expected):
            found.append(f"{what}: chain {there}, model {ours}")
            continue
        for name, one, other in zip(names, there, ours, strict=True):
            if one != other:
                found.append(f"{what} {name}".rstrip() + f": chain {one}, model {other}")
    return found


def _shown(what: str, number: int, terms: DealTerms) -> str:
    """A count as it is, an index in full, an amount in currency units."""
    if what == "known value of":
        return fraction_text(number)
    counts = ("period", "period cut off", "passes needed of test", "known period of", WINDOW, *CALL_PERIODS)
    return str(number) if what in counts else exact_money(number, terms.decimals)
