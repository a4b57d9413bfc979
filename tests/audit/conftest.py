"""One deal that lived a whole life on Anvil, a proxy in front of it, and an audit of both by one word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.model.shares import Allotment
from penstock.onchain.launch import System, deploy_system
from tests.conftest import START
from tests.contracts.deals import WIDE as WHOLE
from tests.contracts.deals import WIDE_FILE as WHOLE_FILE
from tests.contracts.stage import USD, Stage, cast_of, put_on
from tests.evm.proxy import Proxy, proxied
from tests.fixtures.reports import tell

Audited = Callable[..., Audit]


@dataclass(frozen=True)
class Lived:
    """A deal, its node, and the people and contracts around it."""

    stage: Stage
    chain: Rpc
    proxy: Proxy
    reporter: Contract

    @property
    def deal(self) -> str:
        return self.stage.deal.address


def at_once(chain: Rpc, act: Callable[[Callable[..., None]], None]) -> None:
    """Puts transactions in one block, in the order in which they are given."""
    chain._ask("evm_setAutomine", False)
    try:

        def send(contract: Contract, function: str, *args: object, sender: str) -> None:
            data = "0x" + contract.abi.function(function).encode(args).hex()
            request = {"from": sender, "to": contract.address, "data": data, "gas": hex(3_000_000)}
            # A falling price keeps the node from any other order
            at_once.price -= 1  # type: ignore[attr-defined]
            chain._ask("eth_sendTransaction", request | {"gasPrice": hex(at_once.price)})  # type: ignore[attr-defined]

        act(send)
        chain._ask("evm_mine")
    finally:
        chain._ask("evm_setAutomine", True)


at_once.price = 10**12  # type: ignore[attr-defined]


def live(stage: Stage, reporter: Contract) -> None:
    """Good and bad periods, trades, claims and fees between them, two periods at once, late revenue."""
    cast, deal, senior, equity = stage.cast, stage.deal, stage.share(0), stage.share(2)
    senior.send("approve", cast.stranger, 10**12, sender=cast.bob)
    stage.settle(40_000 * USD)
    senior.send("transfer", cast.cho, 7 * USD + 1, sender=cast.ann)
    senior.send("transferFrom", cast.bob, cast.cho, 3 * USD, sender=cast.stranger)
    deal.send("claimFor", 0, cast.ann, sender=cast.stranger)
    deal.send("setClaimFor", True, sender=cast.ann)
    deal.send("setClaimFor", True, sender=cast.bob)
    stage.claim_fee(0, cast.operator)
    tell(reporter, deal.address, 2, 12_345_678, 90_000 * USD)
    stage.settle(11_111_111_111)  # short: a lock-up, a loss, arrears
    stage.claim(0, cast.cho)
    senior.send("transfer", cast.ann, 5 * USD, sender=cast.cho)
    stage.until(4)
    stage.asset.send("mint", cast.payer, 60_000 * USD)
    stage.asset.send("approve", deal.address, 60_000 * USD, sender=cast.payer)
    chain = stage.system.chain
    assert isinstance(chain, Rpc)

    def block(send: Callable[..., None]) -> None:
        send(senior, "transfer", cast.bob, 11 * USD, sender=cast.ann)
        send(deal, "payAndSettle", 60_000 * USD, 2, sender=cast.payer)
        send(senior, "transfer", cast.bob, 13 * USD, sender=cast.ann)
        send(deal, "claim", 0, sender=cast.ann)
        send(equity, "transfer", cast.cho, 17 * USD, sender=cast.ann)
        send(deal, "setClaimFor", False, sender=cast.bob)

    at_once(chain, block)
    assert stage.state().period == 4
    stage.settle(70_000 * USD)  # late
    stage.claim(2, cast.ann)
    stage.claim_fee(1, cast.agent)
    stage.settle(1)
    equity.send("transfer", cast.bob, USD, sender=cast.cho)
    # What anybody may do to confuse: nothing moved out of the deal, money sent to it and not settled yet
    stage.asset.send("transferFrom", deal.address, cast.stranger, 0, sender=cast.stranger)
    stage.asset.send("transferFrom", deal.address, deal.address, 0, sender=cast.stranger)
    stage.gift(123)


@pytest.fixture(scope="session")
def anvil_system() -> Iterator[System]:
    with nodes.anvil(timestamp=START) as node:
        yield deploy_system(Rpc(node.url), artifacts=compile_contracts())


def start(system: System) -> tuple[Stage, Contract]:
    cast = cast_of(system)
    reporter = system.chain.deploy(system.artifacts["SingleReporter"], system.chain.accounts[0])
    given = [Allotment(index, cast.ann, tranche.supply - 1000 * USD) for index, tranche in enumerate(WHOLE.tranches)]
    given += [Allotment(index, cast.bob, 1000 * USD) for index in range(3)]
    return put_on(system, WHOLE, allotments=given, reports=reporter), reporter


@pytest.fixture(scope="session")
def _lived(anvil_system: System) -> Iterator[Lived]:
    stage, reporter = start(anvil_system)
    live(stage, reporter)
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with proxied(chain.endpoint) as proxy:
        yield Lived(stage, chain, proxy, reporter)


@pytest.fixture
def lived(_lived: Lived) -> Iterator[Lived]:
    """The deal as it was at the end of its life; what a test changes is taken back."""
    _lived.proxy.clear()
    with _lived.chain.undone():
        yield _lived
    _lived.proxy.clear()


@pytest.fixture
def audited(lived: Lived, tmp_path: Path) -> Audited:
    """Audits the deal through the proxy, with its deal file unless a test says otherwise."""

    def run(
        deal: str | None = None, text: str | None = WHOLE_FILE, patience: float = 5.0, timeout: float = 30.0
    ) -> Audit:
        chain = connect_to_read(lived.proxy.url, patience, timeout)
        return audit(chain, Target(deal or lived.deal, text, "whole.toml"), tmp_path / "checkpoint")

    return run


def clean(found: Audit) -> None:
    assert found.findings.first is None, "\n".join(map(str, found.findings.differences))
    assert all(check.count for check in found.findings.checks.values()), found.findings.checks


__all__ = ["Audited", "Lived", "at_once", "clean", "connect_to_read", "live", "start"]
