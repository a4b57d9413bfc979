"""A deal from closing to its last claim, once by the contracts and once by the model."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from penstock.evm.chain import Contract
from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from tests.parity.books import HOLDERS, Book, ChainBook, ModelBook, Numbers
from tests.strategies import Flows, Life


class Trade(NamedTuple):
    """After a period (by remainder): a sale of a part of the seller's 1/256ths of supply, then two claims."""

    period: int
    tranche: int
    seller: str
    buyer: str
    part: int
    claimer: str


holders = st.sampled_from(HOLDERS)
trades = st.lists(
    st.builds(Trade, *[st.integers(0, 23)] * 2, holders, holders, st.integers(0, 255), holders), max_size=12
)
# Most periods are settled one by one, some together with the next.
batches = st.lists(st.sampled_from((1, 1, 1, 2, 3, 24)), min_size=24, max_size=24)
# Of a deal with a payment delay: which 1/256ths of its collections come before a period is cut off; 0 for no cut-off.
cuts = st.binary(min_size=24, max_size=24)


def live(
    book: Book, life: Life, trading: list[Trade], sizes: list[int], cuts: bytes = bytes(24)
) -> list[tuple[list[list[int]], list[int], Numbers]]:
    """
    One whole life, the same on both sides: what each period paid, what trades and claims did, and every number. A deal
    that can be called is sometimes, by a payee that pays or one that does not.

    Periods are settled one by one or, as `sizes` says, several overdue ones in one call; some are cut off before,
    and in a deal with grace some are tried on their payment date.
    """
    terms, flows = life
    history = []
    first = 0
    while first < terms.periods and not book.matured:
        last = min(first + sizes[first], terms.periods)
        reports = flows.reports[first:last]
        collections = sum(flows.collections[first:last])
        # A roll may leave no time between the two dates
        if terms.delays and cuts[first] and terms.accrual_dates[first] < terms.payment_dates[first]:
            before = collections * cuts[first] // 255
            book.cut_off(before)
            collections -= before
        if terms.call and cuts[first] % 4 == 1:
            history.append((book.announce_call(cuts[first] % 8 == 1), [], {}))
        early = bool(terms.grace and cuts[first] % 2)
        paid = book.settle(collections, reports, early)
        if len(paid) < len(reports) and not book.matured:
            paid += book.settle(0, reports[len(paid) :])
        history.append((paid, trade(book, terms, trading, range(first, last)), book.numbers()))
        first = last
    late = flows.late + sum(flows.collections[first:])
    if late:
        history.append((book.settle_late(late), trade(book, terms, trading, range(1)), book.numbers()))
    return history


def trade(book: Book, terms: DealTerms, trading: list[Trade], periods: range) -> list[int]:
    """What the trades, claims and fee claims after some periods brought."""
    outcomes = []
    for each in trading:
        if each.period % terms.periods not in periods:
            continue
        tranche = each.tranche % len(terms.tranches)
        shares = terms.tranches[tranche].supply * each.part // 255
        outcomes.append(int(book.transfer(tranche, each.seller, each.buyer, shares)))
        outcomes.append(book.claim(tranche, each.claimer))
        if terms.fees:
            outcomes.append(book.claim_fee(each.part % len(terms.fees)))
    return outcomes


def lives_as_the_model(
    system: System, asset_of: dict[int, Contract], reporter: Contract, terms: DealTerms, collections: list[int]
) -> list[Numbers]:
    """Every number after each period, the same on both sides."""
    periods = terms.periods
    life = Life(terms, Flows(collections, [Report()] * periods, late=0))
    model = live(ModelBook(terms), life, [], [1] * periods)
    assert live(ChainBook(system, asset_of[terms.decimals], reporter, terms), life, [], [1] * periods) == model
    return [numbers for _, _, numbers in model]
