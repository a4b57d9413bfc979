"""
ERC-7943 (uRWA, fungible), point by point; the numbers are the sentences of its specification
├── interface: its id is 0x3edbb4c4, ERC-165 says so, and every function, event and error has the standard's form
├── canSend, canReceive, canTransfer, getFrozenTokens: never revert; canTransfer checks both sides and what is frozen
├── transfer, transferFrom and transferCum do not succeed where canTransfer is false
├── setFrozenTokens: by whom the policy says, more than is held too, with an event; what is frozen is not sent
└── forcedTransfer: refused, for everybody, while the terms allow none
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from random import Random

import pytest
from eth_utils.crypto import keccak

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, NOBODY, SENIOR, USD, Stage, put_on

FUNCTIONS = (
    "forcedTransfer(address,address,uint256)",
    "setFrozenTokens(address,uint256)",
    "canSend(address)",
    "canReceive(address)",
    "getFrozenTokens(address)",
    "canTransfer(address,address,uint256)",
)
EVENTS = ("ForcedTransfer(address,address,uint256)", "Frozen(address,uint256)")
ERRORS = (
    "ERC7943CannotSend(address)",
    "ERC7943CannotReceive(address)",
    "ERC7943CannotTransfer(address,address,uint256)",
    "ERC7943InsufficientUnfrozenBalance(address,uint256,uint256)",
)
UNFROZEN = "ERC7943InsufficientUnfrozenBalance"
REASONS = {each.split("(")[0] for each in ERRORS}


@pytest.fixture
def ruled(system: System, mock: Callable[..., Contract]) -> Stage:
    """Under a policy that refuses whom a test says, and freezes what the sponsor says."""
    return put_on(system, deals.PLAIN, policy=mock("PickyPolicy"))


def refuse(stage: Stage, account: str, refused: bool = True) -> None:
    policy = stage.system.chain.at(stage.deployment.policy, stage.system.artifacts["PickyPolicy"].abi)
    policy.send("refuse", account, refused)


def test_the_interface_is_the_standards(plain: Stage) -> None:
    selectors = [int.from_bytes(keccak(text=each)[:4], "big") for each in FUNCTIONS]
    assert reduce(lambda one, other: one ^ other, selectors) == 0x3EDBB4C4
    share = plain.share()
    for name in ("3edbb4c4", "01ffc9a7", "36372b07", "9d8ff7da"):
        assert share.call("supportsInterface", bytes.fromhex(name)) is True
    for name in ("ffffffff", "bf1ef5fe", "41c4fbad", "00000000"):
        assert share.call("supportsInterface", bytes.fromhex(name)) is False
    assert set(FUNCTIONS) <= set(share.abi.functions)
    signatures = {
        kind: {
            f"{each['name']}({','.join(part['type'] for part in each['inputs'])})"
            for each in share.abi.entries
            if each["type"] == kind
        }
        for kind in ("event", "error")
    }
    assert set(EVENTS) <= signatures["event"]
    assert set(ERRORS) <= {
        f"{each['name']}({','.join(part['type'] for part in each['inputs'])})"
        for each in plain.system.artifacts["IERC7943Fungible"].abi.entries
        if each["type"] == "error"
    }


def test_without_a_policy_everybody_may(plain: Stage) -> None:
    share, cast = plain.share(), plain.cast
    for account in (cast.ann, cast.stranger, NOBODY, plain.deal.address):
        assert share.call("canSend", account) is True
        assert share.call("canReceive", account) is True
        assert share.call("getFrozenTokens", account) == 0
        assert share.call("canTransfer", cast.stranger, account, EVERYTHING) is True
    with plain.refused("Deal_NoPolicy"):
        share.send("setFrozenTokens", cast.ann, 1, sender=cast.sponsor)


def test_views_say_what_the_policy_says_of_this_share(ruled: Stage) -> None:
    share, cast = ruled.share(), ruled.cast
    refuse(ruled, cast.bob)
    assert [share.call("canSend", each) for each in (cast.ann, cast.bob)] == [True, False]
    assert [share.call("canReceive", each) for each in (cast.ann, cast.bob)] == [True, False]
    share.send("setFrozenTokens", cast.ann, 7, sender=cast.sponsor)
    assert share.call("getFrozenTokens", cast.ann) == 7
    assert ruled.share(1).call("getFrozenTokens", cast.ann) == 0, "each tranche by itself"
    for sender, receiver in ((cast.bob, cast.ann), (cast.ann, cast.bob)):
        assert share.call("canTransfer", sender, receiver, 1) is False


def test_freezing_is_an_event_and_keeps_shares_from_being_sent(ruled: Stage) -> None:
    share, cast, supply = ruled.share(), ruled.cast, 100_000 * USD
    (event,) = share.send("setFrozenTokens", cast.ann, supply - 5, sender=cast.sponsor).events(share.abi)
    assert (event.name, event.address, dict(event.values)) == (
        "Frozen",
        share.address,
        {"account": cast.ann, "amount": supply - 5},
    )
    share.send("transfer", cast.bob, 5, sender=cast.ann)
    share.send("approve", cast.stranger, EVERYTHING, sender=cast.ann)
    for name, arguments, sender in (
        ("transfer", (cast.bob, 1), cast.ann),
        ("transferCum", (cast.bob, 1), cast.ann),
        ("transferFrom", (cast.ann, cast.bob, 1), cast.stranger),
    ):
        with ruled.refused(UNFROZEN, {"account": cast.ann, "amount": 1, "unfrozen": 0}):
            share.send(name, *arguments, sender=sender)
    share.send("setFrozenTokens", cast.ann, EVERYTHING, sender=cast.sponsor)  # more than is held, in advance
    assert share.call("getFrozenTokens", cast.ann) == EVERYTHING
    share.send("transfer", cast.ann, 5, sender=cast.bob)
    share.send("setFrozenTokens", cast.ann, 0, sender=cast.sponsor)
    share.send("transfer", cast.bob, supply, sender=cast.ann)


def test_freezing_never_stops_a_claim(ruled: Stage) -> None:
    cast = ruled.cast
    ruled.settle(20_000 * USD)
    ruled.share().send("setFrozenTokens", cast.ann, EVERYTHING, sender=cast.sponsor)
    refuse(ruled, cast.ann)
    assert ruled.claim(SENIOR, cast.ann) == 20_000 * USD


def test_nobody_freezes_but_whom_the_policy_lets(ruled: Stage) -> None:
    share, cast = ruled.share(), ruled.cast
    for sender in (cast.ann, cast.stranger):
        with ruled.refused("PickyPolicy_NotFreezer", {"operator": sender}):
            share.send("setFrozenTokens", cast.ann, 1, sender=sender)
        with ruled.refused("Deal_NotShare", {"caller": sender}):
            ruled.deal.send("setFrozen", SENIOR, cast.sponsor, cast.ann, 1, sender=sender)


def test_a_registry_freezes_nothing(system: System, mock: Callable[..., Contract]) -> None:
    registry = mock("HolderRegistry", system.chain.accounts[0])
    registry.send("allow", system.chain.accounts[:4])
    stage = put_on(system, deals.PLAIN, policy=registry)
    with stage.refused("HolderRegistry_CannotFreeze"):
        stage.share().send("setFrozenTokens", stage.cast.ann, 1, sender=stage.cast.sponsor)


def test_a_policy_that_answers_no_has_frozen_nothing(system: System, mock: Callable[..., Contract]) -> None:
    responder = mock("ScriptedResponder")
    responder.send("respond", 0, (1).to_bytes(32, "big"), 32)
    stage = put_on(system, deals.PLAIN, policy=responder)
    responder.send("respond", 0, bytes(32), 32)
    with stage.refused("TrancheShare_NotFrozen", {"account": stage.cast.ann, "amount": 3}):
        stage.share().send("setFrozenTokens", stage.cast.ann, 3, sender=stage.cast.sponsor)


def test_nobody_forces_a_transfer_that_the_terms_do_not_allow(ruled: Stage) -> None:
    share, cast = ruled.share(), ruled.cast
    for sender in (cast.sponsor, cast.ann, cast.stranger):
        with ruled.refused("Deal_NoForcedMoves", {"from": cast.ann, "to": cast.bob, "amount": 1}):
            share.send("forcedTransfer", cast.ann, cast.bob, 1, sender=sender)


def test_can_transfer_is_false_exactly_when_the_policy_refuses_drawn(ruled: Stage) -> None:
    share, cast = ruled.share(), ruled.cast
    random, outcomes = Random(7943), set()
    people = (cast.ann, cast.bob, cast.cho)
    for _ in range(120):
        kind = random.randrange(3)
        if kind == 0:
            refuse(ruled, random.choice(people), random.random() < 0.3)
        elif kind == 1:
            account = random.choice(people)
            amount = random.choice((0, share.call("balanceOf", account) * 2 // 3, EVERYTHING))
            share.send("setFrozenTokens", account, amount, sender=cast.sponsor)
        seller, buyer = random.choice(people), random.choice(people)
        held = share.call("balanceOf", seller)
        amount = random.choice((0, held // 2, held, held + 1, EVERYTHING))
        said, reason = share.call("canTransfer", seller, buyer, amount), ""
        try:
            share.send(random.choice(("transfer", "transferCum")), buyer, amount, sender=seller)
        except ChainRevert as refusal:
            reason = refusal.name
        assert said is (reason not in REASONS), (held, amount, reason)
        outcomes.add(reason)
    assert {"", UNFROZEN, "ERC7943CannotSend", "ERC7943CannotReceive", "ERC20InsufficientBalance"} <= outcomes
