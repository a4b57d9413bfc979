"""
Places of a settlement that drawn deals seldom reach, on the contracts and in the model.

given two lenders pari passu who lack the same, and a reserve for both or for one
    it should draw for each as the model does
given a settlement that leaves nothing in arrears
    it should say so in the ledger's word, and write no slot of arrears
given one unit in arrears, at a rate at which it earns some
    it should bear interest
given as many tranches as may be, and a reserve that looks ahead
    its target should count the lenders there are, and nothing behind them
"""

from __future__ import annotations

import pytest

from penstock.evm.chain import Contract
from penstock.model.report import Report
from penstock.model.terms import DealTerms, Fee, FeeBase, Reserve, Rung
from penstock.model.units import WAD
from penstock.onchain.launch import System
from tests.model.examples import (
    FEE,
    INTEREST,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    deal_of,
    lender,
    one_lender,
    three_tranches,
)
from tests.parity.books import ChainBook, ModelBook

FIRST, SECOND = (INTEREST, 0), (INTEREST, 1)


@pytest.mark.parametrize("supports", [(FIRST, SECOND), (FIRST,), (SECOND,)])
@pytest.mark.parametrize(("faces", "held"), [((1000, 1000), 120), ((1000, 1000), 999), ((1000, 3000), 120)])
@pytest.mark.parametrize("paid", [0, 80])
def test_a_reserve_draws_for_two_who_lack(
    system: System,
    asset_of: dict[int, Contract],
    reporter: Contract,
    supports: tuple[tuple[int, int], ...],
    faces: tuple[int, int],
    held: int,
    paid: int,
) -> None:
    terms = deal_of(
        lender("first", faces[0]),
        lender("second", faces[1]),
        normal=(Rung(INTEREST, (0, 1)), Rung(PRINCIPAL, (0, 1)), Rung(RESIDUAL, (2,))),
        reserves=(Reserve("r", held, target=held, supports=supports),),  # type: ignore[arg-type]
    )
    assert _settled(system, asset_of, reporter, terms, paid)["reserves"] != [held]


def test_a_target_counts_the_lenders_there_are(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Eight tranches: behind the last stand fees in memory, and in the terms the bits of another kind of rung."""
    lenders = [lender(f"l{index}", 1000) for index in range(7)]
    fees = tuple(Fee(f"f{index}", "operator", FeeBase.FIXED, amount=500, cap=100, carry=True) for index in range(4))
    terms = deal_of(
        *lenders,
        normal=(
            *(Rung(INTEREST, (index,)) for index in range(7)),
            *(Rung(PRINCIPAL, (index,)) for index in range(7)),
            Rung(RESERVE, (0,)),
            *(Rung(FEE, (index,)) for index in range(4)),
            Rung(RESIDUAL, (7,)),
        ),
        fees=fees,
        reserves=(Reserve("r", 0, ahead=(2, 2, 1, 0), supports=(FIRST,)),),
    )
    assert _settled(system, asset_of, reporter, terms, 5000, 5000, 5000)["reserves"] == [100]


def test_one_unit_in_arrears_bears_interest(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    """At 1000 % a year one unit earns ten."""
    terms = one_lender(tranche=lender(coupon=10 * WAD))
    numbers = _settled(system, asset_of, reporter, terms, 9_999, 0)
    assert numbers["interest_arrears"] == [10_000 + 1 + 10, 0]


def test_no_arrears_are_none_in_the_ledgers_word(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    terms = three_tranches()
    with system.chain.undone():
        book = ChainBook(system, asset_of[terms.decimals], reporter, terms)
        book.settle(150, [Report()])
        slots, place = system.artifacts["Deal"].slots, book.deal.address
        ledger = int.from_bytes(system.chain.storage(place, slots["_ledger"]), "big")
        assert ledger == 1000 << 160 | 500 << 64 | 2  # the next period is 2, no counter, nobody in arrears
        assert all(system.chain.storage(place, slots["_arrears"] + index) == bytes(32) for index in range(3))


def _settled(
    system: System, asset_of: dict[int, Contract], reporter: Contract, terms: DealTerms, *paid: int
) -> dict[str, object]:
    model = ModelBook(terms)
    with system.chain.undone():
        chain = ChainBook(system, asset_of[terms.decimals], reporter, terms)
        for collections in paid:
            assert chain.settle(collections, [Report()]) == model.settle(collections, [Report()])
            assert chain.numbers() == model.numbers()
    return model.numbers()
