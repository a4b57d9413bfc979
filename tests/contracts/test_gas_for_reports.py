"""No more gas is asked of a caller than a report source may need: 64/63 of 100,000 and 10,000 for the rest."""

from __future__ import annotations

from penstock.evm.errors import ChainError, ChainRevert
from penstock.model.terms import Rung
from penstock.onchain.launch import System
from tests.contracts.stage import put_on
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender

BOUND = 100_000 * 64 // 63 + 10_000
BETWEEN = 100  # gas from the comparison to the telling of what was there


def test_who_brings_what_is_asked_for_is_not_refused(system: System) -> None:
    caller = system.chain.deploy(system.artifacts["CallerContract"])
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    stage = put_on(system, deal_of(lender(), normal=rungs, write_down=True))
    stage.until(1)
    data = stage.deal.abi.function("settle").encode((1,))

    def refused_with(gas: int) -> int | None:
        """What was left of it when it was too little; None when the deal settled; 0 where it did not come so far."""
        with system.chain.undone():
            try:
                caller.send("actWithin", gas, stage.deal.address, data)
            except ChainRevert as refusal:
                return int(refusal.values["gasLeft"]) if refusal.name == "Deal_OutOfReportGas" else 0
            except ChainError:
                return 0
        return None

    most, enough = 90_000, 300_000
    while enough - most > 1:
        middle = (most + enough) // 2
        if refused_with(middle) is None:
            enough = middle
        else:
            most = middle
    left = refused_with(most)
    assert left and BOUND - BETWEEN < left < BOUND
