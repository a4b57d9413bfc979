"""
Status, audit and watch through public endpoints: pools of nodes that lag, lose answers and disagree.

given any mix of faults, and blocks that come of themselves
    status should show what a good node shows
    an audit of a sound deal should be clean, with every event, and of another name its first difference
    a watch should tell of every event once, in order, and nothing else of the deal
given a command that meets null or {} for what it asks
    it should ask again, or say in a line what it waits for
"""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.retry import RetryingRpc
from penstock.operate.status import DealStatus, status_of
from penstock.operate.watch import watch
from tests.fixtures.actors import HOLDER, OPERATOR
from tests.fixtures.blocks import mining
from tests.fixtures.pool import POOL_POLICY, Faults, pool, seeds
from tests.operate.conftest import USD, Stage


def live(stage: Stage, file: Path, days: int) -> None:
    """A period: revenue, its settlement, claims of shares and of the fee, a sale."""
    stage.pay(file, 300 * USD)
    stage.day(days)
    deployment = stage.deal(file)
    deployment.deal.send("settle", 1)
    deployment.deal.send("claim", 0)
    deployment.deal.send("claimFee", 0, sender=OPERATOR)
    deployment.share(0).send("transfer", HOLDER, 7 * USD)


@pytest.fixture
def lived(stage: Stage) -> Path:
    """A deal after two periods, the first of them too long ago to be compared always."""
    file = stage.launch()
    live(stage, file, 100)
    stage.chain.ask("anvil_mine", "0x14")
    live(stage, file, 200)
    return file


def shown(stage: Stage, file: Path, chain: RetryingRpc) -> DealStatus:
    """Without its block, which goes on meanwhile."""
    (member,) = stage.members(file, chain=chain)
    found = status_of(member)
    return replace(found, snapshot=replace(found.snapshot, block=0, now=0))


@pytest.mark.parametrize("seed", seeds([0], 20))
def test_status(stage: Stage, lived: Path, seed: int) -> None:
    expected = shown(stage, lived, stage.chain)
    assert len(expected.positions) == 3
    faults = Faults.drawn(random.Random(2000 + seed), longest=0.0)
    with mining(stage.url, 0.2), pool(stage.url, faults, seed) as endpoint:
        assert shown(stage, lived, networks.connect(endpoint.url, POOL_POLICY)) == expected


def audited(stage: Stage, file: Path, chain: RetryingRpc) -> Audit:
    manifest = stage.manifest(file)
    target = Target(manifest.deal, manifest.deal_text, "small.toml", manifest)
    return audit(chain, target, Path("checkpoint"))


@pytest.mark.parametrize("seed", seeds([], 20))
def test_audit(stage: Stage, lived: Path, seed: int) -> None:
    source = random.Random(3000 + seed)
    faults = Faults.drawn(source, longest=0.0)
    if tampered := source.random() < 0.3:
        slot = hex(compile_contracts()["Deal"].slots["_arrears"])
        stage.chain.ask("anvil_setStorageAt", stage.manifest(lived).deal, slot, f"0x{7:064x}")
    expected = audited(stage, lived, stage.chain)
    with mining(stage.url, 0.2), pool(stage.url, faults, seed) as endpoint:
        found = audited(stage, lived, networks.connect(endpoint.url, POOL_POLICY))
    assert (expected.findings.first is not None) == tampered
    assert str(found.findings.first) == str(expected.findings.first)
    for each in ("name", "events", "holders", "periods", "late", "since"):
        assert getattr(found, each) == getattr(expected, each)


def of_the_deal(lines: list[str]) -> list[str]:
    """Without what a watch tells of the node."""
    return [line for line in lines if line.startswith("block ")]


@pytest.mark.parametrize("seed", seeds([], 20))
def test_watch(stage: Stage, seed: int) -> None:
    file = stage.launch()
    faults = Faults.drawn(random.Random(4000 + seed), longest=0.0)
    lines: list[str] = []
    ended = threading.Event()
    launched = stage.manifest(file).launch.block
    with pool(stage.url, faults, seed) as endpoint:
        chain = networks.connect(endpoint.url, replace(POOL_POLICY, outage=5.0))
        (member,) = stage.members(file, chain=networks.connect(endpoint.url, POOL_POLICY))
        member = replace(member, chain=chain)

        def run() -> None:
            watch(chain, [member], lines.append, first=launched, until=last, poll=0.05)
            ended.set()

        last = stage.chain.block() + 40
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        for days in (100, 200):
            live(stage, file, days)
        stage.chain.ask("anvil_mine", "0x28")
        thread.join(120)
    assert ended.is_set(), lines
    expected: list[str] = []
    watch(stage.chain, stage.members(file), expected.append, first=launched, until=last, once=True)
    assert len(of_the_deal(expected)) == 10
    assert of_the_deal(lines) == expected
    assert {line.split(":")[0] for line in lines if line not in expected} <= {
        "the node does not respond",
        "the node answers again",
    }
