"""A report source that answers only with nearly all the gas it is owed, under callers who bring just too little."""

from __future__ import annotations

from penstock.evm.errors import ChainError, ChainRevert
from penstock.model.terms import Rung
from penstock.onchain.launch import System
from tests.contracts.hostile import report
from tests.contracts.stage import put_on
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender

LOSS = 60
NEEDED = 96_000  # of 100,000, before the source's own reading


def test_a_small_deal_is_never_settled_without_its_report(system: System) -> None:
    """It needs so little gas that what a starved source leaves would be enough to go on without its loss."""
    source = system.chain.deploy(system.artifacts["NonsenseReports"])
    caller = system.chain.deploy(system.artifacts["CallerContract"])
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    stage = put_on(system, deal_of(lender(), normal=rungs, write_down=True), reports=source)
    source.send("setAnswer", report(3, LOSS, 0), NEEDED)
    stage.until(1)
    data = stage.deal.abi.function("settle").encode((1,))
    outcomes: set[str | int] = set()
    for gas in range(90_000, 180_000, 500):
        with system.chain.undone():
            try:
                caller.send("actWithin", gas, stage.deal.address, data)
            except ChainRevert as refusal:
                outcomes.add(refusal.name or "")
            except ChainError:
                outcomes.add("out of gas")
            else:
                outcomes.add(stage.state().balance[1])
    assert outcomes - {"", "out of gas"} == {"Deal_OutOfReportGas", 100 - LOSS}
