"""Runs a plan on a private chain from the same addresses: the gas of each step, and whether one is refused."""

from __future__ import annotations

import time
from typing import Any

from penstock.deploy.plan import Kind, Plan, Step
from penstock.evm import nodes
from penstock.evm.artifacts import Artifact
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRefused, ChainRevert, NodeFailed, NodeNotInstalled
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import Rpc
from penstock.onchain.addresses import PROXY_CODE, PROXY_GAS, PROXY_SENDER
from penstock.onchain.launch import LaunchRefused
from penstock.onchain.terms_encode import NO_ADDRESS

# Answers 1 to every call: a policy that lets everyone hold. The real policy is asked on its own chain.
SAYS_YES = "0x600160005260206000f3"
RICH = hex(10**24)
RECEIPT_SECONDS = 30.0


def rehearse(plan: Plan, chain: RetryingRpc) -> dict[str, int]:
    """
    The gas of every step by its id, on Anvil as if nothing were done yet; without one, of those left to do, on the node
    of the chain itself. The real asset and policy may use more or less.

    Raises
    ------
    LaunchRefused : when a contract refuses a step. NodeNotInstalled : without Anvil, when the node cannot simulate.
    NodeFailed : when Anvil does not answer.
    """
    try:
        nodes.anvil_binary()
    except NodeNotInstalled as missing:
        return _simulate(plan, chain, str(missing))
    # An offering compares its deadline with the chain's clock
    with nodes.anvil(timestamp=chain.now()) as node:
        stage = _Stage(Rpc(node.ipc or node.url), plan)
        return stage.play()


def _simulate(plan: Plan, chain: RetryingRpc, missing: str) -> dict[str, int]:
    """By eth_simulateV1, which most public nodes answer: the steps after one another, sent by a rich sponsor."""
    gas = {step.id: PROXY_GAS if step.kind is Kind.KEYLESS else 0 for step in plan.steps}
    steps = [step for step in plan.to_do if step.kind is not Kind.KEYLESS]
    calls = [{"from": s.sender, "to": s.to, "input": "0x" + s.data.hex(), "value": hex(s.value)} for s in steps]
    overrides = {plan.order.sponsor: {"balance": RICH}, plan.parts.proxy: {"code": "0x" + PROXY_CODE.hex()}}
    block = {"stateOverrides": overrides, "calls": calls}
    try:
        made = chain.ask("eth_simulateV1", {"blockStateCalls": [block], "validation": False}, "latest")[0]["calls"]
    except ChainRefused as refused:
        raise NodeNotInstalled(f"the dry run needs Anvil, or a node that simulates: {missing}; {refused}") from None
    for step, done in zip(steps, made, strict=True):
        if int(done["status"], 16) != 1:
            reason = chain.registry.revert(bytes.fromhex(str(done.get("returnData", "0x"))[2:]))
            raise LaunchRefused(f"the dry run was refused when asked to {step.intent}: {reason}")
        # What is used, and what calls within calls hold back: 1/64 each.
        gas[step.id] = int(done["gasUsed"], 16) * 21 // 20
    return gas


class _Stage:
    def __init__(self, chain: Rpc, plan: Plan) -> None:
        self.chain, self.plan = chain, plan
        for artifact in plan.artifacts.values():
            chain.registry.add(artifact.abi)

    def play(self) -> dict[str, int]:
        plan, chain = self.plan, self.chain
        # Anvil has the proxy; the plan may have to deploy it.
        chain.ask("anvil_setCode", plan.parts.proxy, "0x")
        for address in (plan.parts.proxy, PROXY_SENDER):
            chain.ask("anvil_setNonce", address, "0x0")
        chain.ask("anvil_impersonateAccount", plan.order.sponsor)
        chain.ask("anvil_setBalance", plan.order.sponsor, RICH)
        if plan.order.asset:
            self._stand_in(plan.order.asset, plan.artifacts["MockUSD"])
        for given in (plan.order.policy, plan.order.reports):
            if given not in (None, NO_ADDRESS):
                chain.ask("anvil_setCode", given, SAYS_YES)
        return {step.id: self._gas(step) for step in plan.steps}

    def _stand_in(self, asset: Address, mock: Artifact) -> None:
        made = self.chain.deploy(mock, self.plan.order.terms.decimals)
        self.chain.ask("anvil_setCode", asset, "0x" + self.chain.code(made.address).hex())
        if self.plan.order.terms.opening:
            self.chain.at(asset, mock.abi).send("mint", self.plan.order.sponsor, self.plan.order.terms.opening)

    def _gas(self, step: Step) -> int:
        if step.kind is Kind.KEYLESS:
            assert step.raw is not None
            self._sent(step, "0x" + step.raw.hex(), "eth_sendRawTransaction")
            return PROXY_GAS
        request = {"from": step.sender, "to": step.to, "data": "0x" + step.data.hex(), "value": hex(step.value)}
        try:
            limit = int(self.chain.ask("eth_estimateGas", request), 16)
        except ChainRevert as refused:
            raise LaunchRefused(f"the dry run was refused when asked to {step.intent}: {refused}") from None
        self._sent(step, request | {"gas": hex(limit * 5 // 4)}, "eth_sendTransaction")
        return limit

    def _sent(self, step: Step, request: str | dict[str, Any], method: str) -> None:
        sent, deadline = self.chain.ask(method, request), time.monotonic() + RECEIPT_SECONDS
        while not (receipt := self.chain.ask("eth_getTransactionReceipt", sent)):
            if time.monotonic() > deadline:
                raise NodeFailed(f"the dry run's Anvil has not mined {sent} after {RECEIPT_SECONDS:.0f} s")
            time.sleep(0.002)
        if int(receipt["status"], 16) != 1:
            raise LaunchRefused(f"the dry run failed when asked to {step.intent}")
