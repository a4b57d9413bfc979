"""Deals with as much of everything as the terms have room for: chain = model."""

from __future__ import annotations

from penstock.evm.chain import Contract
from penstock.model.report import Report
from penstock.model.terms import Fee, FeeBase, Reserve, Rung, Test
from penstock.onchain.launch import System
from tests.model.examples import FEE, INTEREST, PER_CENT, PRINCIPAL, RESIDUAL, TRAP, deal_of, lender
from tests.parity.books import ChainBook, ModelBook
from tests.parity.both import lives_as_the_model

FEES = 16
TRANCHES = 8


def test_a_ratio_of_all_its_bits(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    """No cash covers a debt service so many times over: each period's residual is trapped."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, tests=(Test("never", 0, 2**127 + 1),))
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [177, 191, 150, 1500])
    assert [each["trapped"][0] for each in numbers[:3]] == [77, 168, 218]


def test_every_fee_has_arrears_of_its_own(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    fees = tuple(Fee(f"fee_{i}", "operator", FeeBase.FIXED, amount=10 + i, carry=True) for i in range(FEES))
    rungs = (*(Rung(FEE, (i,)) for i in range(FEES)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, fees=fees)
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [15, 60, 9000, 200])
    assert numbers[0]["fee_arrears"] == [0, 6, *range(12, 26)]
    assert numbers[2]["fee_arrears"] == [0] * FEES


def test_a_reserve_draws_for_the_fee_it_supports(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Each in turn alone: of sixteen fees that nobody pays, the one it supports gets what it holds."""
    fees = tuple(Fee(f"fee_{i}", "operator", FeeBase.FIXED, amount=5) for i in range(FEES))
    rungs = (*(Rung(FEE, (i,)) for i in range(FEES)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    for supported in range(FEES):
        reserve = Reserve("cushion", 3, target=3, supports=((FEE, supported),))
        terms = deal_of(lender(), normal=rungs, fees=fees, reserves=(reserve,))
        book = ChainBook(system, asset_of[0], reporter, terms)
        book.settle(0, [Report()])
        assert book.numbers()["fee_claimable"] == [3 if fee == supported else 0 for fee in range(FEES)]


def test_a_reserve_draws_for_the_claim_it_supports(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    lenders = tuple(lender(f"l{i}", 100) for i in range(TRANCHES - 1))
    ladder = [Rung(kind, (i,)) for i in range(TRANCHES - 1) for kind in (INTEREST, PRINCIPAL)]
    for index in range(TRANCHES - 1):
        reserve = Reserve("cushion", 3, target=3, supports=((INTEREST, index),))
        terms = deal_of(*lenders, normal=(*ladder, Rung(RESIDUAL, (TRANCHES - 1,))), reserves=(reserve,))
        book = ChainBook(system, asset_of[0], reporter, terms)
        book.settle(0, [Report()])
        assert book.numbers()["credited"] == [3 if each == index else 0 for each in range(TRANCHES)]


def test_every_overdue_period_is_settled_in_one_call(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """By `payAndSettle`, then by `settle`."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(coupon=12 * PER_CENT), normal=rungs, periods=200, months=1)
    books = ChainBook(system, asset_of[0], reporter, terms), ModelBook(terms)
    for count, settled in ((99, 99), (100, 199)):
        for book in books:
            book.settle(7, [Report()] * count)
        chain, model = (book.numbers() for book in books)
        assert chain == model
        assert (chain["period"], chain["interest_arrears"][0] > 900) == (settled, True)
