"""
HolderBatch
├── claimFor
│   ├── given many holders, each should get its part, and the batch keep nothing
│   ├── given some who cannot be paid, they should be skipped by name and reason, and the others be paid
│   ├── given a holder named twice, it should be paid once
│   ├── given nobody, or a tranche or a deal that is not there, nothing should be paid
│   ├── given a reason without end, or gas burnt without end, it should cost the others nothing
│   ├── given too little gas, all should be refused instead of holders skipped
│   └── given a hook that calls the batch, each should be paid once
└── distribute
    ├── given an allowance, each holder should get its shares from the caller, who is paid what they earned before
    ├── given another's allowance, it should be refused
    └── given one whom the policy refuses, too few shares, or uneven lists, nobody should get any
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from penstock.evm.chain import Contract, Receipt
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainRevert
from penstock.model.shares import Allotment
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import Mock, Response, act, call_before, call_of, respond
from tests.contracts.stage import SENIOR, USD, Stage, put_on

CASH = 28_000 * USD
SUPPLY = deals.PLAIN.tranches[SENIOR].supply


def holder(index: int) -> str:
    return checksum(f"0x{0xC0FFEE_0000_0000 + index:040x}")


@pytest.fixture
def batch(mock: Mock) -> Contract:
    return mock("HolderBatch")


def crowd(system: System, asset: Contract, holders: Sequence[str]) -> Stage:
    """Each holds as much of the senior tranche, the first the rest too; its first period paid 28,000."""
    each = SUPPLY // len(holders)
    given = [Allotment(SENIOR, one, each) for one in holders[1:]]
    given += [Allotment(SENIOR, holders[0], SUPPLY - each * (len(holders) - 1))]
    given += [Allotment(1, holders[0], deals.PLAIN.tranches[1].supply)]
    stage = put_on(system, deals.PLAIN, asset, given, watched=list(holders))
    asset.send("mint", stage.deal.address, CASH)
    stage.settle()
    return stage


def skipped(batch: Contract, receipt: Receipt) -> list[tuple[str, int, str, bytes]]:
    events = [each for each in receipt.events(batch.abi) if each.name == "ClaimSkipped"]
    return [(each["deal"], each["tranche"], each["holder"], each["reason"]) for each in events]


def test_each_of_many_gets_its_part(system: System, mock: Mock, batch: Contract) -> None:
    holders = [holder(index) for index in range(150)]
    stage = crowd(system, mock("MockUSD", 6), holders)
    due = [stage.claimable(SENIOR, each) for each in holders]
    receipt = batch.send("claimFor", stage.deal.address, SENIOR, holders, sender=stage.cast.stranger)
    assert [stage.cash(each) for each in holders] == due
    assert sum(due) + stage.cash() == CASH
    assert skipped(batch, receipt) == []
    paid = [(each["holder"], each["amount"]) for each in receipt.events(stage.deal.abi) if each.name == "Claimed"]
    assert paid == list(zip(holders, due, strict=True))
    assert (stage.cash(batch.address), stage.cash(stage.cast.stranger)) == (0, 0)
    stage.assert_sound()


def test_who_cannot_be_paid_is_skipped_and_the_others_are_paid(system: System, mock: Mock, batch: Contract) -> None:
    asset, pool = mock("BlacklistUSD", 6), mock("CallerContract")
    people = system.chain.accounts
    ann, bob, cho, none = people[1], people[2], people[3], people[9]
    stage = crowd(system, asset, [ann, bob, cho, pool.address])
    asset.send("blacklist", bob, True)
    stage.deal.send("setClaimFor", False, sender=cho)
    asked = [bob, ann, cho, none, pool.address]
    due, before = stage.claimable(SENIOR, ann), {each: stage.cash(each) for each in asked}
    assert batch.call("claimFor", stage.deal.address, SENIOR, asked) == 1
    receipt = batch.send("claimFor", stage.deal.address, SENIOR, asked, sender=people[7])
    found = skipped(batch, receipt)
    assert [(deal, tranche, who) for deal, tranche, who, _ in found] == [
        (stage.deal.address, SENIOR, who) for who in (bob, cho, none, pool.address)
    ]
    reasons = [system.chain.registry.decode(reason) for *_, reason in found]
    assert [each.name for each in reasons][1:] == [
        "Deal_ClaimForRefused",
        "Deal_NothingToClaim",
        "Deal_ClaimForRefused",
    ]
    assert reasons[0].name == "BlacklistUSD_Blacklisted"
    assert reasons[2].values == {"tranche": SENIOR, "holder": none}
    after = {each: stage.cash(each) for each in asked}
    assert after == before | {ann: before[ann] + due}
    assert stage.claimable(SENIOR, bob) == stage.claimable(SENIOR, cho) == CASH // 4


def test_a_holder_named_twice_is_paid_once(system: System, mock: Mock, batch: Contract) -> None:
    stage = crowd(system, mock("MockUSD", 6), [system.chain.accounts[1], system.chain.accounts[2]])
    ann = stage.cast.ann
    receipt = batch.send("claimFor", stage.deal.address, SENIOR, [ann, ann], sender=stage.cast.stranger)
    assert stage.cash(ann) == CASH // 2
    ((_, _, who, reason),) = skipped(batch, receipt)
    assert (who, system.chain.registry.decode(reason).name) == (ann, "Deal_NothingToClaim")


def test_nothing_is_paid_of_what_is_not_there(system: System, mock: Mock, batch: Contract) -> None:
    stage = crowd(system, mock("MockUSD", 6), [system.chain.accounts[1], system.chain.accounts[2]])
    ann = stage.cast.ann
    assert batch.call("claimFor", stage.deal.address, SENIOR, []) == 0
    receipt = batch.send("claimFor", stage.deal.address, 9, [ann], sender=stage.cast.stranger)
    ((_, tranche, _, reason),) = skipped(batch, receipt)
    assert (tranche, system.chain.registry.decode(reason).name) == (9, "Deal_NoTranche")
    with stage.refused("HolderBatch_NoDeal", {"deal": stage.cast.bob}):
        batch.send("claimFor", stage.cast.bob, SENIOR, [ann], sender=stage.cast.stranger)
    assert stage.cash(ann) == 0


@pytest.mark.parametrize("response", [Response.REVERTS, Response.BURNS])
def test_a_hook_without_end_costs_the_others_nothing(
    system: System, mock: Mock, batch: Contract, response: Response
) -> None:
    asset, hook, bad = mock("HookUSD", 6), mock("ScriptedResponder"), mock("CallerContract")
    ann, bob = system.chain.accounts[1], system.chain.accounts[2]
    stage = crowd(system, asset, [ann, bad.address, bob])
    bad.send("act", *call_of(stage.deal, "setClaimFor", True))
    bad.send("act", *call_of(asset, "register", hook.address))
    respond(hook, response, b"\x11" * 64, size=5_000)
    receipt = batch.send("claimFor", stage.deal.address, SENIOR, [bad.address, ann, bob], sender=ann)
    ((_, _, who, reason),) = skipped(batch, receipt)
    assert who == bad.address
    assert (reason[:64], len(reason)) == ((b"\x11" * 64, 256) if response is Response.REVERTS else (b"", 0))
    assert receipt.gas_used < 1_000_000
    assert stage.cash(ann) > 0
    assert stage.cash(bob) == stage.claimable(SENIOR, bad.address) == CASH // 3


def test_too_little_gas_refuses_all_instead_of_skipping_some(system: System, mock: Mock, batch: Contract) -> None:
    holders = [holder(index) for index in range(4)]
    stage, sender = crowd(system, mock("MockUSD", 6), holders), mock("CallerContract")
    call = call_of(batch, "claimFor", stage.deal.address, SENIOR, holders)
    refused = 0
    for gas in range(100_000, 900_000, 25_000):
        with system.chain.undone():
            try:
                receipt = sender.send("actWithin", gas, *call)
            except ChainRevert as revert:
                refused += 1
                assert revert.name in ("HolderBatch_OutOfGas", ""), revert
            else:
                assert skipped(batch, receipt) == []
                assert all(stage.cash(each) for each in holders)
    assert 5 < refused < 30


def test_a_hook_that_calls_the_batch_has_each_paid_once(system: System, mock: Mock, batch: Contract) -> None:
    asset, hook, looper = mock("HookUSD", 6), mock("ScriptedResponder"), mock("CallerContract")
    ann, bob = system.chain.accounts[1], system.chain.accounts[2]
    stage = crowd(system, asset, [ann, looper.address, bob])
    looper.send("act", *call_of(stage.deal, "setClaimFor", True))
    looper.send("act", *call_of(asset, "register", hook.address))
    names = [looper.address, ann, bob]
    call_before(hook, [act(looper, batch, "claimFor", stage.deal.address, SENIOR, names)], gas=400_000)
    due = [stage.claimable(SENIOR, each) for each in names]
    batch.send("claimFor", stage.deal.address, SENIOR, names, sender=ann)
    paid = [stage.cash(each) for each in names]
    assert all(got in (0, owed) for got, owed in zip(paid, due, strict=True))
    assert [got + stage.claimable(SENIOR, each) for got, each in zip(paid, names, strict=True)] == due
    assert paid[1:] == due[1:]


def test_shares_are_distributed_within_the_callers_allowance(plain: Stage, batch: Contract) -> None:
    cast, share = plain.cast, plain.share()
    holders = [holder(index) for index in range(150)]
    amounts = [10**6 + index for index in range(150)]
    plain.settle(CASH)
    share.send("approve", batch.address, sum(amounts), sender=cast.ann)
    receipt = batch.send("distribute", share.address, holders, amounts, sender=cast.ann)
    assert [share.call("balanceOf", each) for each in holders] == amounts
    assert share.call("balanceOf", cast.ann) == SUPPLY - sum(amounts)
    assert share.call("allowance", cast.ann, batch.address) == 0
    assert share.call("balanceOf", batch.address) == 0
    moved = [(each["from"], each["to"], each["value"]) for each in receipt.events(share.abi)]
    assert moved == [(cast.ann, to, amount) for to, amount in zip(holders, amounts, strict=True)]
    # What was earned before stays with the seller
    assert plain.claimable(SENIOR, cast.ann) == CASH
    assert plain.claimable(SENIOR, holders[0]) == 0


def test_nobody_distributes_anothers_shares(plain: Stage, batch: Contract) -> None:
    cast, share = plain.cast, plain.share()
    share.send("approve", batch.address, 10, sender=cast.ann)
    values = {"spender": batch.address, "allowance": 0, "needed": 10}
    with plain.refused("ERC20InsufficientAllowance", values):
        batch.send("distribute", share.address, [cast.bob], [10], sender=cast.stranger)


def test_a_distribution_is_whole_or_none(system: System, mock: Mock, batch: Contract) -> None:
    registrar = system.chain.accounts[0]
    registry = mock("HolderRegistry", registrar)
    ann, bob, cho = system.chain.accounts[1:4]
    registry.send("allow", [ann, bob], sender=registrar)
    stage = put_on(system, deals.PLAIN, policy=registry)
    share = stage.share()
    share.send("approve", batch.address, 30, sender=ann)
    with stage.refused("ERC7943CannotReceive", {"account": cho}):
        batch.send("distribute", share.address, [bob, cho], [10, 10], sender=ann)
    values = {"spender": batch.address, "allowance": 20, "needed": 21}
    with stage.refused("ERC20InsufficientAllowance", values):
        batch.send("distribute", share.address, [bob, bob], [10, 21], sender=ann)
    for holders, amounts in (([bob, bob], [10]), ([bob], [10, 10]), ([], [1])):
        lengths = {"holders": len(holders), "amounts": len(amounts)}
        with stage.refused("HolderBatch_LengthMismatch", lengths):
            batch.send("distribute", share.address, holders, amounts, sender=ann)
    batch.send("distribute", share.address, [bob, ann], [10, 20], sender=ann)
    assert share.call("balanceOf", bob) == 10
