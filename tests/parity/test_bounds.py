"""INV 15 at the edges of the chain's fields, which drawn deals seldom reach."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.model.report import Report
from penstock.model.terms import MAX_CURE, MAX_TESTS, ArrearsRule, DealTerms, Fee, FeeBase, Reserve, Rung, Test
from penstock.model.units import MAX_AMOUNT, WAD
from penstock.onchain.launch import System
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESERVE, RESIDUAL, deal_of, lender
from tests.parity.books import ChainBook, ModelBook
from tests.parity.both import live
from tests.strategies import Flows, Life

PERIODS = 24
LADDER = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
NOTHING = Flows([0] * PERIODS, [Report()] * PERIODS, late=3)


def usurious(arrears: ArrearsRule, fee: Fee, narrow: bool) -> DealTerms:
    """1000 % a year on a great face, for decades: everything unpaid outgrows its 96 bits, or 56."""
    debt = replace(lender(face=2**51 if narrow else 2**91, coupon=10 * WAD, arrears=arrears), supply=1000)
    return replace(deal_of(debt, normal=LADDER, periods=PERIODS, fees=(fee,)), narrow=narrow)


def both(system: System, asset_of: dict[int, Contract], reporter: Contract, life: Life) -> ModelBook:
    """Lives it on both sides, period by period and all at once, and returns the model's book."""
    for sizes in ([1] * PERIODS, [PERIODS] * PERIODS):
        with system.chain.undone():
            chain = live(ChainBook(system, asset_of[life.terms.decimals], reporter, life.terms), life, [], sizes)
        book = ModelBook(life.terms)
        assert chain == live(book, life, [], sizes)
    return book


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("arrears", [ArrearsRule.COUPON, ArrearsRule.CAPITALISE])
def test_inv_15_no_claim_outgrows_its_field(
    system: System, asset_of: dict[int, Contract], reporter: Contract, arrears: ArrearsRule, narrow: bool
) -> None:
    fee = Fee("f", "operator", FeeBase.FIXED, amount=MAX_AMOUNT, carry=True)
    terms = usurious(arrears, fee, narrow)
    state = both(system, asset_of, reporter, Life(terms, NOTHING)).books.state
    assert terms.max_amount in (state.balance[0], state.interest_arrears[0])
    assert state.fee_arrears == [terms.max_amount - 3]


@pytest.mark.parametrize("opening", [2**63 - 2, 2**63 - 1, 2**63, 2**64, 2**70])
def test_inv_15_a_pot_of_any_size_is_kept(
    system: System, asset_of: dict[int, Contract], reporter: Contract, opening: int
) -> None:
    fee = Fee("f", "operator", FeeBase.FIXED, amount=opening - 1)
    reserve = Reserve("r", opening, target=opening, supports=((INTEREST, 0),))
    ladder = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESERVE, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=ladder, periods=PERIODS, fees=(fee,), reserves=(reserve,))
    rich = [opening, opening + 200, 2 * opening, 0] * (PERIODS // 4)
    both(system, asset_of, reporter, Life(terms, Flows(rich, [Report()] * PERIODS, late=1)))


@pytest.mark.parametrize("most", [2**56 - 1, 2**56, 2**56 + 1])
def test_inv_15_the_log_is_as_wide_as_its_amounts(
    system: System, asset_of: dict[int, Contract], reporter: Contract, most: int
) -> None:
    fee = Fee("f", "operator", FeeBase.FIXED, amount=1)
    terms = deal_of(lender(), normal=LADDER, periods=PERIODS, fees=(fee,))
    both(system, asset_of, reporter, Life(terms, Flows([most] * PERIODS, [Report()] * PERIODS, late=most)))


@pytest.mark.parametrize("rich", [0, 2, 5, 7, 60])
def test_inv_15_two_fees_share_a_rung(
    system: System, asset_of: dict[int, Contract], reporter: Contract, rich: int
) -> None:
    """No deal file says so, but the chain and the model both read it."""
    fees = (Fee("f", "operator", FeeBase.FIXED, amount=3, carry=True), Fee("g", "trustee", FeeBase.FIXED, amount=4))
    reserves = (
        Reserve("r", 5, target=5, supports=((FEE, 0),)),
        Reserve("s", 7, target=7, supports=((FEE, 0), (FEE, 1))),
    )
    ladder = (Rung(FEE, (0, 1)), *LADDER[1:3], Rung(RESERVE, (0,)), Rung(RESERVE, (1,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(face=100), normal=ladder, periods=PERIODS, fees=fees, reserves=reserves)
    both(system, asset_of, reporter, Life(terms, Flows([rich, 1] * 12, [Report()] * PERIODS, late=rich)))


def test_inv_15_the_last_tests_counter_has_all_its_bits(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Eight tests that fail at once and would take 31 passes each: all counters are full, and then count down."""
    tests = tuple(Test(f"t{place}", 0, WAD, cure=MAX_CURE) for place in range(MAX_TESTS))
    terms = deal_of(lender(face=10**9), normal=LADDER[1:], periods=PERIODS, tests=tests)
    life = Life(terms, Flows([0, 10**10, *[0] * (PERIODS - 2)], [Report()] * PERIODS, late=1))
    books = both(system, asset_of, reporter, life)
    assert books.books.state.passes_needed == [MAX_CURE] * MAX_TESTS
