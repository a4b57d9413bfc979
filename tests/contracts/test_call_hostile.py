"""
settle, of a period whose call is announced, on an asset that
├── calls back while the payee's cash comes
│   ├── it should refuse claims, fee claims, settlements, cut-offs and announcements
│   └── it should let shares move, and each keep what it earned
├── keeps a part of what is sent, it should settle as usual and take nothing
├── says it paid and did not, returns false, reverts or burns gas, it should settle as usual
├── is paused, or blocks the payee, it should settle as usual
└── brings more than was sent, it should leave the rest as late revenue
given too little gas for the call, it should settle by the call or not at all
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.dealfile import loads
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainError
from penstock.model.calendar import timestamp
from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from penstock.onchain.state import differences
from tests.contracts.called import CALLED, CALLED_FILE, FULL, Called, launch_called, two_settled
from tests.contracts.hostile import Fault, act, fail
from tests.contracts.stage import SENIOR, USD

Mock = Callable[..., Contract]
DELAYED = loads(CALLED_FILE.replace("periods = 4", "periods = 4\npayment_delay = 20"), "delayed.toml")


def announced(system: System, asset: Contract, terms: DealTerms = CALLED) -> Called:
    """Announced, paid for, and due."""
    found = two_settled(launch_called(system, terms, asset))
    found.announce()
    found.ready(found.missing)
    found.at(timestamp(found.stage.terms.payment_dates[2]))
    return found


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("tranche", [0, 1, 2])
@pytest.mark.parametrize("what", ["claim", "claimFor", "settle", "settleCalled", "cutOff", "announceCall"])
def test_inside_the_payment_nothing_else_happens(
    system: System, mock: Mock, what: str, tranche: int, narrow: bool
) -> None:
    """The payee is a contract that could do all of it: everything is refused, and every number is the model's."""
    asset, looper = mock("ControlledUSD", 6), mock("CallerContract")
    found = two_settled(launch_called(system, replace(DELAYED, narrow=narrow), asset))
    deal = found.stage.deal
    found.stage.watched.append(looper.address)
    found.stage.share(tranche).send("transfer", looper.address, 1_000, sender=found.stage.cast.ann)
    found.books.transfer(tranche, found.stage.cast.ann, looper.address, 1_000)
    found.announce()
    found.ready(found.missing)
    found.at(timestamp(DELAYED.payment_dates[2]))
    arguments = {"claim": (tranche,), "claimFor": (tranche, found.stage.cast.ann), "settle": (1,)}.get(what, ())
    asset.send("plan", *act(looper, deal, what, *arguments), False, True)
    found.settle(called=True)
    assert asset.call("succeeded") is False
    expected = {"announceCall": "Deal_NotPayee", "cutOff": "Deal_PaymentDue"}.get(what, "Deal_Reentered")
    assert system.chain.registry.decode(asset.call("answer")).name == expected


@pytest.mark.parametrize("narrow", [True, False])
def test_inside_the_payment_shares_move_and_keep_what_they_earned(system: System, mock: Mock, narrow: bool) -> None:
    asset, looper = mock("ControlledUSD", 6), mock("CallerContract")
    found = two_settled(launch_called(system, replace(CALLED, narrow=narrow), asset))
    share, ann, bob = found.stage.share(SENIOR), found.stage.cast.ann, found.stage.cast.bob
    found.stage.watched.append(looper.address)
    share.send("transfer", looper.address, 1_000, sender=ann)
    found.books.transfer(SENIOR, ann, looper.address, 1_000)
    found.announce()
    found.ready(found.missing)
    asset.send("plan", *act(looper, share, "transfer", bob, 400), False, True)
    found.books.transfer(SENIOR, looper.address, bob, 400)
    found.settle(called=True)
    assert asset.call("succeeded") is True
    for holder in (ann, bob, looper.address):
        assert found.stage.claimable(SENIOR, holder) == found.books.claimable(SENIOR, holder)


def test_an_asset_that_keeps_a_part_makes_no_call(system: System, mock: Mock) -> None:
    """What arrives would not pay everything: nothing is taken, and the period is settled as usual."""
    found = launch_called(
        system, replace(CALLED, reserves=(replace(CALLED.reserves[0], opening=0),)), mock("FeeUSD", 6, 1)
    )
    found = two_settled(found)
    found.announce()
    found.ready(found.missing)
    before = found.stage.cash(found.payee)
    found.settle()
    assert found.stage.cash(found.payee) == before


LIES = (b"", (1).to_bytes(32, "big"), (0).to_bytes(32, "big"), (2).to_bytes(32, "big"), b"\x01")


@pytest.mark.parametrize("fault", [Fault.LIES, Fault.REVERTS, Fault.BURNS, Fault.GARBLES])
@pytest.mark.parametrize("answer", LIES)
def test_an_asset_that_lies_or_fails_makes_no_call(system: System, mock: Mock, fault: Fault, answer: bytes) -> None:
    found = announced(system, mock("FaultyUSD", 6))
    asset = found.stage.asset
    fail(asset, "transferFrom", fault, answer)
    before = found.stage.cash(found.payee)
    # What was moved and answered with yes, or with nothing, is a payment like any other
    paid = fault is Fault.GARBLES and answer in LIES[:2]
    found.settle(called=paid)
    assert paid or found.stage.cash(found.payee) == before


@pytest.mark.parametrize("how", ["pause", "payee", "deal"])
def test_an_asset_that_is_paused_or_blocks_makes_no_call(system: System, mock: Mock, how: str) -> None:
    found = announced(system, mock("ControlledUSD", 6))
    if how == "pause":
        found.stage.asset.send("pause", True)
    else:
        found.stage.asset.send("block_", found.payee if how == "payee" else found.stage.deal.address, True)
    found.settle()
    assert found.stage.state().period == 3


def test_what_comes_in_the_middle_of_the_payment_is_late_revenue(system: System, mock: Mock) -> None:
    found = announced(system, asset := mock("ControlledUSD", 6))
    asset.send("plan", asset.address, asset.abi.function("mint").encode([found.stage.deal.address, 77]), False, True)
    found.stage.deal.send("settle", 1)
    found.books.settle_called()
    assert differences(found.stage.state(), found.books) == []
    assert found.stage.cash() == found.books.cash + 77
    found.books.receive(77)
    made, _ = found.settle()
    assert made.flows.residual == 77


@pytest.mark.parametrize("writes_down", [True, False])
def test_nobody_starves_a_call_of_gas(system: System, mock: Mock, writes_down: bool) -> None:
    """Whatever gas the caller brings, the period is settled by its call, or not at all: never as usual."""
    found = announced(system, mock("MockUSD", 6), replace(CALLED, write_down=writes_down))
    caller, deal, outcomes = mock("CallerContract"), found.stage.deal, set()
    data = deal.abi.function("settle").encode([1])
    for gas in (*range(30_000, 480_000, 1_000), *range(110_000, 140_000, 250), 10**6, 10**7):
        with system.chain.undone():
            try:
                caller.send("actWithin", gas, deal.address, data)
            except ChainError:
                outcomes.add("refused")
            else:
                outcomes.add("called" if found.stage.state().called == 3 else "settled as usual")
    assert outcomes == {"refused", "called"}


def test_a_call_that_cannot_be_delivered_leaves_the_period_its_grace(system: System, mock: Mock) -> None:
    """Balance and allowance cover the call, but the asset blocks the payee: the period waits as if not announced."""
    found = launch_called(system, replace(CALLED, grace=9), asset := mock("ControlledUSD", 6))
    for _ in range(2):
        found.receive(FULL)
        found.report(Report(loss=0))
        found.settle()
    found.receive(1_000 * USD)
    found.report(Report(loss=0))
    found.announce()
    payment_at = timestamp(found.stage.terms.payment_dates[2])
    found.at(payment_at)
    found.ready(found.missing)
    asset.send("block_", found.payee, True)
    with found.stage.refused("Deal_InGrace", {"period": 3, "endsAt": payment_at + 9 * 86_400}):
        found.stage.deal.send("settle", 1)
    found.at(payment_at + 9 * 86_400)
    found.stage.deal.send("settle", 1)
    assert (found.stage.state().period, found.stage.state().called) == (3, 0)
