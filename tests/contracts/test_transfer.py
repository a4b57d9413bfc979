"""
transfer, transferFrom, approve, moveShares
├── given the seller has the shares
│   ├── when it sends some, they should move with an event, and nothing else should change
│   ├── when it is a contract, it should send its own, never those of whoever called it
│   ├── when it sends none, nothing should change
│   └── when it sends to itself, nothing should change
├── given the seller has too few, it should refuse with seller, shares and need
├── given the zero address
│   ├── when it is to receive, it should refuse
│   ├── when it is to send, it should refuse
│   └── when it is to spend, it should refuse
├── given an allowance
│   ├── when it covers the amount, it should move the shares and fall
│   ├── when it does not, it should refuse with spender, allowance and need
│   └── when it has no limit, it should stay
├── given a policy
│   ├── when it refuses the buyer, or the seller, it should refuse with the one it refuses
│   ├── when it refuses, canTransfer should be false, and true when it does not
│   ├── when it refuses a holder, that holder's cash should be claimable all the same
│   └── when it refuses an allotment, the launch should be refused
└── given somebody else than the share calls moveShares
    ├── when it is a stranger, a holder or another tranche's share, it should refuse with the caller
    └── when there is no such share, it should refuse with the tranche
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, NOBODY, SENIOR, USD, Stage, cast_of, put_on
from tests.contracts.twin import Side, due, refused

Twin = Callable[[DealTerms], Side]
SUPPLY = 100_000 * USD
FROZEN = "ERC7943InsufficientUnfrozenBalance"


def test_shares_move_with_an_event(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    receipt = share.send("transfer", cast.bob, 30, sender=cast.ann)
    (event,) = receipt.events(share.abi)
    assert event.name == "Transfer"
    assert dict(event.values) == {"from": cast.ann, "to": cast.bob, "value": 30}
    assert event.address == share.address
    assert (share.call("balanceOf", cast.ann), share.call("balanceOf", cast.bob)) == (SUPPLY - 30, 30)
    assert share.call("totalSupply") == SUPPLY
    assert share.call("transfer", cast.bob, 1, sender=cast.ann) is True


def test_a_contract_sends_its_own_shares_and_no_callers(plain: Stage, mock: Callable[..., Contract]) -> None:
    cast, share, caller = plain.cast, plain.share(), mock("CallerContract")
    data = share.abi.function("transfer").encode((cast.bob, 5))
    with plain.refused("ERC20InsufficientBalance", {"sender": caller.address, "balance": 0, "needed": 5}):
        caller.send("act", share.address, data, sender=cast.ann)
    share.send("transfer", caller.address, 5, sender=cast.ann)
    caller.send("act", share.address, data, sender=cast.stranger)
    assert (share.call("balanceOf", cast.bob), share.call("balanceOf", caller.address)) == (5, 0)


def test_no_shares_move_without_a_change(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(1_000)
    side.settle()
    before = side.numbers()
    side.transfer(SENIOR, "ann", "bob", 0)
    side.transfer(SENIOR, "bob", "ann", 0)
    assert side.numbers() == before


@pytest.mark.parametrize("shares", [1, 33_333, SUPPLY])
def test_a_transfer_to_oneself_changes_nothing(twin: Twin, shares: int) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(12_345)
    side.settle()
    before = side.numbers()
    side.transfer(SENIOR, "ann", "ann", shares)
    assert side.numbers() == before


def test_more_than_is_held_is_refused(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    side.transfer(SENIOR, "ann", "bob", 5)
    with refused(side, "ERC20InsufficientBalance", "bob", 5, 6):
        side.transfer(SENIOR, "bob", "ann", 6)
    with refused(side, "ERC20InsufficientBalance", "cho", 0, 1):
        side.transfer(SENIOR, "cho", "ann", 1)
    with refused(side, "ERC20InsufficientBalance", "bob", 5, 6):
        side.transfer(SENIOR, "bob", "bob", 6)


@pytest.mark.parametrize("shares", [2**64, 2**64 + 5, 2**128, EVERYTHING])
def test_amounts_no_holder_can_have_are_refused(plain: Stage, shares: int) -> None:
    ann = plain.cast.ann
    with plain.refused("ERC20InsufficientBalance", {"sender": ann, "balance": SUPPLY, "needed": shares}):
        plain.share().send("transfer", plain.cast.bob, shares, sender=ann)


def test_nobody_receives_nothing(plain: Stage) -> None:
    ann = plain.cast.ann
    with plain.refused("ERC20InvalidReceiver", {"receiver": NOBODY}):
        plain.share().send("transfer", NOBODY, 1, sender=ann)
    plain.share().send("approve", ann, 1, sender=ann)
    with plain.refused("ERC20InvalidReceiver", {"receiver": NOBODY}):
        plain.share().send("transferFrom", ann, NOBODY, 1, sender=ann)


def test_nobody_sends_nothing_and_nobody_spends_nothing(plain: Stage) -> None:
    for sent in (0, 1):  # ERC20InvalidSender is out of reach: the allowance is asked first
        name, values = (
            ("ERC20InsufficientAllowance", {"spender": plain.cast.bob, "allowance": 0, "needed": 1})
            if sent
            else ("ERC20InvalidApprover", {"approver": NOBODY})
        )
        with plain.refused(name, values):
            plain.share().send("transferFrom", NOBODY, plain.cast.bob, sent, sender=plain.cast.bob)
    with plain.refused("ERC20InvalidSpender", {"spender": NOBODY}):
        plain.share().send("approve", NOBODY, 1, sender=plain.cast.ann)


def test_an_allowance_is_spent(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    share.send("approve", cast.stranger, 10, sender=cast.ann)
    (event,) = share.send("transferFrom", cast.ann, cast.bob, 4, sender=cast.stranger).events(share.abi)
    assert (event.name, dict(event.values)) == ("Transfer", {"from": cast.ann, "to": cast.bob, "value": 4})
    assert share.call("allowance", cast.ann, cast.stranger) == 6
    assert share.call("balanceOf", cast.bob) == 4
    with plain.refused("ERC20InsufficientAllowance", {"spender": cast.stranger, "allowance": 6, "needed": 7}):
        share.send("transferFrom", cast.ann, cast.bob, 7, sender=cast.stranger)


def test_an_allowance_for_one_tranche_is_none_for_another(plain: Stage) -> None:
    cast = plain.cast
    plain.share(0).send("approve", cast.stranger, 10, sender=cast.ann)
    with plain.refused("ERC20InsufficientAllowance", {"spender": cast.stranger, "allowance": 0, "needed": 1}):
        plain.share(1).send("transferFrom", cast.ann, cast.bob, 1, sender=cast.stranger)


def test_an_allowance_without_limit_stays(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    share.send("approve", cast.stranger, EVERYTHING, sender=cast.ann)
    share.send("transferFrom", cast.ann, cast.bob, 4, sender=cast.stranger)
    assert share.call("allowance", cast.ann, cast.stranger) == EVERYTHING


def test_an_allowance_does_not_stand_in_for_shares(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    share.send("approve", cast.stranger, EVERYTHING, sender=cast.bob)
    with plain.refused("ERC20InsufficientBalance", {"sender": cast.bob, "balance": 0, "needed": 1}):
        share.send("transferFrom", cast.bob, cast.stranger, 1, sender=cast.stranger)


@pytest.fixture
def picky(system: System, mock: Callable[..., Contract]) -> Stage:
    policy = mock("PickyPolicy")
    stage = put_on(system, deals.PLAIN, policy=policy)
    policy.send("refuse", stage.cast.bob, True)
    return stage


def test_a_buyer_the_policy_refuses_gets_no_shares(picky: Stage) -> None:
    ann, bob, share = picky.cast.ann, picky.cast.bob, picky.share()
    with picky.refused("ERC7943CannotReceive", {"account": bob}):
        share.send("transfer", bob, 5, sender=ann)
    share.send("approve", picky.cast.stranger, 5, sender=ann)
    with picky.refused("ERC7943CannotReceive", {"account": bob}):
        share.send("transferFrom", ann, bob, 5, sender=picky.cast.stranger)
    share.send("transfer", picky.cast.cho, 5, sender=ann)
    assert share.call("balanceOf", picky.cast.cho) == 5


POLICY_REASONS = {"ERC7943CannotSend", "ERC7943CannotReceive", "ERC7943CannotTransfer", FROZEN}


def test_can_transfer_is_false_exactly_when_a_transfer_is_refused_by_the_policy(picky: Stage) -> None:
    cast, share = picky.cast, picky.share()
    share.send("transfer", cast.cho, 7, sender=cast.ann)
    share.send("setFrozenTokens", cast.cho, 3, sender=picky.cast.sponsor)
    people = (cast.ann, cast.bob, cast.cho, NOBODY)
    outcomes: dict[bool, set[str]] = {True: set(), False: set()}
    for seller in people[:3]:
        for buyer in people:
            for amount in (0, 4, 5, 7, 8, EVERYTHING):
                said = share.call("canTransfer", seller, buyer, amount)
                with picky.system.chain.undone():
                    try:
                        share.send("transfer", buyer, amount, sender=seller)
                        reason = ""
                    except ChainRevert as refusal:
                        reason = refusal.name
                assert said is (reason not in POLICY_REASONS), (seller, buyer, amount, reason)
                outcomes[said].add(reason)
    assert outcomes == {
        True: {"", "ERC20InsufficientBalance", "ERC20InvalidReceiver"},
        False: {"ERC7943CannotSend", "ERC7943CannotReceive", FROZEN},
    }


def test_can_transfer_asks_for_seller_and_buyer_in_their_order(system: System, mock: Callable[..., Contract]) -> None:
    registry = mock("HolderRegistry", system.chain.accounts[0])  # asks for the buyer alone
    cast = cast_of(system)
    registry.send("allow", [cast.ann, cast.bob], sender=system.chain.accounts[0])
    stage = put_on(system, deals.PLAIN, policy=registry)
    share = stage.share()
    share.send("transfer", cast.bob, 7, sender=cast.ann)
    registry.send("disallow", [cast.bob], sender=system.chain.accounts[0])
    answers = [share.call("canTransfer", *way, 7) for way in ((cast.bob, cast.ann), (cast.ann, cast.bob))]
    assert answers == [True, False]
    share.send("transfer", cast.ann, 7, sender=cast.bob)


def test_a_policy_cannot_keep_a_holder_from_its_cash(picky: Stage, system: System) -> None:
    cast, share = picky.cast, picky.share()
    picky.settle(1_000 * USD)
    policy = system.chain.at(picky.deployment.policy, system.artifacts["PickyPolicy"].abi)
    policy.send("refuse", cast.ann, True)
    with picky.refused("ERC7943CannotSend", {"account": cast.ann}):
        share.send("transfer", cast.cho, 1, sender=cast.ann)
    assert picky.claim(SENIOR, cast.ann) == 1_000 * USD


def test_nobody_but_the_share_moves_shares(plain: Stage, mock: Callable[..., Contract]) -> None:
    cast, deal, caller = plain.cast, plain.deal, mock("CallerContract")
    for sender in (cast.ann, cast.stranger, cast.sponsor):
        for tranche in (0, 1, 2, 7):
            with plain.refused("Deal_NotShare", {"caller": sender}):
                deal.send("moveShares", tranche, cast.ann, cast.stranger, 1, sender=sender)
    data = deal.abi.function("moveShares").encode((SENIOR, cast.ann, caller.address, 1))
    with plain.refused("Deal_NotShare", {"caller": caller.address}):
        caller.send("act", deal.address, data)
    with plain.refused("Deal_NoTranche", {"tranche": 16}):
        deal.send("moveShares", 16, cast.ann, cast.stranger, 1, sender=cast.ann)


def test_a_share_heeds_nothing_behind_its_calldata(plain: Stage) -> None:
    cast, share, chain = plain.cast, plain.share(), plain.system.chain
    tail = bytes(12) + bytes.fromhex(cast.stranger[2:]) + bytes(32)
    held = share.abi.function("balanceOf")
    assert held.decode(chain.query(share.address, held.encode((cast.ann,)) + tail)) == SUPPLY
    take = share.abi.function("transferFrom").encode((cast.ann, cast.stranger, 1))
    with plain.refused("ERC20InsufficientAllowance", {"spender": cast.stranger, "allowance": 0, "needed": 1}):
        chain.transact(share.address, take + tail, cast.stranger)


def test_a_share_names_itself_after_the_terms(plain: Stage) -> None:
    described = [(s.call("name"), s.call("symbol"), s.call("decimals")) for s in plain.deployment.shares]
    assert described == [("Small senior", "SML-A", 6), ("Small equity", "SML-E", 6)]
