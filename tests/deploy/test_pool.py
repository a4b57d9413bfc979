"""
Deploying through a public endpoint: a pool of nodes that lag, lose answers and disagree.

given any mix of faults, and blocks that come of themselves
    a run should come to its end with one of everything, or say in a line what it waits for, and the next complete it
    the journal should not say that a block was reorganised, or a step undone, where none was
given a complete deployment
    the same command should find it so
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from penstock.deploy.run import execute
from penstock.evm import networks
from penstock.evm.broadcast import Pace
from penstock.evm.errors import NodeFailed
from penstock.evm.signers import KeySigner
from penstock.onchain import manifest as manifests
from tests.deploy.conftest import Stage
from tests.fixtures.actors import KEYS, SPONSOR
from tests.fixtures.blocks import mining
from tests.fixtures.pool import POOL_POLICY, Faults, pool, seeds

pytestmark = pytest.mark.sampled

SLOWLY = Pace(confirmations=2, poll=0.05, replacement=2.0, step=60.0)

# Receipts of most runs may come after 20 s, those of the quick ones after 2 s.
QUICK_RUNS, LATE, NOT_SO_LATE = [8], 20.0, 2.0


def run(stage: Stage, url: str) -> Any:
    chain = networks.connect(url, POOL_POLICY)
    signer = KeySigner(KEYS[SPONSOR])
    way = networks.Network(url, url)
    return execute(chain, way, stage.order(), lambda: signer, stage.file, SLOWLY)


def events(stage: Stage) -> list[str]:
    return [json.loads(line)["event"] for line in manifests.journal_of(stage.file).read_text().splitlines()]


@pytest.mark.parametrize("seed", seeds(QUICK_RUNS, 8))
def test_any_mix_of_faults(stage: Stage, undisturbed: dict[str, Any], seed: int) -> None:
    faults = Faults.drawn(random.Random(seed), NOT_SO_LATE if seed in QUICK_RUNS else LATE)
    stage.chain.ask("anvil_mine", "0x5")
    with mining(stage.url, 0.1), pool(stage.url, faults, seed) as endpoint:
        try:
            run(stage, endpoint.url)
        except NodeFailed as failed:
            assert "\n" not in str(failed)
            run(stage, stage.url)
        assert not {"reorganised", "undone", "failed"} & set(events(stage))
        assert events(stage)[-1] == "complete"
        again = run(stage, endpoint.url)
        assert again.already
    stage.require_once(undisturbed)
