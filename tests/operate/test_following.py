"""
Following logs where the node is of two minds, and figures for a collector.

given logs of a block that is none of the chain's
    they should not be told
given a reorganisation deeper than is remembered
    it should be refused
given reserves and trapped cash
    the figure of reserves should be the reserves'
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.evm import log_follower, networks
from penstock.evm.log_follower import Follower, TooDeep
from penstock.onchain.deployments import Fault
from penstock.operate import metrics
from penstock.operate.deployments import snapshots
from tests.evm.proxy import first, proxied
from tests.fixtures.chains import QUICK
from tests.operate.conftest import USD, Stage


def test_logs_of_a_block_that_is_none_of_the_chains_wait(stage: Stage):
    file = stage.launch()
    manifest = stage.manifest(file)
    block = manifest.launch.block
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, QUICK)

        def other(_: Any, logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [each | {"blockHash": "0x" + "66" * 32} for each in logs]

        proxy.rewrite("eth_getLogs", other, nth=first(1))
        follower = Follower(chain, list(manifest.shares.values()), [], block)
        assert follower.step() is None, "the logs are of another block of that number"
        step = follower.step()
        assert step is not None and len(step.logs) == 2


def test_a_reorganisation_deeper_than_is_remembered_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(log_follower, "DEEPEST", 3)
    file = stage.launch()
    begins = stage.chain.block() + 1
    fork = stage.chain.ask("evm_snapshot")
    stage.chain.ask("anvil_mine", "0x8")
    follower = Follower(stage.chain, [stage.manifest(file).deal], [], begins)
    assert follower.step() is not None
    stage.chain.ask("evm_revert", fork)
    stage.chain.ask("anvil_mine", "0x8", "0x7")  # at other times: empty blocks of the same time are the same blocks
    with pytest.raises(TooDeep, match=r"more than 3 blocks reorganised, from before block \d+ on"):
        follower.step()


def test_the_figure_of_reserves_is_theirs(stage: Stage):
    file = stage.launch()
    (member,) = stage.members(file)
    (found,) = snapshots(stage.chain, [member])
    assert not isinstance(found, Fault)
    state = replace(found.state, reserves=[4 * USD, 3 * USD], trapped=[2 * USD, USD])
    text = metrics.text(metrics.Watch(), [member], [(member, replace(found, state=state))])
    labels = f'{{deal="small",chain="31337",address="{member.deal}"}}'
    assert f"penstock_reserves{labels} 7.0" in text.splitlines()
