"""
Replaceable, as DelayedPolicy and DelayedReports are
├── given a delay below a day or above a year, or a part without code, it should refuse to be made, with the values
├── given the owner
│   ├── when it schedules a part, the part should take effect at the second of the delay, without a transaction
│   ├── when it schedules one without code, or a second one, it should refuse with what is there
│   ├── when it cancels before, the part in effect should stay; nothing to cancel should be refused
│   └── when the part is in effect, the next should follow that one
├── given anybody else, it should refuse with the caller
└── given any order of scheduling, cancelling and waiting, what is in effect should be what the model says (a walk)
DelayedPolicy
├── it should decide as the policy in effect
├── given a successor that refuses, burns gas or answers nothing
│   ├── it should stop transfers until it is followed, and never a claim or a settlement
│   └── it should move no cash and no share
└── it should cost a transfer one call more, as docs/decisions/0009 says
DelayedReports
├── it should answer as the source in effect, and nothing where a deal would read nothing
├── given a source as dear as a deal allows but for the call between, it should pass its report on
└── given a period settled before a replacement, it should not be read again after it
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainError, ChainRevert
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import report
from tests.contracts.stage import EVERYTHING, NOBODY, SENIOR, USD, Stage, put_on
from tests.fixtures.reports import tell

Mock = Callable[..., Contract]
DAY = 86_400
DELAY = 7 * DAY
KINDS = ["DelayedPolicy", "DelayedReports"]
# What the contract between policy and deal may cost a transfer; told in docs/decisions/0009-replacement.md.
MOST_OVERHEAD = 7_000


@pytest.fixture
def first(system: System, mock: Mock) -> Contract:
    """A register of the sponsor's that lets Ann and Bob hold."""
    made = mock("HolderRegistry", system.chain.accounts[0])
    made.send("allow", system.chain.accounts[1:3])
    return made


@pytest.fixture
def policy(system: System, mock: Mock, first: Contract) -> Contract:
    return mock("DelayedPolicy", system.chain.accounts[0], first.address, DELAY)


@pytest.fixture
def listed(system: System, policy: Contract) -> Stage:
    return put_on(system, deals.PLAIN, policy=policy)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("delay", [0, DAY - 1, 365 * DAY + 1, EVERYTHING])
def test_a_delay_out_of_range_is_refused(mock: Mock, system: System, first: Contract, name: str, delay: int) -> None:
    with pytest.raises(ChainRevert) as caught:
        mock(name, system.chain.accounts[0], first.address, delay)
    assert caught.value.name == "Replaceable_DelayOutOfRange"
    assert caught.value.values == {"delay": delay, "least": DAY, "most": 365 * DAY}


@pytest.mark.parametrize("name", KINDS)
def test_the_bounds_of_the_delay_are_accepted(mock: Mock, system: System, first: Contract, name: str) -> None:
    for delay in (DAY, 365 * DAY):
        made = mock(name, system.chain.accounts[0], first.address, delay)
        assert (made.call("delay"), made.call("current")) == (delay, first.address)
        assert (made.call("pending"), made.call("pendingAt")) == (NOBODY, 0)
        (event,) = [each for each in made.events() if each.name == "ReplacementScheduled"]
        assert event.values == {
            "current": NOBODY,
            "successor": first.address,
            "takesEffectAt": system.chain.now(),
        }


@pytest.mark.parametrize("name", KINDS)
def test_a_first_part_without_code_is_refused(mock: Mock, system: System, name: str) -> None:
    nobody = system.chain.accounts[5]
    with pytest.raises(ChainRevert) as caught:
        mock(name, nobody, nobody, DELAY)
    assert (caught.value.name, caught.value.values) == ("Replaceable_NoCode", {"successor": nobody})


def test_inv_17_a_successor_takes_effect_at_its_second_by_itself(
    listed: Stage, policy: Contract, mock: Mock, first: Contract
) -> None:
    cast, share, chain = listed.cast, listed.share(), listed.system.chain
    open_to_cho = mock("HolderRegistry", cast.sponsor)
    open_to_cho.send("allow", [cast.cho])
    receipt = policy.send("schedule", open_to_cho.address)
    at = receipt.timestamp + DELAY
    (event,) = receipt.events(policy.abi)
    assert event.name == "ReplacementScheduled"
    assert event.values == {"current": first.address, "successor": open_to_cho.address, "takesEffectAt": at}
    chain.set_time(at - 1)
    assert (policy.call("current"), policy.call("pending")) == (first.address, open_to_cho.address)
    assert policy.call("pendingAt") == at
    with listed.refused("ERC7943CannotReceive", {"account": cast.cho}):
        share.send("transfer", cast.cho, 5, sender=cast.ann)
    share.send("transfer", cast.bob, 5, sender=cast.ann)
    chain.set_time(at)
    assert (policy.call("current"), policy.call("pending")) == (open_to_cho.address, NOBODY)
    assert policy.call("pendingAt") == 0
    share.send("transfer", cast.cho, 5, sender=cast.ann)
    with listed.refused("ERC7943CannotReceive", {"account": cast.bob}):
        share.send("transfer", cast.bob, 5, sender=cast.ann)


def test_what_cannot_be_scheduled_or_cancelled_is_refused(listed: Stage, policy: Contract, mock: Mock) -> None:
    other, chain = mock("PickyPolicy"), listed.system.chain
    with listed.refused("Replaceable_NoCode", {"successor": listed.cast.cho}):
        policy.send("schedule", listed.cast.cho)
    with listed.refused("Replaceable_NothingPending"):
        policy.send("cancel")
    at = policy.send("schedule", other.address).timestamp + DELAY
    with listed.refused("Replaceable_ScheduledAlready", {"successor": other.address, "takesEffectAt": at}):
        policy.send("schedule", other.address)
    chain.set_time(at)
    with listed.refused("Replaceable_NothingPending"):
        policy.send("cancel")


def test_inv_17_what_is_cancelled_never_takes_effect(
    policy: Contract, mock: Mock, system: System, first: Contract
) -> None:
    other = mock("PickyPolicy")
    at = policy.send("schedule", other.address).timestamp + DELAY
    system.chain.set_time(at - 1)
    (event,) = policy.send("cancel").events(policy.abi)
    assert (event.name, event.values) == ("ReplacementCancelled", {"successor": other.address})
    assert (policy.call("pending"), policy.call("pendingAt")) == (NOBODY, 0)
    system.chain.set_time(at + DELAY)
    assert policy.call("current") == first.address


def test_inv_17_nobody_but_the_owner_replaces(listed: Stage, policy: Contract, mock: Mock) -> None:
    other, nobody = mock("PickyPolicy"), {"account": listed.cast.ann}
    for name, arguments in (
        ("schedule", (other.address,)),
        ("cancel", ()),
        ("transferOwnership", (listed.cast.ann,)),
        ("acceptOwnership", ()),
    ):
        with listed.refused("OwnableUnauthorizedAccount", nobody):
            policy.send(name, *arguments, sender=listed.cast.ann)


def test_a_new_owner_finds_what_was_scheduled_and_may_cancel_it(
    policy: Contract, mock: Mock, system: System, first: Contract
) -> None:
    heir = system.chain.accounts[3]
    policy.send("schedule", mock("PickyPolicy").address)
    policy.send("transferOwnership", heir)
    policy.send("acceptOwnership", sender=heir)
    policy.send("cancel", sender=heir)
    assert (policy.call("owner"), policy.call("pending"), policy.call("current")) == (heir, NOBODY, first.address)


@settings(max_examples=60)
@given(
    acts=st.lists(st.tuples(st.sampled_from(["schedule", "cancel", "wait"]), st.integers(0, 2 * DELAY)), max_size=14)
)
def test_inv_17_what_is_in_effect_is_what_the_model_says(system: System, acts: list[tuple[str, int]]) -> None:
    with system.chain.undone():
        owner, chain = system.chain.accounts[0], system.chain
        parts = [chain.deploy(system.artifacts["PickyPolicy"]).address for _ in range(3)]
        policy = chain.deploy(system.artifacts["DelayedPolicy"], owner, parts[0], DELAY)
        current, pending, at = parts[0], NOBODY, 0
        for act, number in acts:
            if act == "wait":
                chain.set_time(chain.now() + number)
            if pending != NOBODY and chain.now() >= at:
                current, pending, at = pending, NOBODY, 0
            refused = False
            try:
                if act == "schedule":
                    policy.send("schedule", parts[number % 3], sender=owner)
                elif act == "cancel":
                    policy.send("cancel", sender=owner)
            except ChainRevert:
                refused = True
            if act == "schedule":
                assert refused == (pending != NOBODY)
                if not refused:
                    pending, at = parts[number % 3], chain.now() + DELAY
            elif act == "cancel":
                assert refused == (pending == NOBODY)
                pending, at = NOBODY, 0
            assert (policy.call("current"), policy.call("pending"), policy.call("pendingAt")) == (current, pending, at)


@pytest.mark.parametrize("name", ["PickyPolicy", "GasBurningReports", "RevertingReports", "CallerContract"])
def test_a_hostile_successor_delays_transfers_at_most(
    listed: Stage, policy: Contract, mock: Mock, first: Contract, name: str
) -> None:
    cast, share, chain = listed.cast, listed.share(), listed.system.chain
    listed.settle(1_000 * USD)
    hostile = mock(name)
    if name == "PickyPolicy":
        hostile.send("refuse", cast.bob, True)
    at = policy.send("schedule", hostile.address).timestamp + DELAY
    chain.set_time(at)
    before = listed.numbers()
    with pytest.raises(ChainError):
        share.send("transfer", cast.bob, 5, sender=cast.ann)
    assert listed.numbers() == before
    assert listed.claim(SENIOR, cast.ann) == 1_000 * USD
    listed.settle(500 * USD)
    assert listed.claim(SENIOR, cast.ann) == 500 * USD
    at = policy.send("schedule", first.address).timestamp + DELAY
    chain.set_time(max(at, chain.now()))
    share.send("transfer", cast.bob, 5, sender=cast.ann)
    listed.assert_sound()


def test_neither_holds_nor_moves_cash(listed: Stage, policy: Contract) -> None:
    """No function of theirs names the asset: whoever owns them, nothing that a deal holds or owes changes."""
    cast, before = listed.cast, listed.numbers()
    data = [
        listed.asset.abi.function("transfer").encode((cast.stranger, 1)),
        listed.deal.abi.function("claim").encode((0,)),
    ]
    for each in data:
        with pytest.raises(ChainRevert):
            listed.system.chain.transact(policy.address, each, cast.sponsor)
    with pytest.raises(ChainRevert):
        listed.system.chain.transact(policy.address, b"", cast.sponsor, 1)
    assert listed.numbers() == before


def test_a_transfer_costs_one_call_more(system: System, mock: Mock, first: Contract, policy: Contract) -> None:
    spent = []
    for each in (first, policy):
        with system.chain.undone():
            stage = put_on(system, deals.PLAIN, policy=each)
            stage.share().send("transfer", stage.cast.bob, 5, sender=stage.cast.ann)
            spent.append(stage.share().send("transfer", stage.cast.bob, 5, sender=stage.cast.ann).gas_used)
    print(f"transfer: {spent[0]:,} with the register, {spent[1]:,} behind a DelayedPolicy")
    assert 0 < spent[1] - spent[0] < MOST_OVERHEAD


@pytest.mark.parametrize(
    "said",
    [
        report(3, 10_000 * USD, 7),
        report(2, 10_000 * USD, 7),
        report(0, 10_000 * USD, 7),
        report(EVERYTHING, EVERYTHING, EVERYTHING),
        b"",
        report(3, 1_000 * USD, 1)[:-1],
        report(3, 1_000 * USD, 1) + b"\x00",
        report(3, 1_000 * USD, 1) + bytes(32),
        b"\xff" * 4_096,
    ],
    ids=["report", "no loss", "none", "most", "nothing", "479 bytes", "481 bytes", "sixteen words", "a page"],
)
def test_a_source_behind_a_delay_is_read_as_without(system: System, mock: Mock, said: bytes) -> None:
    source = mock("NonsenseReports")
    source.send("setAnswer", said, 0)
    delayed = mock("DelayedReports", system.chain.accounts[0], source.address, DELAY)
    seen = []
    for each in (source, delayed):
        with system.chain.undone():
            stage = put_on(system, deals.WHOLE, reports=each)
            receipt = stage.settle(20_000 * USD)
            stage.assert_sound()
            seen.append((stage.state(), stage.reported(receipt)))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", ["RevertingReports", "GasBurningReports", "CallerContract"])
def test_a_silent_source_behind_a_delay_stays_silent(system: System, mock: Mock, name: str) -> None:
    delayed = mock("DelayedReports", system.chain.accounts[0], mock(name).address, DELAY)
    stage = put_on(system, deals.WHOLE, reports=delayed)
    assert stage.reported(stage.settle(20_000 * USD)) == (0, 0)
    stage.assert_sound()


def test_a_dear_source_is_heard_behind_a_delay(system: System, mock: Mock) -> None:
    source = mock("NonsenseReports")
    source.send("setAnswer", report(3, 35_000 * USD, 0), 90_000)
    stage = put_on(system, deals.WHOLE, reports=mock("DelayedReports", NOBODY_ELSE, source.address, DELAY))
    assert stage.reported(stage.settle()) == (35_000 * USD, 0)


def test_inv_17_a_settled_period_is_not_read_again_after_a_replacement(system: System, mock: Mock) -> None:
    sponsor = system.chain.accounts[0]
    source, successor = mock("SingleReporter", sponsor), mock("SingleReporter", sponsor)
    delayed = mock("DelayedReports", sponsor, source.address, DELAY)
    stage = put_on(system, deals.WHOLE, reports=delayed)
    tell(source, stage.deal.address, 1, 10_000 * USD, 5)
    tell(successor, stage.deal.address, 1, 99_000 * USD, 9)
    tell(successor, stage.deal.address, 2, 1_000 * USD, 6)
    assert stage.reported(stage.settle()) == (10_000 * USD, 5)
    settled = stage.state()
    delayed.send("schedule", successor.address)
    system.chain.set_time(system.chain.now() + DELAY)
    assert stage.state() == settled
    assert stage.reported(stage.settle()) == (1_000 * USD, 6)
    assert stage.state().balance[2] == settled.balance[2] - 1_000 * USD


NOBODY_ELSE = "0x" + "11" * 20
