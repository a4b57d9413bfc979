"""
the extension that every deal delegates its rare calls to, and the trial that the extension delegates to
├── given either is called at its own address, every function should be refused and nothing kept
├── given a call that no part of a deal has, it should be refused without data and nothing kept
├── given the views of a deal, they should say what the terms and the state say
├── given a chain that creates contracts at other addresses than Ethereum, the launch should be refused
└── given what every contract takes, there should be room for more rules
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from penstock.evm.abi import Function
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRevert
from penstock.model.calendar import timestamp
from penstock.model.terms import DealTerms
from penstock.onchain.addresses import clone_code, create
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import encode_terms
from tests.contracts import deals
from tests.contracts.stage import SENIOR, USD, Stage, everything_to, put_on, trial_of

MOST_BYTES, MOST_CREATION_BYTES = 24_576, 49_152
UNKNOWN = bytes.fromhex("ffffffff")
ZERO: dict[str, Any] = {"address": "0x" + "00" * 20, "bool": False, "bytes": b"", "(uint8,address,uint64)[]": []}


def arguments(function: Function) -> list[Any]:
    inside = function.signature[function.signature.index("(") + 1 : -1]
    kinds = [inside] if "[]" in inside else inside.split(",")
    return [ZERO.get(each, 0) for each in kinds if each]


def own_address(system: System, name: str) -> Address:
    return str(system.factory.call("extension")) if name == "DealExtension" else trial_of(system)


@pytest.mark.parametrize("name", ["DealExtension", "DealTrial"])
def test_inv_10_neither_takes_a_call_at_its_own_address(system: System, name: str) -> None:
    chain, address, abi = system.chain, own_address(system, name), system.artifacts[name].abi
    assert {"DealExtension": "close", "DealTrial": "maySettle"}[name] in abi.functions
    for function in abi.functions.values():
        with pytest.raises(ChainRevert) as refused:
            chain.transact(address, function.encode(arguments(function)), chain.accounts[7])
        assert refused.value.name == "Deal_NotADeal", function.signature
    assert all(chain.storage(address, slot) == bytes(32) for slot in range(80))


def test_inv_10_the_extension_hands_nothing_on_at_its_own_address(system: System) -> None:
    """Without the refusal it would run the trial on its own storage, where the trial cannot tell it from a deal."""
    chain, extension = system.chain, own_address(system, "DealExtension")
    for data in (system.artifacts["DealTrial"].abi.function("maySettle").encode([]), UNKNOWN, b""):
        with pytest.raises(ChainRevert) as refused:
            chain.transact(extension, data, chain.accounts[7])
        assert refused.value.name == "Deal_NotADeal"


def test_inv_10_a_call_that_no_part_has_is_refused_without_data(whole: Stage) -> None:
    chain, before = whole.system.chain, whole.numbers()
    for address in (whole.deal.address, trial_of(whole.system)):
        for data in (UNKNOWN, UNKNOWN + bytes(64), UNKNOWN[:3], b""):
            with whole.refused(""):
                chain.transact(address, data, whole.cast.ann)
    assert whole.numbers() == before


def test_inv_10_a_trial_that_is_not_ours_moves_nothing(system: System, mock: Callable[..., Contract]) -> None:
    """Who deploys a factory chooses the trial. Its code runs as the deal, in calls that can change nothing."""
    chain, artifacts = system.chain, system.artifacts
    factory = mock("DealFactory", mock("TrancheShareLogic").address, mock("ThievingTrial").address)
    stage = put_on(replace(system, factory=factory), replace(deals.PLAIN, grace=5))
    stage.asset.send("mint", stage.deal.address, 1_000 * USD)
    chain.set_time(timestamp(stage.terms.payment_dates[0]))
    may_settle = artifacts["DealTrial"].abi.function("maySettle").encode([])
    for data in (may_settle, artifacts["IDeal"].abi.function("settle").encode([1])):
        with pytest.raises(ChainRevert):
            chain.transact(stage.deal.address, data, chain.accounts[7])
    assert stage.asset.call("balanceOf", stage.deal.address) == 1_000 * USD


def test_a_client_needs_one_abi(system: System) -> None:
    """IDeal has every function, event and error of the three contracts behind a deal."""
    whole = {(each["type"], each.get("name")) for each in system.artifacts["IDeal"].abi.entries}
    for name in ("Deal", "DealExtension", "DealTrial"):
        for each in system.artifacts[name].abi.entries:
            inherited = each["type"] in ("constructor", "fallback") or each.get("name", "").startswith(
                ("ERC20", "ERC7943", "Safe")
            )
            assert inherited or (each["type"], each.get("name")) in whole, each


def test_the_views_say_what_the_terms_and_the_state_say(whole: Stage) -> None:
    deal = whole.deal
    assert deal.call("asset") == whole.asset.address
    assert deal.call("reports") == whole.deployment.reports
    assert deal.call("policy") == whole.deployment.policy
    whole.settle(200_000 * USD)
    credited = whole.state().credited
    assert [deal.call("creditedOf", tranche) for tranche in range(3)] == credited
    assert credited[SENIOR] > 0
    for tranche in (3, 15, 16, 2**255):
        with whole.refused("Deal_NoTranche", {"tranche": tranche}):
            deal.call("creditedOf", tranche)
        with whole.refused("Deal_NoTranche", {"tranche": tranche}):
            deal.call("shareOf", tranche)
    for tranche in (3, 2**96):  # which would shift out of a holder's key
        with whole.refused("Deal_NoTranche", {"tranche": tranche}):
            deal.call("holderOf", tranche, whole.cast.ann)


@pytest.mark.parametrize("early", [False, True])
def test_shares_at_other_addresses_than_ethereums_are_refused(
    system: System, mock: Callable[..., Contract], early: bool
) -> None:
    """As on a chain with another rule for CREATE: without the refusal, no share of such a deal could ever move."""
    chain, me, ann = system.chain, system.chain.accounts[0], system.chain.accounts[1]
    logic = mock("TrancheShareLogic")
    extension = mock("DealExtension", me, logic.address, mock("DealTrial").address)
    deal = _clone(system, mock("LateNonce", extension.address), deals.PLAIN, mock("MockUSD", 6).address)
    if early:
        deal.send("spend")
    allotments = [(each.tranche, each.holder, each.shares) for each in everything_to(ann, deals.PLAIN)]
    data = system.artifacts["DealExtension"].abi.function("close").encode([allotments])
    if not early:
        chain.transact(deal.address, data, me)
        assert chain.code(create(deal.address, 1)) != b""
        return
    with pytest.raises(ChainRevert) as refused:
        chain.transact(deal.address, data, me)
    assert refused.value.name == "Deal_WrongShareAddress"
    expected = {"tranche": 0, "share": create(deal.address, 2), "expected": create(deal.address, 1)}
    assert refused.value.values == expected


def _clone(system: System, implementation: Contract, terms: DealTerms, asset: Address) -> Contract:
    """A clone with terms behind its code, made by nobody's factory."""
    runtime = clone_code(implementation.address) + encode_terms(terms, asset, {"operator": asset, "agent": asset})
    creation = b"\x61" + len(runtime).to_bytes(2, "big") + bytes.fromhex("3d81600a3d39f3") + runtime
    made = system.chain.deploy(replace(system.artifacts["Probe"], bytecode=creation))
    return system.chain.at(made.address, implementation.abi)


def test_there_is_room_for_more_rules() -> None:
    artifacts = compile_contracts()
    assert len(artifacts["Deal"].deployed_bytecode) < MOST_BYTES * 3 // 4
    assert len(artifacts["DealExtension"].deployed_bytecode) < MOST_BYTES * 3 // 4
    # It carries the libraries of a settlement too, and so has a code and a transaction of its own
    assert len(artifacts["DealTrial"].deployed_bytecode) < MOST_BYTES * 3 // 4
    assert len(artifacts["DealFactory"].bytecode) < MOST_CREATION_BYTES * 4 // 5, "it carries deal and extension"
