"""INV 14 on the bytecode: whoever transfers what to whom, and whatever is refused, the shares are the supply."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from itertools import permutations
from pathlib import Path

from penstock.dealfile import load
from penstock.fuzz.driver import TestBed
from penstock.fuzz.machine import FuzzRun
from penstock.fuzz.steps import HOLDERS, Step

TERMS = load(Path(__file__).parents[2] / "deals" / "minimal.toml")


def test_inv_14_the_shares_are_the_supply_after_every_transfer(test_beds: Callable[[], TestBed]) -> None:
    with closing(FuzzRun(test_beds(), TERMS, 0)) as run:
        holders = [run.chain.addresses[name] for name in HOLDERS]

        def take(step: Step) -> str:
            error = run.take(step).error
            for tranche, share in zip(TERMS.tranches, run.chain.deployment.shares, strict=True):
                assert share.call("totalSupply") == tranche.supply
                assert sum(share.call("balanceOf", holder) for holder in holders) == tranche.supply
            return error

        errors = set()
        take(Step("wait", amount=run.expected.payment_at() - run.expected.world.now))
        take(Step("pay", by="ann", amount=10**12, count=1))
        for tranche in range(len(TERMS.tranches)):
            for owner, to in [*permutations(HOLDERS, 2), ("ann", "ann")]:
                shares = run.expected.books.shares(tranche, owner)
                for amount in (0, 1, shares // 2, shares + 1):
                    errors.add(take(Step("transfer", by=owner, to=to, tranche=tranche, amount=amount)))
            take(Step("claim", by="ann", tranche=tranche))
        errors.add(take(Step("transfer", by="ann", to="anyone", amount=0)))
    assert errors == {"", "ERC20InsufficientBalance", "ERC7943CannotReceive"}
