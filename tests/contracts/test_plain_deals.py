"""Deals without fees or reserves, whose records stand beside each other in memory: chain = model, number by number."""

from __future__ import annotations

from penstock.chain.backend import Contract
from penstock.chain.launch import System
from penstock.model.terms import Rung, Test
from penstock.model.units import WAD
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, TRAP, deal_of, lender
from tests.parity.books import ChainBook, ModelBook
from tests.parity.test_parity import live
from tests.strategies import Flows, Life


def test_the_second_trap_holds_cash_over_a_period(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Equity's cash slot, the last of its record, brings the second pot; the first pot begins right behind it."""
    tests = (Test("never", 0, 0), Test("often", 0, 3 * WAD))
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=1), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, tests=tests)
    life = Life(terms, Flows([177, 191, 150, 1500], [0] * 4, [None] * 4, late=0))
    book = ModelBook(terms)
    model = live(book, life, [], [1] * 4)
    assert [numbers["trapped"] for _, _, numbers in model[:3]] == [[0, 77], [0, 168], [0, 218]]
    assert live(ChainBook(system, asset_of[0], reporter, terms), life, [], [1] * 4) == model
