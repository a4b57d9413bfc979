"""Where a deal keeps what: the layout that docs/SPEC.md gives and auditors read."""

from __future__ import annotations

from eth_utils.crypto import keccak

from penstock.model.terms import Rung
from penstock.onchain.launch import System
from tests.contracts.stage import Stage, put_on
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender


def word(stage: Stage, slot: int) -> int:
    return int.from_bytes(stage.system.chain.storage(stage.deal.address, slot), "big")


def plain(system: System) -> Stage:
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    return put_on(system, deal_of(lender(face=1000), normal=rungs))


def test_a_new_deal_has_its_balances_and_its_first_period_in_its_ledger(system: System) -> None:
    """Of tranches in arrears and counters none: a bit too many would cost every first settlement a read."""
    stage = plain(system)
    assert word(stage, system.artifacts["Deal"].slots["_ledger"]) == 1000 << 160 | 1


def test_a_holder_stands_at_tranche_and_address(system: System) -> None:
    stage = plain(system)
    base = system.artifacts["Deal"].slots["_holders"].to_bytes(32, "big")
    holder = stage.cast.ann
    for tranche in range(2):
        key = tranche << 160 | int(holder, 16)
        slot = int.from_bytes(keccak(key.to_bytes(32, "big") + base), "big")
        assert word(stage, slot) == stage.share(tranche).call("balanceOf", holder) > 0
