"""What the reserves hold at closing, up to all that a deal can hold."""

from __future__ import annotations

from dataclasses import replace

from penstock.model.units import MAX_AMOUNT
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import put_on


def test_the_largest_opening_there_is(system: System) -> None:
    reserve = replace(deals.WHOLE.reserves[0], opening=MAX_AMOUNT)
    stage = put_on(system, replace(deals.WHOLE, reserves=(reserve,), narrow=False))
    assert stage.state().reserves == [MAX_AMOUNT]
    assert stage.asset.call("balanceOf", stage.deal.address) == MAX_AMOUNT
