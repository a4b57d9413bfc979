"""A tranche that no deal can have is refused before anything is read, also where no terms stand behind the code."""

from __future__ import annotations

import pytest

from penstock.evm.errors import ChainRevert
from penstock.onchain.launch import System

MAX_TRANCHES = 16


def test_the_implementation_has_no_tranche_beyond_the_storage(system: System) -> None:
    """What it reads as terms is its own code, whose byte of a count may be anything."""
    deal = system.chain.at(system.factory.call("implementation"), system.artifacts["IDeal"].abi)
    with pytest.raises(ChainRevert) as refused:
        deal.send("claim", MAX_TRANCHES)
    assert (refused.value.name, refused.value.values) == ("Deal_NoTranche", {"tranche": MAX_TRANCHES})
