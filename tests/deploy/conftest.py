"""A stage for deployments: one Anvil, taken back after each test, and what an undisturbed run leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy.plan import Order
from penstock.deploy.run import Deployed, execute, make_order
from penstock.evm import networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.broadcast import Pace
from penstock.evm.dev_accounts import development_keys
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.evm.signers import KeySigner
from penstock.onchain.manifest import Manifest, read

START = 1_767_225_600
KEYS = development_keys()
SPONSOR, OPERATOR, HOLDER, OTHER = list(KEYS)[:4]
QUICK = RetryPolicy(request=1.0, outage=20.0, start=2.0, first_pause=0.02, longest_pause=0.2)
PACE = Pace(confirmations=1, poll=0.05, replacement=0.3, step=20.0)
DEAL = """
[deal]
name = "Small"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 3
periods = 4
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "1_000.00"
coupon = "0.08"
principal = { kind = "linear" }
[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
shares = 500
[[fee]]
id = "om"
payee = "operator"
fixed = "10.00"
[[reserve]]
id = "dsra"
target = "50.00"
opening = "50.00"
supports = ["interest:senior", "principal:senior"]
[ladder]
normal = ["fee:om", "interest:senior", "principal:senior", "reserve:dsra", "residual:equity"]
"""


@dataclass
class Stage:
    """Where a test deploys. chain : straight to the node. file : of the manifest."""

    url: str
    chain: RetryingRpc
    deal: Path
    file: Path

    def order(self, **more: Any) -> Order:
        return make_order(self.deal, SPONSOR, {"operator": OPERATOR}, **{"policy": None, **more})

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
        assert [event.name for event in factory.events()] == ["Launched"]
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
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture
def stage(url: str, tmp_path: Path) -> Iterator[Stage]:
    deal = tmp_path / "small.toml"
    deal.write_text(DEAL)
    chain = networks.connect(url)
    with chain.undone():
        yield Stage(url, chain, deal, tmp_path / "small.json")
        chain.ask("evm_setAutomine", True)


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
            *("TrancheShareLogic", "DealFactory", "MockUSD", "HolderRegistry", "allow:1", "mint", "approve", "launch")
        ]
        return told
