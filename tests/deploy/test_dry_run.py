"""
The dry run of a plan.

given Anvil                                 it should find each step's gas there
given no Anvil, and a node that simulates   it should find about the same on the node, and send nothing
given a contract that refuses a step        it should say which step, and why
given neither                               it should say in one line what is missing
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.deploy.dry_run import rehearse
from penstock.deploy.plan import Order, Plan
from penstock.deploy.preflight import make_plan
from penstock.evm import networks, nodes
from penstock.evm.errors import ChainRefused, NodeNotInstalled
from penstock.evm.retry import RetryingRpc
from penstock.model.shares import Allotment
from penstock.onchain.launch import LaunchRefused

MINIMAL = Path(__file__).parents[2] / "deals" / "minimal.toml"


@pytest.fixture(scope="module")
def chain() -> Iterator[RetryingRpc]:
    with nodes.anvil() as node:
        yield networks.connect(node.url)


@pytest.fixture(scope="module")
def plan(chain: RetryingRpc) -> Plan:
    terms = load(MINIMAL)
    sponsor = chain.accounts[0]
    given = tuple(Allotment(index, sponsor, each.supply) for index, each in enumerate(terms.tranches))
    order = Order(MINIMAL.name, MINIMAL.read_text(), terms, sponsor, {}, given)
    return make_plan(chain, networks.Network(chain.endpoint, chain.endpoint), order)


@pytest.fixture
def no_anvil(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise NodeNotInstalled("no `anvil` on the PATH")

    monkeypatch.setattr(nodes, "anvil_binary", missing)


@pytest.mark.usefixtures("no_anvil")
def test_the_node_simulates_what_anvil_would_say(plan: Plan, chain: RetryingRpc) -> None:
    wanted = {step.id: step.gas for step in plan.to_do}
    before = (chain.block(), chain.ask("eth_getTransactionCount", plan.order.sponsor, "pending"))
    found = rehearse(plan, chain)
    assert (chain.block(), chain.ask("eth_getTransactionCount", plan.order.sponsor, "pending")) == before
    assert len(wanted) >= 4
    for step, gas in wanted.items():
        assert gas <= found[step] * 5 // 4 and found[step] <= gas * 5 // 4, step


@pytest.mark.usefixtures("no_anvil")
def test_a_refused_step_is_named_with_its_reason(plan: Plan, chain: RetryingRpc) -> None:
    steps = tuple(replace(s, data=s.data[:4]) if s.id == "launch" else s for s in plan.steps)
    with pytest.raises(LaunchRefused, match="the dry run was refused when asked to launch Minimal"):
        rehearse(replace(plan, steps=steps), chain)


@pytest.mark.usefixtures("no_anvil")
def test_a_node_that_cannot_simulate_is_said(plan: Plan, chain: RetryingRpc, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(method: str, *params: object) -> object:
        raise ChainRefused(f"{method}: the method does not exist")

    monkeypatch.setattr(chain, "ask", ask)
    with pytest.raises(NodeNotInstalled, match=r"needs Anvil, or a node that simulates: no `anvil` .*does not exist"):
        rehearse(plan, chain)
