"""Moments at which a number just fills its field, and sums of which one part alone is seldom enough: chain = model."""

from __future__ import annotations

from penstock.evm.chain import Contract
from penstock.model.terms import Fee, FeeBase, Reserve, Rung, Test
from penstock.model.units import WAD
from penstock.onchain.launch import System
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESERVE, RESIDUAL, TRAP, deal_of, lender
from tests.parity.lives import lives_as_the_model

ELSEWHERE = 2**63 - 1


def test_a_pot_just_too_large_for_its_cash_slot_is_all_there_is(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """It stands elsewhere, whatever the other pots hold; a period without cash then draws on it."""
    reserve = Reserve("dsra", 0, target=ELSEWHERE, supports=((INTEREST, 0), (PRINCIPAL, 0)))
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESERVE, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, reserves=(reserve,))
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [ELSEWHERE + 101, 0, 5, 7])
    assert [each["reserves"][0] for each in numbers[:3]] == [ELSEWHERE, ELSEWHERE - 100, ELSEWHERE - 195]


def test_every_operating_fee_lowers_what_a_test_sees(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Of 180, two fees leave 120 for a debt service of 100: under 1.25; without either of them it is 1.45 or 1.55."""
    fees = tuple(Fee(f"fee_{i}", "operator", FeeBase.FIXED, amount=25 + 10 * i, opex=True) for i in range(2))
    rungs = (
        *(Rung(FEE, (i,)) for i in range(2)),
        *(Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1,))),
    )
    terms = deal_of(lender(), normal=rungs, fees=fees, tests=(Test("lockup", 0, 125 * WAD // 100, cure=1),))
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [180, 180, 400, 1500])
    assert [each["trapped"][0] for each in numbers[:3]] == [20, 40, 0]
