"""INV 15: every number of the chain equals the model's, after every period, for any deal and any flows."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from penstock.chain.backend import Contract
from penstock.chain.launch import System
from penstock.model.deal import Report
from tests.parity.books import HOLDERS, Book, ChainBook, ModelBook, Numbers
from tests.strategies import Life, lives


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


def live(book: Book, life: Life, trading: list[Trade]) -> list[tuple[list[int], list[int], Numbers]]:
    """One whole life, the same on both sides: what each period paid, what trades and claims did, and every number."""
    terms, flows = life
    history = []
    for period in range(terms.periods + 1):
        if period < terms.periods:
            report = Report(flows.losses[period], flows.asset_values[period])
            paid = book.settle(flows.collections[period], report)
        elif flows.late:
            paid = book.settle_late(flows.late)
        else:
            break
        outcomes = []
        for trade in trading:
            if trade.period % terms.periods != period % terms.periods:
                continue
            tranche = trade.tranche % len(terms.tranches)
            shares = terms.tranches[tranche].supply * trade.part // 255
            outcomes.append(int(book.transfer(tranche, trade.seller, trade.buyer, shares)))
            outcomes.append(book.claim(tranche, trade.claimer))
            if terms.fees:
                outcomes.append(book.claim_fee(trade.part % len(terms.fees)))
        history.append((paid, outcomes, book.numbers()))
    return history


@given(life=lives(), trading=trades)
def test_inv_15_every_number_of_the_chain_equals_the_models(
    system: System, asset_of: dict[int, Contract], reporter: Contract, life: Life, trading: list[Trade]
) -> None:
    with system.chain.undone():
        chain = live(ChainBook(system, asset_of[life.terms.decimals], reporter, life.terms), life, trading)
    model = live(ModelBook(life.terms), life, trading)
    for period, (on_chain, in_model) in enumerate(zip(chain, model, strict=True), start=1):
        assert on_chain == in_model, f"period {period}"
