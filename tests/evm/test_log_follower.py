"""
Following logs through a pool of nodes that are behind, or say that there are none.

It should give every log once, in order, whatever node answers.
"""

from __future__ import annotations

import random

import pytest

from penstock.evm import networks
from penstock.evm.artifacts import Artifact
from penstock.evm.log_follower import Follower
from penstock.evm.retry import RetryPolicy
from penstock.evm.rpc import Rpc
from tests.evm.conftest import START
from tests.evm.proxy import proxied
from tests.fixtures.pool import Faults, pool, seeds

pytestmark = pytest.mark.sampled

QUICK = RetryPolicy(request=5.0, outage=20.0, start=5.0, first_pause=0.01, longest_pause=0.05, behind=20.0)


@pytest.mark.parametrize("seed", seeds([0, 1], 8))
def test_no_log_is_lost_and_none_told_twice(node: Rpc, counter_artifact: Artifact, seed: int) -> None:
    counter = node.deploy(counter_artifact, START + 86_400)
    drawn = Faults.drawn(random.Random(seed), longest=0.0)
    faults = Faults(stale=drawn.stale or 0.3, behind=drawn.behind, no_logs=drawn.no_logs or 0.3, nulls=drawn.nulls)
    with pool(node.endpoint, faults, seed) as endpoint:
        chain = networks.connect(endpoint.url, QUICK)
        topics = [log.topics[0] for log in counter.send("add", 1, "0").logs]
        follower = Follower(chain, [counter.address], topics, node.block())
        logs = []
        for count in range(1, 9):
            counter.send("add", 1, str(count))
            node.ask("evm_mine")
            step = follower.step()
            logs += step.logs if step else []
        for _ in range(20):
            step = follower.step()
            logs += step.logs if step else []
    events = [counter.abi.event(log) for log in logs]
    assert [event["note"] for event in events if event] == [str(count) for count in range(9)]


def test_logs_that_ranges_leave_out_are_read_from_their_blocks(node: Rpc, counter_artifact: Artifact) -> None:
    """As of a watch that begins at the launch: nobody compares what it reports with the deal's state."""
    counter = node.deploy(counter_artifact, START + 86_400)
    topics = [log.topics[0] for log in counter.send("add", 1, "0").logs]
    begins = node.block()
    for _ in range(40):
        node.ask("evm_mine")
    counter.send("add", 1, "1")
    with proxied(node.endpoint) as proxy:
        proxy.rewrite("eth_getLogs", lambda call, logs: logs if "blockHash" in call.params[0] else [])
        step = Follower(networks.connect(proxy.url, QUICK), [counter.address], topics, begins).step()
    assert step is not None
    assert [event["note"] for event in map(counter.abi.event, step.logs) if event] == ["0", "1"]
