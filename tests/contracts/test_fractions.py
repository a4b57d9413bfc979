"""A fraction of what is left is rounded down by a reserve and a trap, too, to which the deal file gives none."""

from __future__ import annotations

from penstock.evm.chain import Contract
from penstock.model.terms import Reserve, Rung, Test
from penstock.model.units import WAD
from penstock.onchain.launch import System
from tests.model.examples import INTEREST, PRINCIPAL, RESERVE, RESIDUAL, TRAP, deal_of, lender
from tests.parity.lives import lives_as_the_model


def test_half_of_an_odd_amount_is_the_smaller_half(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Of 113, 100 are owed: the reserve keeps six of thirteen, the trap three of seven."""
    rungs = (
        *(Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESERVE, (0,), fraction=WAD // 2)),
        *(Rung(TRAP, fraction=WAD // 2, test=0), Rung(RESIDUAL, (1,))),
    )
    terms = deal_of(
        lender(), normal=rungs, reserves=(Reserve("dsra", 0, target=1000),), tests=(Test("lockup", 0, 9 * WAD, cure=1),)
    )
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [113, 113, 113, 1500])
    assert numbers[0]["reserves"] == [6]
    assert numbers[0]["trapped"] == [3]
