"""A stage for deployments: one Anvil, taken back after each test, and what an undisturbed run leaves."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy.plan import Order
from penstock.deploy.run import Deployed, execute, make_order
from penstock.evm import networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.broadcast import Pace
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import KeySigner
from penstock.onchain.manifest import Manifest, read
from tests.fixtures.actors import KEYS, OPERATOR, SPONSOR
from tests.fixtures.chains import PACE, QUICK, START
from tests.fixtures.deals import DEAL


@dataclass
class Stage:
    """Where a test deploys. chain : straight to the node. file : of the manifest."""

    url: str
    chain: RetryingRpc
    deal: Path
    file: Path

    def order(self, **more: Any) -> Order:
        return make_order(self.deal, SPONSOR, {"operator": OPERATOR}, **{"policy": None, **more})

    @property
    def manifest(self) -> Manifest:
        return read(self.file)

    def run(self, url: str | None = None, pace: Pace = PACE, order: Order | None = None) -> Deployed:
        """One run from beginning to end, as a new process would do it."""
        way = networks.find(url or self.url)
        chain = networks.connect(way, QUICK)
        signer = KeySigner(KEYS[SPONSOR])
        return execute(chain, way, order or self.order(), lambda: signer, self.file, pace)

    def require_once(self, undisturbed: dict[str, Any]) -> None:
        """Exactly one of everything, and the manifest of an undisturbed run."""
        manifest = read(self.file)
        assert comparable(manifest) == undisturbed
        artifacts = compile_contracts()
        factory = self.chain.at(manifest.factory, artifacts["DealFactory"].abi)
        assert [event.name for event in factory.events()] == ["ShareLaunched"] * len(manifest.shares) + ["Launched"]
        mock = self.chain.at(manifest.asset, artifacts["MockUSD"].abi)
        assert mock.call("totalSupply") == 50 * 10**6 == mock.call("balanceOf", manifest.deal)
        assert mock.call("allowance", SPONSOR, manifest.factory) == 0
        for sent in manifest.transactions:
            block = self.chain.ask("eth_getBlockByNumber", hex(sent.block), False)
            assert block["hash"] == sent.block_hash and sent.hash in block["transactions"]


def comparable(manifest: Manifest) -> dict[str, Any]:
    """A manifest without what differs from one undisturbed run to another: when, and at which nonce."""
    told = manifest.model_dump(by_alias=True)
    told["transactions"] = [each["step"] for each in told["transactions"]]
    told["launch"] = {key: told["launch"][key] for key in ("step", "intent", "sender")}
    for key in ("network", "git_commit", "genesis"):
        del told[key]
    return told


@pytest.fixture(scope="session")
def url(anvil_url: str) -> str:
    return anvil_url


@pytest.fixture
def stage(url: str, tmp_path: Path) -> Iterator[Stage]:
    deal = tmp_path / "small.toml"
    deal.write_text(DEAL)
    chain = networks.connect(url)
    with chain.undone():
        yield Stage(url, chain, deal, tmp_path / "small.json")
        chain.ask("evm_setAutomine", True)


@pytest.fixture(scope="session")
def _launches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Stage]]:
    """Deals by what their orders add, each launched once for a worker, on an Anvil of its own."""
    made: dict[tuple[Any, ...], Stage] = {}
    with ExitStack() as running:

        def launch(**more: Any) -> Stage:
            key = tuple(sorted(more.items()))
            if key not in made:
                node = running.enter_context(nodes.anvil(timestamp=START))
                folder = tmp_path_factory.mktemp("launched")
                (folder / "small.toml").write_text(DEAL)
                stage = Stage(node.url, networks.connect(node.url), folder / "small.toml", folder / "small.json")
                stage.run(order=stage.order(**more))
                made[key] = stage
            return made[key]

        yield launch


@pytest.fixture
def launched_stage(_launches: Callable[..., Stage], tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Gives a stage whose deal is launched, with what its order adds; the chain is taken back after the test."""
    with ExitStack() as undoing:

        def launched(**more: Any) -> Stage:
            kept = _launches(**more)
            shutil.copytree(kept.file.parent, tmp_path, dirs_exist_ok=True)
            chain = networks.connect(kept.url)
            undoing.enter_context(chain.undone())
            return Stage(kept.url, chain, tmp_path / "small.toml", tmp_path / "small.json")

        yield launched


@pytest.fixture(scope="session")
def undisturbed(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    deal = folder / "small.toml"
    deal.write_text(DEAL)
    chain = networks.connect(url)
    with chain.undone():
        stage = Stage(url, chain, deal, folder / "small.json")
        told = comparable(stage.run().manifest)
        assert told["transactions"] == [
            *("TrancheShareLogic", "DealTrial", "DealFactory", "DealLens", "HolderBatch"),
            *("MockUSD", "HolderRegistry", "allow:1", "mint", "approve", "launch"),
        ]
        return told
