"""
a stablecoin
├── that answers nothing
│   └── when a deal lives its life, everybody should get what an honest one pays
├── that answers false
│   ├── when it refuses to pay out, claims should be refused and wait
│   ├── when it refuses to pay in, payments should be refused
│   └── when it takes the cash again, all should go on
├── that charges a fee
│   ├── when it pays in, the books should follow what arrived
│   └── when it pays out, the books should follow what left
├── that pauses
│   ├── when it stands still, claims and payments should be refused, settling should go on
│   └── when it moves again, everybody should get what waited
├── that blacklists
│   ├── when it lists a holder or payee, its cash should wait and nobody else notice
│   └── when it lists the deal, all cash should wait
└── that calls back in the middle of a transfer
    ├── when it calls from a claim, a fee's claim or a payment, the outcome should be that of one call after the other
    ├── when the call is refused and passed on, nothing should have happened
    └── when it calls from a launch, the deal should begin as if it had not
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.shares import Allotment
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import encode_terms
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage, put_on

Mock = Callable[..., Contract]
OM, AGENT = 0, 1


def pay_in(stage: Stage, amount: int) -> None:
    """The payer pays a period's revenue and settles with it."""
    payer = stage.cast.payer
    stage.asset.send("mint", payer, amount)
    stage.asset.send("approve", stage.deal.address, amount, sender=payer)
    stage.until(min(stage.state().period + 1, stage.terms.periods))
    stage.deal.send("payAndSettle", amount, 1, sender=payer)


def take_all(stage: Stage) -> None:
    """Everybody who can claim does."""
    for tranche in range(len(stage.terms.tranches)):
        for holder in stage.watched:
            if stage.claimable(tranche, holder) and not stage.system.chain.code(holder):
                stage.deal.send("claim", tranche, sender=holder)
    payees = [stage.deployment.payees[fee.payee] for fee in stage.terms.fees]
    for fee, payee in enumerate(payees):
        if stage.state().fee_claimable[fee] and not stage.system.chain.code(payee):
            stage.deal.send("claimFee", fee, sender=payee)


def a_life(stage: Stage) -> dict[str, int]:
    """Every period and late revenue, claims in between; what everybody has in the end."""
    stage.share().send("transfer", stage.cast.bob, 33_333 * USD, sender=stage.cast.ann)
    for amount in (30_000 * USD, 0, 1, 500_000 * USD, 77):
        pay_in(stage, amount)
        take_all(stage)
        stage.assert_sound()
    return {each: stage.cash(each) for each in [*stage.watched, stage.deal.address]}


@pytest.mark.parametrize(
    "name", ["MockUSD", "NoReturnUSD", "FalseReturnUSD", "PausableUSD", "BlacklistUSD", "ReentrantUSD"]
)
def test_a_life_in_any_stablecoin_that_pays_ends_alike(system: System, mock: Mock, name: str) -> None:
    stage = put_on(system, deals.WHOLE, mock(name, 6))
    final = a_life(stage)
    assert sum(final.values()) == 534_000 * USD + 78
    assert final[stage.deal.address] < 2
    with system.chain.undone():
        honest = a_life(put_on(system, deals.WHOLE))
    assert list(final.values()) == list(honest.values())


@pytest.fixture
def false(system: System, mock: Mock) -> Stage:
    stage = put_on(system, deals.WHOLE, mock("FalseReturnUSD", 6))
    pay_in(stage, 50_000 * USD)
    stage.asset.send("mint", stage.cast.payer, 10)
    stage.asset.send("approve", stage.deal.address, 10, sender=stage.cast.payer)
    stage.until(2)
    return stage


def test_false_is_a_refusal(false: Stage) -> None:
    cast, failed = false.cast, {"token": false.asset.address}
    false.asset.send("refuse", True)
    with false.refused("SafeERC20FailedOperation", failed):
        false.deal.send("claim", SENIOR, sender=cast.ann)
    with false.refused("SafeERC20FailedOperation", failed):
        false.deal.send("claimFee", OM, sender=cast.operator)
    with false.refused("SafeERC20FailedOperation", failed):
        false.deal.send("payAndSettle", 10, 1, sender=cast.payer)
    false.asset.send("refuse", False)
    with false.refused("SafeERC20FailedOperation", failed):  # more than is allowed, which this asset answers with false
        false.deal.send("payAndSettle", 11, 1, sender=cast.payer)
    false.deal.send("payAndSettle", 10, 1, sender=cast.payer)
    assert false.claim(SENIOR, cast.ann) == 38_000 * USD  # the second period's from the reserve; the 10 went to the fee
    assert false.claim_fee(OM, cast.operator) == 500 * USD + 10
    false.assert_sound()


def test_false_from_a_deal_without_cash_is_a_refusal(system: System, mock: Mock) -> None:
    stage = put_on(system, deals.WHOLE, mock("FalseReturnUSD", 6))
    factory = system.factory.address
    packed = encode_terms(deals.WHOLE, stage.asset.address, stage.deployment.payees)
    stage.asset.send("approve", factory, EVERYTHING)
    given = [(index, stage.cast.ann, tranche.supply) for index, tranche in enumerate(stage.terms.tranches)]
    with stage.refused("SafeERC20FailedOperation", {"token": stage.asset.address}):
        system.factory.send("launch", packed, given, (5).to_bytes(32, "big"))


def test_a_fee_on_transfer_stays_out_of_the_books(system: System, mock: Mock) -> None:
    asset = mock("FeeUSD", 6, 100)  # 1 %
    stage = put_on(system, deals.PLAIN, asset)
    pay_in(stage, 10_000 * USD)
    assert stage.state().credited == [9_900 * USD, 0]
    assert stage.cash() == 9_900 * USD
    stage.assert_sound()
    assert stage.claim(SENIOR, stage.cast.ann) == 9_801 * USD
    assert stage.state().claimed == [9_900 * USD]
    assert stage.cash() == stage.state().accounted == 0
    pay_in(stage, 100)
    assert stage.state().credited[SENIOR] == 9_900 * USD + 99
    stage.assert_sound()


@pytest.fixture
def paused(system: System, mock: Mock) -> Stage:
    stage = put_on(system, deals.WHOLE, mock("PausableUSD", 6))
    pay_in(stage, 50_000 * USD)
    stage.gift(7_000 * USD)
    stage.asset.send("mint", stage.cast.payer, 10)
    stage.asset.send("approve", stage.deal.address, 10, sender=stage.cast.payer)
    stage.until(2)
    stage.asset.send("pause", True)
    return stage


def test_while_the_asset_stands_still_cash_waits_and_settling_goes_on(paused: Stage) -> None:
    cast = paused.cast
    with paused.refused("PausableUSD_Paused"):
        paused.deal.send("claim", SENIOR, sender=cast.ann)
    with paused.refused("PausableUSD_Paused"):
        paused.deal.send("claimFee", OM, sender=cast.operator)
    with paused.refused("PausableUSD_Paused"):
        paused.deal.send("payAndSettle", 10, 1, sender=cast.payer)
    paused.share().send("transfer", cast.bob, 50_000 * USD, sender=cast.ann)
    (paid,) = paused.paid(paused.deal.send("settle", 1))
    assert sum(paid[:2]) == 570 * USD
    paused.assert_sound()


def test_when_the_asset_moves_again_everybody_gets_what_waited(paused: Stage) -> None:
    cast = paused.cast
    owed = paused.claimable(SENIOR, cast.ann)
    paused.asset.send("pause", False)
    assert paused.claim(SENIOR, cast.ann) == owed == 28_000 * USD
    assert paused.claim_fee(OM, cast.operator) == 500 * USD
    paused.deal.send("payAndSettle", 10, 1, sender=cast.payer)
    assert paused.state().period == 2
    paused.assert_sound()


@pytest.fixture
def listing(system: System, mock: Mock) -> Stage:
    stage = put_on(system, deals.WHOLE, mock("BlacklistUSD", 6))
    stage.share().send("transfer", stage.cast.bob, 25_000 * USD, sender=stage.cast.ann)
    pay_in(stage, 50_000 * USD)
    return stage


def test_a_blacklisted_holder_waits_alone(listing: Stage) -> None:
    cast = listing.cast
    listing.asset.send("blacklist", cast.bob, True)
    with listing.refused("BlacklistUSD_Blacklisted", {"account": cast.bob}):
        listing.deal.send("claim", SENIOR, sender=cast.bob)
    assert listing.claim(SENIOR, cast.ann) == 21_000 * USD
    pay_in(listing, 50_000 * USD)
    assert listing.claim(SENIOR, cast.ann) == 20_437_500_000  # three quarters of 25,000 and 2,250
    listing.share().send("transfer", cast.cho, 25_000 * USD, sender=cast.bob)  # it may still sell
    pay_in(listing, 50_000 * USD)
    assert listing.claim(SENIOR, cast.cho) == 6_625 * USD
    listing.asset.send("blacklist", cast.bob, False)
    assert listing.claim(SENIOR, cast.bob) == 7_000 * USD + 6_812_500_000
    listing.assert_sound()


def test_a_blacklisted_payee_waits_alone(listing: Stage) -> None:
    cast = listing.cast
    listing.asset.send("blacklist", cast.operator, True)
    with listing.refused("BlacklistUSD_Blacklisted", {"account": cast.operator}):
        listing.deal.send("claimFee", OM, sender=cast.operator)
    assert listing.claim_fee(AGENT, cast.agent) == 500 * USD
    pay_in(listing, 50_000 * USD)
    listing.asset.send("blacklist", cast.operator, False)
    assert listing.claim_fee(OM, cast.operator) == 1_000 * USD
    listing.assert_sound()


def test_a_blacklisted_deal_keeps_everything(listing: Stage) -> None:
    cast, deal = listing.cast, listing.deal.address
    listing.gift(40_000 * USD)
    listing.asset.send("blacklist", deal, True)
    with listing.refused("BlacklistUSD_Blacklisted", {"account": deal}):
        listing.deal.send("claim", SENIOR, sender=cast.ann)
    listing.settle()
    listing.asset.send("blacklist", deal, False)
    take_all(listing)
    state = listing.state()
    assert listing.cash() == state.accounted == sum(state.reserves) + sum(state.trapped)


# Call-backs. The caller holds a third of the senior shares, all equity, and both fees; two periods are due, and there
# is less cash than the first of them needs.


class Scene:
    def __init__(self, system: System, mock: Mock) -> None:
        self.system, self.caller, self.asset = system, mock("CallerContract"), mock("ReentrantUSD", 6)
        me, ann = self.caller.address, system.chain.accounts[1]
        supplies = [tranche.supply for tranche in deals.WHOLE.tranches]
        third = supplies[0] // 3
        allotments = [Allotment(0, ann, supplies[0] - third), Allotment(0, me, third)]
        allotments += [Allotment(1, ann, supplies[1]), Allotment(2, me, supplies[2])]
        payees = {"operator": me, "agent": me}
        self.stage = put_on(system, deals.WHOLE, self.asset, allotments, payees=payees, watched=[me])
        self.deal = self.stage.deal
        pay_in(self.stage, 90_000 * USD)
        self.stage.gift(12_345 * USD)
        for rich in (me, self.stage.cast.payer):
            self.asset.send("mint", rich, 5_000 * USD)
        self.asset.send("approve", self.deal.address, EVERYTHING, sender=self.stage.cast.payer)
        self.act("approve")
        self.stage.until(3)

    def call_of(self, name: str) -> tuple[str, bytes]:
        """What the caller is told to do: whom to call and with what."""
        share, deal, bob = self.stage.share(), self.deal, self.stage.cast.bob
        contract, function, arguments = {
            "approve": (self.asset, "approve", (deal.address, EVERYTHING)),
            "claim": (deal, "claim", (SENIOR,)),
            "claim equity": (deal, "claim", (2,)),
            "claim om": (deal, "claimFee", (OM,)),
            "claim agent": (deal, "claimFee", (AGENT,)),
            "settle": (deal, "settle", (1,)),
            "pay": (deal, "payAndSettle", (1_000 * USD, 1)),
            "send": (self.asset, "transfer", (deal.address, 1_000 * USD)),
            "sell": (share, "transfer", (bob, 1_000 * USD)),
            "seize": (deal, "moveShares", (SENIOR, self.stage.cast.ann, self.caller.address, 1)),
        }[name]
        return contract.address, contract.abi.function(function).encode(arguments)

    def act(self, name: str) -> bool:
        """Whether the caller's call came off."""
        try:
            self.caller.send("act", *self.call_of(name), sender=self.stage.cast.stranger)
        except ChainRevert:
            return False
        return True

    def plan(self, name: str, before: bool, ignores_failure: bool) -> None:
        data = self.caller.abi.function("act").encode(self.call_of(name))
        self.asset.send("plan", self.caller.address, data, before, ignores_failure)

    def books(self) -> dict[str, Any]:
        """Everything but the logs, and the settlements that they tell of."""
        numbers = self.stage.numbers()
        del numbers["logs"]
        return numbers

    def after(self, *names: str) -> dict[str, Any]:
        """The books when the caller does these one after the other; what is refused has not happened."""
        with self.system.chain.undone():
            for name in names:
                self.act(name)
            return self.books()


@pytest.fixture
def scene(system: System, mock: Mock) -> Scene:
    return Scene(system, mock)


OUTER = ["claim", "claim equity", "claim om", "claim agent", "pay"]
INNER = ["claim", "claim equity", "claim om", "claim agent", "settle", "pay", "sell", "seize"]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", OUTER)
def test_a_call_back_is_as_good_as_a_call_of_its_own(scene: Scene, outer: str, inner: str, before: bool) -> None:
    outcomes = [scene.after(outer, inner), scene.after(inner, outer)]
    if outer == "pay":  # a transfer, then a settlement: something may come between, as it may between transactions
        outcomes.append(scene.after("send", inner, "settle"))
    refused = [scene.after(outer), scene.after()]
    scene.plan(inner, before, ignores_failure=True)
    came_off = scene.act(outer)
    inside = scene.asset.call("succeeded")
    assert scene.books() in (outcomes if came_off and inside else refused)
    scene.stage.assert_sound()
    # And at the end of its life the deal has paid out all it ever got
    for amount in (0, 40_000 * USD, 300_000 * USD):
        if scene.stage.state().period < 4:
            scene.stage.until(scene.stage.state().period + 1)
        scene.stage.gift(amount)
        if amount or scene.stage.state().period < 4:
            scene.deal.send("settle", 1)
    take_all(scene.stage)
    for name in ("claim", "claim equity", "claim om", "claim agent"):
        scene.act(name)
    scene.stage.assert_sound()
    assert scene.stage.cash() - scene.stage.state().accounted == 0
    assert scene.stage.state().accounted <= 4


@pytest.mark.parametrize(("outer", "before"), [*product(OUTER, (True, False))])
def test_a_refusal_passed_on_undoes_everything(scene: Scene, outer: str, before: bool) -> None:
    scene.plan("seize", before, ignores_failure=False)
    books = scene.books()
    with pytest.raises(ChainRevert) as caught:
        scene.caller.send("act", *scene.call_of(outer))
    assert caught.value.name == "Deal_NotShare"
    assert scene.books() == books


def test_a_claim_cannot_be_taken_twice_by_calling_back(scene: Scene) -> None:
    for outer in OUTER[:4]:
        with scene.system.chain.undone():
            scene.plan(outer, before=outer == "claim", ignores_failure=False)
            with pytest.raises(ChainRevert) as caught:
                scene.caller.send("act", *scene.call_of(outer))
            fee = outer in ("claim om", "claim agent")
            assert caught.value.name == ("Deal_NothingToClaimOfFee" if fee else "Deal_Reentered")


def test_a_claim_cannot_make_the_deal_miss_a_covenant(scene: Scene) -> None:
    # With 33,200 the second period covers its debt service 1.2 times: (33,200 - 500) / (2,250 + 25,000)
    scene.stage.gift(33_200 * USD - 12_345 * USD)
    with scene.system.chain.undone():
        scene.deal.send("settle", 1)
        assert scene.stage.state().passes_needed == [0]
    scene.plan("settle", before=False, ignores_failure=True)
    assert scene.act("claim")
    assert not scene.asset.call("succeeded")
    scene.deal.send("settle", 1)
    assert scene.stage.state().passes_needed == [0]


@pytest.mark.parametrize("outer", OUTER[:4])
@pytest.mark.parametrize("inner", ["settle", "pay"])
def test_nothing_is_settled_while_a_claim_is_under_way(scene: Scene, outer: str, inner: str) -> None:
    scene.plan(inner, before=False, ignores_failure=False)
    with pytest.raises(ChainRevert) as caught:
        scene.caller.send("act", *scene.call_of(outer))
    assert caught.value.name == "Deal_Reentered"


@pytest.mark.parametrize("before", [True, False])
def test_a_call_back_from_a_launch_finds_no_deal(system: System, mock: Mock, before: bool) -> None:
    chain, asset = system.chain, mock("ReentrantUSD", 6)
    sponsor, ann = chain.accounts[:2]
    packed = encode_terms(deals.WHOLE, asset.address, {"operator": sponsor, "agent": sponsor})
    place = system.factory.call("dealAddress", sponsor, packed, bytes(32))
    chain.set_time(1_782_864_000)
    asset.send("mint", sponsor, 4_000 * USD)
    asset.send("mint", place, 1_000 * USD)
    asset.send("approve", system.factory.address, EVERYTHING)
    abi = system.artifacts["IDeal"].abi
    asset.send("plan", place, abi.function("settle").encode((1,)), before, True)
    given = [(index, ann, tranche.supply) for index, tranche in enumerate(deals.WHOLE.tranches)]
    system.factory.send("launch", packed, given, bytes(32))
    refusal = chain.registry.decode(asset.call("answer"))
    assert (asset.call("succeeded"), refusal.name) == (False, "Deal_NotClosed")
    state = chain.at(place, abi).call("state")
    assert asset.call("balanceOf", place) == 5_000 * USD
    assert (state.accounted, sum(state.credited), sum(state.feeClaimable)) == (4_000 * USD, 0, 0)
