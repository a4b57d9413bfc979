"""A stage for operation: one Anvil, taken back after each test, and deals of one system on it with their manifests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy.run import execute, make_order
from penstock.evm import networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import KeySigner
from penstock.onchain import manifest as manifests
from penstock.onchain.deployments import DeployedDeal, open_deployment, open_deployments
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import Manifest
from penstock.operate import settle
from penstock.operate.settle import Settled
from tests.fixtures.actors import KEYS, OPERATOR, SPONSOR
from tests.fixtures.chains import PACE, QUICK, START
from tests.fixtures.deals import TESTED, working_in

DAY = 86_400
USD = 10**6


@dataclass
class Stage:
    """Where deals are run. chain : straight to the node. ready : manifests of deals that are launched there already."""

    url: str
    chain: RetryingRpc
    folder: Path
    ready: dict[tuple[object, ...], Path] = field(default_factory=dict)

    def launch(self, name: str = "small", salt: int = 0, text: str = TESTED, **more: object) -> Path:
        """A manifest, in the place --all looks for it."""
        if ready := self.ready.get((salt, text, *more.items())):
            return self._copied(ready, name)
        deal = self.folder / f"{name}.toml"
        deal.write_text(text)
        order = make_order(deal, SPONSOR, {"operator": OPERATOR}, salt=salt, **more)
        file = self.folder / "deployments" / "31337" / f"{name}.json"
        way = networks.Network(self.url, self.url)
        return execute(self.chain, way, order, lambda: KeySigner(KEYS[SPONSOR]), file, PACE).file

    def _copied(self, ready: Path, name: str) -> Path:
        """Deal file, journal and manifest of a deal that is launched already, under another name."""
        for file in ready.rglob("small.*"):
            copy = self.folder / file.relative_to(ready).with_name(file.name.replace("small", name, 1))
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(file.read_text().replace("small.toml", f"{name}.toml"))
        return self.folder / "deployments" / "31337" / f"{name}.json"

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
def _ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two deals launched, as most tests need them, on an Anvil of their own."""
    with nodes.anvil(timestamp=START) as node:
        stage = Stage(node.url, networks.connect(node.url, QUICK), tmp_path_factory.mktemp("ready"))
        for salt in range(2):
            folder = tmp_path_factory.mktemp("ready")
            replace(stage, folder=folder).launch(salt=salt)
            stage.ready[salt, TESTED] = folder
        yield stage


@pytest.fixture(scope="session")
def url(_ready: Stage) -> str:
    return _ready.url


@pytest.fixture
def stage(_ready: Stage, tmp_path: Path) -> Iterator[Stage]:
    chain = networks.connect(_ready.url, QUICK)
    with working_in(tmp_path), chain.undone():
        yield Stage(_ready.url, chain, tmp_path, _ready.ready)
        chain.ask("evm_setAutomine", True)
