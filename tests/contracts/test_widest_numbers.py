"""Numbers as wide as the terms have room for: chain = model."""

from __future__ import annotations

from penstock.chain.backend import Contract
from penstock.chain.launch import System
from penstock.model.terms import Rung, Test
from tests.contracts.test_rare_deals import lives_as_the_model
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, TRAP, deal_of, lender


def test_a_ratio_of_all_its_bits(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    """No cash covers a debt service so many times over: each period's residual is trapped."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, tests=(Test("never", 0, 2**127 + 1),))
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [177, 191, 150, 1500])
    assert [each["trapped"][0] for each in numbers[:3]] == [77, 168, 218]
