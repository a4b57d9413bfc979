"""A stage for operation: one Anvil, taken back after each test, and deals of one system on it with their manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy.run import execute, make_order
from penstock.evm import networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.broadcast import Pace
from penstock.evm.dev_accounts import development_keys
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.evm.signers import KeySigner
from penstock.onchain import manifest as manifests
from penstock.onchain.deployments import DeployedDeal, open_deployment, open_deployments
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import Manifest
from penstock.operate import settle
from penstock.operate.settle import Settled
from tests.deploy.conftest import DEAL

START = 1_767_225_600
DAY = 86_400
KEYS = development_keys()
SPONSOR, OPERATOR, HOLDER, OTHER = list(KEYS)[:4]
QUICK = RetryPolicy(request=1.0, outage=20.0, start=2.0, first_pause=0.02, longest_pause=0.2)
PACE = Pace(confirmations=1, poll=0.05, replacement=0.3, step=20.0)
TESTED = DEAL.replace(
    "[ladder]",
    '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "senior"\nbelow = "1.10"\ncure = 2\n[ladder]',
).replace('"reserve:dsra", ', '"reserve:dsra", "trap?lockup", ')
USD = 10**6


@dataclass
class Stage:
    """Where deals are run. chain : straight to the node."""

    url: str
    chain: RetryingRpc
    folder: Path

    def launch(self, name: str = "small", salt: int = 0, text: str = TESTED, **more: object) -> Path:
        """A manifest, in the place --all looks for it."""
        deal = self.folder / f"{name}.toml"
        deal.write_text(text)
        order = make_order(deal, SPONSOR, {"operator": OPERATOR}, salt=salt, **more)
        file = self.folder / "deployments" / "31337" / f"{name}.json"
        way = networks.Network(self.url, self.url)
        return execute(self.chain, way, order, lambda: KeySigner(KEYS[SPONSOR]), file, PACE).file

    def manifest(self, file: Path) -> Manifest:
        return manifests.read(file)

    def deal(self, file: Path, chain: RetryingRpc | None = None) -> Deployment:
        return open_deployment(self.manifest(file), chain or self.chain)

    def members(self, *files: Path, chain: RetryingRpc | None = None) -> list[DeployedDeal]:
        found, faults = open_deployments([(file, self.manifest(file)) for file in files], chain or self.chain)
        assert not faults
        return found

    def pay(self, file: Path, amount: int) -> None:
        """Revenue that somebody sends to the deal."""
        made = self.manifest(file)
        self.chain.at(made.asset, compile_contracts()["MockUSD"].abi).send("mint", made.deal, amount)

    def day(self, days: int) -> None:
        self.chain.set_time(START + days * DAY)

    def period(self, file: Path) -> int:
        return int(self.chain.call(self.manifest(file).deal, compile_contracts()["IDeal"].abi, "state").period)

    def sent(self, account: str = SPONSOR) -> int:
        return int(self.chain.ask("eth_getTransactionCount", account, "latest"), 16)


def settle_due(
    stage: Stage, *files: Path, account: str = SPONSOR, chain: RetryingRpc | None = None, **more: Any
) -> list[Settled]:
    chain = chain or stage.chain
    members = stage.members(*files, chain=chain)
    return settle.settle_due(chain, members, KeySigner(KEYS[account]), PACE, **more)


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture
def stage(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.chdir(tmp_path)
    chain = networks.connect(url, QUICK)
    with chain.undone():
        yield Stage(url, chain, tmp_path)
        chain.ask("evm_setAutomine", True)
